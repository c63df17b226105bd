"""Plumbing: clock, settings, database, security, mail, scheduling; names no feature."""
