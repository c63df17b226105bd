"""The record: append-only, hash-chained; who did what to what, when and why."""
