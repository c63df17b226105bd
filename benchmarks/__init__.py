"""Measurements: one subject a file, `python -m benchmarks.NAME`, one JSON line a figure.

Each line has `figure`, `value`, `unit`, `limit` (the bare thing that does the least of the same),
`ratio`, `rounds` and `spread`. Only the ratio means anything on another machine.
"""
