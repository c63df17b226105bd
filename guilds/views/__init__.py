"""Pages of guilds: the guild itself, its members, and coming in."""
