"""Secret votes for tests: a guild that votes in secret, and how its members cast."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from accounts.models import User
from guilds.charter import Charter, DecisionKind
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild
from tests.builders import KEYS, NOW, make_guild, make_user, make_vote
from voting import secrecy
from voting.ballot_keys import BallotKeys
from voting.models import Proposal


def secret_charter(kind: DecisionKind = DecisionKind.RESOLUTION, **more: Any) -> Charter:
    """The simple assembly's, but for one kind that is decided in secret."""
    charter = TEMPLATES["simple-assembly"].charter
    secret = {"is_secret": True, "is_changeable": False, "delegation": False, **more}
    methods = [m for m in charter.rules[kind].methods if m != "consent"]
    rule = charter.rules[kind].model_copy(update={"methods": tuple(methods), **secret})
    return Charter(rules={**charter.rules, kind: rule})


def make_secret_guild(
    db: Session, size: int, *, slug: str = "river-guild", **more: Any
) -> tuple[Guild, list[User]]:
    people = [make_user(db, f"{slug[:5]}{number}") for number in range(size)]
    charter = secret_charter(**more)
    guild = make_guild(db, admins=people[:1], members=people[1:], charter=charter, slug=slug)
    return guild, people


def make_secret_vote(
    db: Session, size: int, *, slug: str = "river-guild", now: datetime = NOW, **more: Any
) -> tuple[Proposal, list[User]]:
    """An open secret vote of so many members, the first of whom put it."""
    guild, people = make_secret_guild(db, size, slug=slug, **more.pop("rule", {}))
    return make_vote(db, guild, people[0], now=now, **more), people


def cast(
    db: Session,
    proposal: Proposal,
    voter: User,
    marks: str,
    *,
    keys: BallotKeys = KEYS,
    now: datetime = NOW,
) -> str:
    return secrecy.cast_secret(db, proposal, actor=voter, marks=marks, keys=keys, now=now)
