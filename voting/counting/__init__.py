"""Counting ballots: pure functions from a profile of ballots to an outcome, in exact arithmetic."""
