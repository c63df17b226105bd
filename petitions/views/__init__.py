"""Pages of petitions: reading them, signing, and what a guild does with its own."""
