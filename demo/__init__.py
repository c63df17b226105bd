"""A movement to look at, and masses to measure with, for a database that is still empty."""
