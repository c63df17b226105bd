"""Deeds of a guild: founding, settings, roles, removing, leaving. Coming in: guilds.admission."""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlmodel import Session, col, select

from accounts.models import User
from core.database import insert_new
from core.errors import RuleBroken
from core.markdown import render
from guilds import queries, rules
from guilds.charter_templates import TEMPLATES
from guilds.membership import (
    DECIDED,
    add_member,
    ask_admin,
    ask_alone,
    ask_organiser,
    get_membership,
    lock,
    note,
    settle,
    take_out,
)
from guilds.models import Admission, CharterVersion, Guild, GuildState, JoinRequest, JoinState, Role
from guilds.signals import guild_dissolved
from notifications.services import owe

LAST_ADMIN = (
    "You are the only admin of {name}. Make somebody else an admin first, so that nobody is left "
    "without one."
)
NO_MEMBER = "This person does not belong to the guild any more."
NO_ADMIN_LEFT = "The guild would be left without an admin. Somebody else has to become one first."


@dataclass(frozen=True)
class GuildFacts:
    """What a guild says of itself and who may come in, as typed by who founds or organises it."""

    name: str
    purpose: str
    about: str
    admission: Admission
    is_listed: bool


def found_guild(
    db: Session, facts: GuildFacts, *, template: str, actor: User, now: datetime
) -> Guild:
    """Found a guild with `actor` as its admin, under the charter of TEMPLATES[template].

    Raises RuleBroken if a page of ours stands where a guild of this name would.
    """
    if rules.is_reserved(facts.name):
        raise RuleBroken("A guild cannot have this name. Choose another one.")
    guild = _insert_guild(db, facts, now)
    charter = TEMPLATES[template].charter.model_dump(mode="json")
    db.add(CharterVersion(guild_id=guild.id, number=1, rules=charter, adopted_at=now))
    note(db, "guilds.founded", guild, actor=actor, now=now, summary=facts.name)
    add_member(db, guild, actor, role=Role.ADMIN, now=now)
    return guild


def _insert_guild(db: Session, facts: GuildFacts, now: datetime) -> Guild:
    """Insert under the first free slug: two of the same name at once get different ones."""
    row: dict[str, Any] = {
        "id": uuid4(),
        "name": facts.name,
        "purpose": facts.purpose,
        "about": facts.about,
        "about_html": render(facts.about),
        "admission": facts.admission,
        "state": GuildState.ACTIVE,
        "is_listed": facts.is_listed,
        "member_count": 0,
        "founded_at": now,
    }
    for slug in _slugs(facts.name):
        if insert_new(db, Guild, [{**row, "slug": slug}]):
            break
    return db.get_one(Guild, row["id"])


def _slugs(name: str) -> Iterator[str]:
    """Without end: the name's slug, then with small numbers, then with what nobody has."""
    slug = rules.slug_of(name)
    yield slug
    yield from (f"{slug}-{number}" for number in range(2, 6))
    while True:
        yield f"{slug}-{secrets.token_hex(3)}"


def change_settings(
    db: Session, guild: Guild, facts: GuildFacts, *, actor: User, now: datetime
) -> None:
    """Change what a guild says of itself; its address stays, so that links keep working."""
    lock(db, guild)
    ask_organiser(db, guild, actor)
    changed = [name for name in vars(facts) if getattr(guild, name) != getattr(facts, name)]
    if not changed:
        return
    for name in changed:
        setattr(guild, name, getattr(facts, name))
    guild.about_html = render(guild.about)
    db.add(guild)
    words = ", ".join(name.removeprefix("is_") for name in changed)
    note(db, "guilds.settings_changed", guild, actor=actor, now=now, summary=f"Changed: {words}")


def change_role(
    db: Session, guild: Guild, user_id: UUID, *, role: Role, actor: User, now: datetime
) -> None:
    """Give a member another role. Raises RuleBroken if no admin would be left.

    NotAllowed where the charter leaves it to a vote.
    """
    lock(db, guild)
    ask_admin(db, guild, actor)
    ask_alone(may=queries.alone(db, guild, now).give_roles)
    set_role(db, guild, user_id, role=role, actor=actor, now=now)


def set_role(
    db: Session,
    guild: Guild,
    user_id: UUID,
    *,
    role: Role,
    actor: User | None,
    now: datetime,
    decision_id: UUID | None = None,
) -> None:
    """The same by an admin or a decision (actor None), once the guild is locked by the caller.

    Who has the role already has it by the decision from now on.
    """
    membership = get_membership(db, guild, user_id)
    if membership is None:
        raise RuleBroken(NO_MEMBER)
    before = membership.role
    if before == role:
        membership.decision_id = decision_id or membership.decision_id
        return
    if before == Role.ADMIN and queries.admin_count(db, guild.id) <= 1:
        raise RuleBroken(LAST_ADMIN.format(name=guild.name) if actor else NO_ADMIN_LEFT)
    membership.role, membership.role_at = role, now
    membership.decision_id = decision_id
    db.add(membership)
    db.flush()
    note(
        db,
        "guilds.role_changed",
        guild,
        actor=actor,
        now=now,
        subject=("user", user_id),
        summary=f"From {before} to {role}",
        reason=DECIDED if actor is None else "",
    )
    if actor is None or actor.id != user_id:
        owe(db, "guilds.role_changed", subject_id=guild.id, due_at=now, user_ids=[user_id])


def remove_member(
    db: Session, guild: Guild, user_id: UUID, *, reason: str, actor: User, now: datetime
) -> None:
    """Remove somebody else from the guild and tell them; removing twice is removing once.

    Raises NotAllowed where the charter leaves it to a vote.
    """
    lock(db, guild)
    ask_admin(db, guild, actor)
    ask_alone(may=queries.alone(db, guild, now).remove)
    if user_id == actor.id:
        raise RuleBroken("You cannot remove yourself. Leave the guild instead.")
    if get_membership(db, guild, user_id) is None:
        return
    put_out(db, guild, user_id, reason=reason, actor=actor, now=now)


def put_out(
    db: Session, guild: Guild, user_id: UUID, *, reason: str, actor: User | None, now: datetime
) -> None:
    """The same by an admin or a decision (actor None), once the guild is locked by the caller."""
    take_out(db, guild, user_id, now)
    kind = "guilds.removed" if actor else "guilds.expelled"
    owe(db, kind, subject_id=guild.id, due_at=now, user_ids=[user_id])
    note(
        db,
        "guilds.member_removed",
        guild,
        actor=actor,
        now=now,
        subject=("user", user_id),
        reason=reason,
    )


def leave(db: Session, guild: Guild, *, actor: User, now: datetime) -> None:
    """Leave a guild; its last member dissolves it by leaving. Leaving twice is leaving once.

    Raises RuleBroken if others would be left without an admin.
    """
    lock(db, guild)
    membership = get_membership(db, guild, actor.id)
    if membership is None:
        return
    admins = queries.admin_count(db, guild.id)
    if rules.leaves_no_admin(membership.role, admin_count=admins, member_count=guild.member_count):
        raise RuleBroken(LAST_ADMIN.format(name=guild.name))
    note(db, "guilds.left", guild, actor=actor, now=now)
    take_out(db, guild, actor.id, now)
    if guild.member_count == 0:
        _dissolve(db, guild, actor, now)


def leave_all(user: User, *, db: Session, now: datetime) -> None:
    """Leave every guild because the account is being erased, under the same rules as `leave`."""
    for _, guild in queries.memberships_of(db, user.id):
        leave(db, guild, actor=user, now=now)


def export_memberships(user: User, *, db: Session) -> tuple[str, list[dict[str, str | None]]]:
    """The section "guilds" of a person's own data: where they belong, in what role; all we keep."""
    return "guilds", [
        {
            "guild": guild.name,
            "role": membership.role.value,
            "joined_at": membership.joined_at.isoformat(),
            "role_at": membership.role_at.isoformat() if membership.role_at else None,
            "decision_id": str(membership.decision_id) if membership.decision_id else None,
            "active_on": membership.active_on.isoformat() if membership.active_on else None,
        }
        for membership, guild in queries.memberships_of(db, user.id)
    ]


def export_requests(user: User, *, db: Session) -> tuple[str, list[dict[str, str | None]]]:
    """The section "join_requests": the guilds they asked to join, with what words; oldest first.

    A guild that is not listed has no name there: it may have another than when it was asked.
    """
    query = (
        select(JoinRequest, Guild)
        .where(JoinRequest.guild_id == Guild.id, JoinRequest.user_id == user.id)
        .order_by(col(JoinRequest.asked_at))
    )
    return "join_requests", [
        {
            "guild": guild.name if guild.is_listed else None,
            "message": request.message,
            "state": request.state.value,
            "asked_at": request.asked_at.isoformat(),
            "answered_at": request.answered_at.isoformat() if request.answered_at else None,
        }
        for request, guild in db.exec(query)
    ]


def _dissolve(db: Session, guild: Guild, actor: User, now: datetime) -> None:
    guild.state = GuildState.DISSOLVED
    db.add(guild)
    waiting = select(JoinRequest).where(
        JoinRequest.guild_id == guild.id, JoinRequest.state == JoinState.PENDING
    )
    for request in db.exec(waiting).all():
        settle(db, request, JoinState.DECLINED, now)
        owe(
            db,
            "guilds.join_answered",
            subject_id=request.id,
            due_at=now,
            user_ids=[request.user_id],
        )
    note(db, "guilds.dissolved", guild, actor=actor, now=now, summary=guild.name)
    guild_dissolved.send(guild, db=db, now=now)
