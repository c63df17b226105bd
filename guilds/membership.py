"""Coming and going: the steps that every deed on a guild's members is made of.

Whatever changes who belongs to a guild holds a lock on the guild's row first, so that its count,
its admins and its invitations are judged as they are, whoever else acts at the same moment.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

from accounts.models import User
from audit.services import record
from core.database import table_of
from core.errors import NotAllowed
from guilds import queries, rules
from guilds.models import Guild, JoinRequest, JoinState, Membership, Role
from guilds.signals import member_joined, member_left
from notifications.services import drop

ORGANISERS_ONLY = "Only organisers and admins of this guild may do that."
ADMINS_ONLY = "Only admins of this guild may do that."
#: why, in the record, of what a decision does to a member
DECIDED = "The guild decided it."


def lock(db: Session, guild: Guild) -> None:
    """Wait for the guild's row and read it anew; held until the transaction ends."""
    query = select(Guild).where(Guild.id == guild.id).with_for_update()
    db.exec(query.execution_options(populate_existing=True)).one()


_seats = table_of(Membership)
#: built once, as whoever takes part waits for it
_TOOK_PART = (
    _seats.update()
    .where(_seats.c.guild_id == sa.bindparam("in_guild"))
    .where(_seats.c.user_id == sa.bindparam("by_user"))
    .where(
        _seats.c.active_on.is_(None)
        | (_seats.c.active_on < sa.bindparam("today", type_=_seats.c.active_on.type))
    )
    .values(active_on=sa.bindparam("today", type_=_seats.c.active_on.type))
)


def get_membership(db: Session, guild: Guild, user_id: UUID) -> Membership | None:
    query = select(Membership).where(Membership.guild_id == guild.id, Membership.user_id == user_id)
    return db.exec(query.execution_options(populate_existing=True)).first()


def ask_organiser(db: Session, guild: Guild, actor: User) -> None:
    if not rules.can_organise(guild, queries.get_role(db, guild.id, actor)):
        raise NotAllowed(ORGANISERS_ONLY)


def ask_admin(db: Session, guild: Guild, actor: User) -> None:
    if not rules.can_manage_members(guild, queries.get_role(db, guild.id, actor)):
        raise NotAllowed(ADMINS_ONLY)


def ask_alone(*, may: bool) -> None:
    """Refuse what the charter leaves to a vote. may: a field of queries.alone."""
    if not may:
        raise NotAllowed(rules.LEFT_TO_A_VOTE)


def add_member(
    db: Session,
    guild: Guild,
    user: User,
    *,
    role: Role,
    now: datetime,
    decision_id: UUID | None = None,
) -> None:
    """Add somebody who is not in yet; whatever they had asked is answered by it."""
    db.add(
        Membership(
            guild_id=guild.id, user_id=user.id, role=role, joined_at=now, decision_id=decision_id
        )
    )
    guild.member_count += 1
    db.add(guild)
    request = queries.my_request(db, guild, user)
    if request is not None:
        settle(db, request, JoinState.ADMITTED, now)
    db.flush()
    note(db, "guilds.joined", guild, actor=user, now=now)
    member_joined.send(guild, user_id=user.id, db=db, now=now)


def take_out(db: Session, guild: Guild, user_id: UUID, now: datetime) -> None:
    gone = delete(Membership).where(
        col(Membership.guild_id) == guild.id, col(Membership.user_id) == user_id
    )
    guild.member_count -= db.exec(gone).rowcount
    db.add(guild)
    db.flush()
    member_left.send(guild, user_id=user_id, db=db, now=now)


def took_part(db: Session, guild_id: UUID, user_id: UUID, now: datetime) -> None:
    """Note the day on which a member last took part; at most one write a day."""
    db.flush()
    db.connection().execute(*taking_part(guild_id, user_id, now))


def taking_part(guild_id: UUID, user_id: UUID, now: datetime) -> tuple[sa.Update, dict[str, Any]]:
    """The same as a statement with its parameters, to be run with others."""
    return _TOOK_PART, {"in_guild": guild_id, "by_user": user_id, "today": now.date()}


def settle(db: Session, request: JoinRequest, state: JoinState, now: datetime) -> None:
    """Give a request its answer; who was still to be told that it waits need not be."""
    request.state, request.answered_at = state, now
    db.add(request)
    drop(db, subject_id=request.id, kinds=["guilds.join_requested"])
    db.flush()


def note(
    db: Session,
    action: str,
    guild: Guild,
    *,
    actor: User | None,
    now: datetime,
    subject: tuple[str, UUID] | None = None,
    summary: str = "",
    reason: str = "",
) -> None:
    """Note a deed in the guild's record; on the guild itself unless another subject is given.

    actor: None for what a decision does.
    """
    record(
        db,
        action,
        actor=actor,
        subject=subject or ("guild", guild.id),
        now=now,
        guild_id=guild.id,
        summary=summary,
        reason=reason,
    )
