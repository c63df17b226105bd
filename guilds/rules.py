"""Who may do what in a guild, and which names it may have."""

import re
import unicodedata
from datetime import datetime, timedelta
from typing import NamedTuple

from guilds.charter import Charter, DecisionKind, DecisionRule
from guilds.models import (
    ORGANISING_ROLES,
    SLUG_LENGTH,
    Admission,
    Guild,
    GuildState,
    Invitation,
    Role,
)

#: words that stand in the place of a slug in our own URLs, or would pass for the house itself
RESERVED_SLUGS = frozenset(
    {"new", "about", "all", "mine", "search", "admin", "api", "help", "static", "dream-guilds"}
)
#: characters kept free behind a slug for what makes it unique
SUFFIX_LENGTH = 8

#: uses one invitation may have at most: a leaked link must not let a crowd in
MOST_USES = 100
LONGEST_INVITATION = timedelta(days=60)

#: how long after the founding organisers gather the first members and admins give the first roles,
#: whatever the founding charter leaves to a vote (docs/decisions/0105)
FOUNDING_TIME = timedelta(days=30)
LEFT_TO_A_VOTE = "The charter leaves this to a vote."


def slug_of(name: str) -> str:
    """The name as a part of a URL: "Rêve général!" gives "reve-general".

    "guild" if no Latin letter or digit is left.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    return "-".join(words)[: SLUG_LENGTH - SUFFIX_LENGTH].strip("-") or "guild"


def is_reserved(name: str) -> bool:
    """Whether a guild of this name would stand where a page of ours stands."""
    return slug_of(name) in RESERVED_SLUGS


class Alone(NamedTuple):
    """What organisers and admins, within their role, do without a vote."""

    admit: bool
    remove: bool
    give_roles: bool


def is_founding(guild: Guild, charter_number: int, now: datetime) -> bool:
    """Whether a guild still gathers its first people, under its first charter."""
    return charter_number == 1 and now < guild.founded_at + FOUNDING_TIME


def alone(charter: Charter, *, is_founding: bool, is_stuck: bool) -> Alone:
    """What the charter leaves to organisers and admins. is_stuck: no vote could admit anybody."""
    membership = charter.rules[DecisionKind.MEMBERSHIP].organisers_alone
    return Alone(
        admit=membership or is_founding or is_stuck,
        remove=membership,
        give_roles=charter.rules[DecisionKind.ROLE].organisers_alone or is_founding,
    )


def founding_until(
    guild: Guild, charter: Charter, charter_number: int, now: datetime
) -> datetime | None:
    """Until when the founding suspends what the charter leaves to a vote; None: it does not."""
    left = [DecisionKind.MEMBERSHIP, DecisionKind.ROLE]
    if not is_founding(guild, charter_number, now):
        return None
    if all(charter.rules[kind].organisers_alone for kind in left):
        return None
    return guild.founded_at + FOUNDING_TIME


def can_propose(guild: Guild, role: Role | None, rule: DecisionRule) -> bool:
    """Whether this role may put a proposal under a rule; None is a stranger."""
    return role is not None and _is_active(guild) and role.reaches(rule.proposer)


def can_join(guild: Guild, role: Role | None, *, alone: bool) -> bool:
    """Whether somebody with this role (None: a stranger) becomes a member by pressing a button.

    alone: whether anybody is admitted without a vote.
    """
    return role is None and _is_active(guild) and guild.admission == Admission.OPEN and alone


def can_ask_to_join(guild: Guild, role: Role | None, *, alone: bool) -> bool:
    """Where members vote on who comes in, an open guild is one that everybody may ask."""
    asked = guild.admission == Admission.APPROVAL or (
        guild.admission == Admission.OPEN and not alone
    )
    return role is None and _is_active(guild) and asked


def can_organise(guild: Guild, role: Role | None) -> bool:
    """Whether this role answers requests, invites and changes the settings."""
    return _is_active(guild) and role in ORGANISING_ROLES


def can_manage_members(guild: Guild, role: Role | None) -> bool:
    """Whether this role gives roles and removes members."""
    return _is_active(guild) and role == Role.ADMIN


def can_revoke(guild: Guild, role: Role | None, *, is_inviter: bool) -> bool:
    """Organisers revoke any invitation; who made one and lost the role since, still that one."""
    return can_organise(guild, role) or (is_inviter and role is not None)


def leaves_no_admin(role: Role, *, admin_count: int, member_count: int) -> bool:
    """Whether a going would leave members behind with nobody to lead them.

    Somebody alone may always go: the guild is dissolved then.
    """
    return role == Role.ADMIN and admin_count <= 1 and member_count > 1


def is_usable(invitation: Invitation, guild: Guild, now: datetime) -> bool:
    """Whether an invitation still admits; it does whatever the guild's admission."""
    return (
        _is_active(guild)
        and invitation.revoked_at is None
        and invitation.uses_left > 0
        and now < invitation.expires_at
    )


def _is_active(guild: Guild) -> bool:
    return guild.state == GuildState.ACTIVE
