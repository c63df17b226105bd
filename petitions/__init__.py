"""Petitions: drafted by a guild, opened by decision, signed by anyone."""
