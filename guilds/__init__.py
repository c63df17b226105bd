"""Groups: guilds, memberships, invitations and the charter."""
