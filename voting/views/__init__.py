"""Pages of deciding, by noun."""
