"""Who may bring in bills and choose what a guild watches."""

from guilds.models import Guild, Role
from guilds.rules import can_organise


def can_keep_bills(guild: Guild, role: Role | None) -> bool:
    """Whether this role imports bills for the guild and says which of them it watches."""
    return can_organise(guild, role)
