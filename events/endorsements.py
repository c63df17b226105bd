"""Endorsements: a guild stands behind another guild's event, whose host may turn that down.

Source: docs/decisions/0210-mandates.md
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, or_, select

import audit.services
import notifications.services
import voting.services
from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from events import rules, services
from events.models import Endorsement, Event, EventState, Visibility
from guilds.charter import DecisionKind
from guilds.models import ORGANISING_ROLES, Guild, GuildState, Role
from guilds.queries import get_role, is_of, user_ids_with_roles
from voting.models import Proposal
from voting.question import Case
from voting.verdicts import numbers_for_everyone

#: endorsements on an event's page
SHOWN = 20
#: kinds of notices: to the hosts, to organisers of the guild that was turned down
ENDORSED, TURNED_DOWN = "events.endorsed", "events.endorsement_declined"


def propose_endorsement(
    db: Session,
    event: Event,
    guild: Guild,
    *,
    case: Case,
    actor: User,
    now: datetime,
) -> Proposal:
    """Ask a guild to stand behind another guild's event. Raises NotAllowed, RuleBroken."""
    why_not = refusal(db, event, guild, now)
    if why_not is not None:
        raise RuleBroken(why_not)
    question = case.question(
        DecisionKind.EVENT,
        f"Endorse: {event.title}",
        subject_id=event.id,
        deed={"action": "endorse"},
    )
    return voting.services.put_proposal(db, guild, question, actor=actor, now=now)


def refusal(db: Session, event: Event, guild: Guild, now: datetime) -> str | None:
    """Why a guild cannot endorse an event now, in words for its members; None if it can."""
    if event.guild_id == guild.id:
        return "It is the guild's own event: it is called, not endorsed."
    if event.state is EventState.CANCELLED:
        return "The event was cancelled."
    if event.state is EventState.DRAFT or event.visibility is not Visibility.PUBLIC:
        return "The event is not public, so there is nothing to stand behind."
    if event.ends_at <= now:
        return "The event is over."
    return refusals(db, event, [guild.id]).get(guild.id)


def refusals(db: Session, event: Event, guild_ids: Iterable[UUID]) -> dict[UUID, str]:
    """Why those of some guilds that have endorsed an event cannot again: guild -> words."""
    query = select(Endorsement).where(
        Endorsement.event_id == event.id, col(Endorsement.guild_id).in_(guild_ids)
    )
    return {
        endorsement.guild_id: "Its host has turned the guild's endorsement down."
        if endorsement.declined_at is not None
        else "The guild stands behind it already."
        for endorsement in db.exec(query)
    }


def endorse(db: Session, event: Event, proposal: Proposal, *, now: datetime) -> None:
    """Do what a guild decided; the host's organisers hear of it if they may know the guild."""
    endorsement = Endorsement(
        event_id=event.id, guild_id=proposal.guild_id, proposal_id=proposal.id, endorsed_at=now
    )
    db.add(endorsement)
    db.flush()
    _record(db, "events.endorsed", event, proposal.guild_id, actor=None, now=now)
    if db.get_one(Guild, proposal.guild_id).is_listed:
        hosts = user_ids_with_roles(db, event.guild_id, ORGANISING_ROLES)
        notifications.services.owe(
            db, ENDORSED, subject_id=endorsement.id, due_at=now, user_ids=hosts
        )


def turn_down(
    db: Session, endorsement: Endorsement, *, reason: str, actor: User, now: datetime
) -> None:
    """Let the host take a guild off its event's page; organisers of that guild are told why.

    Raises NotAllowed, RuleBroken.
    """
    event, endorsement = _held_by_host(db, endorsement, actor)
    if endorsement.declined_at is not None:
        raise RuleBroken("It was turned down already.")
    endorsement.declined_at, endorsement.decline_reason = now, reason
    db.add(endorsement)
    db.flush()
    _record(db, TURNED_DOWN, event, event.guild_id, actor=actor, now=now, reason=reason)
    notifications.services.drop(db, subject_id=endorsement.id, kinds=[ENDORSED])
    told = user_ids_with_roles(db, endorsement.guild_id, ORGANISING_ROLES)
    notifications.services.owe(
        db, TURNED_DOWN, subject_id=endorsement.id, due_at=now, user_ids=told
    )


def show_again(db: Session, endorsement: Endorsement, *, actor: User, now: datetime) -> None:
    """Let the host show what it turned down. Raises NotAllowed, RuleBroken."""
    event, endorsement = _held_by_host(db, endorsement, actor)
    if endorsement.declined_at is None:
        raise RuleBroken("It is shown already.")
    endorsement.declined_at, endorsement.decline_reason = None, ""
    db.add(endorsement)
    db.flush()
    notifications.services.drop(db, subject_id=endorsement.id, kinds=[TURNED_DOWN])
    _record(db, "events.endorsement_shown", event, event.guild_id, actor=actor, now=now)


def _held_by_host(db: Session, endorsement: Endorsement, actor: User) -> tuple[Event, Endorsement]:
    """The event, locked, and the endorsement as it stands now."""
    event, host = services.lock(db, endorsement.event_id)
    if not rules.can_organise(get_role(db, host.id, actor)):
        raise NotAllowed("Only organisers of the hosting guild turn an endorsement down.")
    query = select(Endorsement).where(Endorsement.id == endorsement.id)
    return event, db.exec(query.execution_options(populate_existing=True)).one()


def _record(
    db: Session,
    action: str,
    event: Event,
    guild_id: UUID,
    *,
    actor: User | None,
    now: datetime,
    reason: str = "",
) -> None:
    audit.services.record(
        db,
        action,
        actor=actor,
        subject=("event", event.id),
        guild_id=guild_id,
        summary=event.title,
        reason=reason,
        now=now,
    )


def in_words(db: Session, event: Event, proposal: Proposal) -> list[str]:
    """What endorsing does, or has done, for members of the guild that decided on it."""
    guild = db.get_one(Guild, proposal.guild_id)
    query = select(Endorsement).where(Endorsement.proposal_id == proposal.id)
    endorsement = db.exec(query).first()
    if endorsement is not None and endorsement.declined_at is not None:
        host = db.get_one(Guild, event.guild_id)
        return [
            f"{host.name}, which hosts “{event.title}”, turned the endorsement down, so its "
            f"page does not show it. The reason: {endorsement.decline_reason}",
            "The decision of the guild stands.",
        ]
    seen = "everyone" if guild.is_listed else "the guild's own members, for it is not listed"
    return [f"The page of “{event.title}” says that {guild.name} stands behind it, to {seen}."]


@dataclass(frozen=True)
class Endorser:
    """A guild behind an event, with the decision it rests on; is_mine: the reader belongs to it."""

    endorsement: Endorsement
    guild: Guild
    proposal: Proposal
    is_mine: bool

    @property
    def numbers(self) -> str:
        return numbers_for_everyone(self.proposal)


def endorsers(
    db: Session, event_id: UUID, viewer: User | None, role: Role | None
) -> list[Endorser]:
    """Up to SHOWN guilds behind an event that the viewer may know of, in the order they came.

    role: the viewer's in the hosting guild. Those turned down are seen by its organisers and by
    members of the guild that was turned down; they come last.
    """
    mine = is_of(viewer)
    stands = col(Endorsement.declined_at).is_(None)
    query = (
        select(Endorsement, Guild, Proposal, mine)
        .join(Guild, col(Guild.id) == Endorsement.guild_id)
        .join(Proposal, col(Proposal.id) == Endorsement.proposal_id)
        .where(Endorsement.event_id == event_id, Guild.state == GuildState.ACTIVE)
        .where(col(Guild.is_listed) | mine)
        .order_by(stands.desc(), col(Endorsement.endorsed_at), col(Endorsement.id))
        .limit(SHOWN)
    )
    if not rules.can_organise(role):
        query = query.where(or_(stands, mine))
    return [
        Endorser(endorsement, guild, proposal, bool(is_mine))
        for endorsement, guild, proposal, is_mine in db.exec(query)
    ]


def get_endorsement(db: Session, event_id: UUID, endorsement_id: UUID) -> Endorsement | None:
    """An endorsement of this event by a guild that everyone may know of."""
    query = (
        select(Endorsement)
        .join(Guild, col(Guild.id) == Endorsement.guild_id)
        .where(Endorsement.id == endorsement_id, Endorsement.event_id == event_id)
        .where(col(Guild.is_listed))
    )
    return db.exec(query).first()
