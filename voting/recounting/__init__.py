"""Checking a bundle and counting it again, outside the project too: standard library only."""
