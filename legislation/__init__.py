"""Bills and their progress; importers; who watches what."""
