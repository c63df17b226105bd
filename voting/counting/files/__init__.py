"""Reading ballots from files: one module a format."""
