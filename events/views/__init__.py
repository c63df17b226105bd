"""Pages of events, by noun."""
