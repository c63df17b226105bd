"""Events and decisions: a guild calls people to its event, or stands behind another guild's."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlmodel import Session, col, select

import audit.services
import voting.services
from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from events import rules, services, when
from events.models import Endorsement, Event, EventState, Visibility
from guilds.charter import DecisionKind
from guilds.models import Guild, GuildState
from guilds.queries import get_role, is_of
from voting.mandates import Mandate
from voting.models import Proposal
from voting.question import Case
from voting.verdicts import numbers_for_everyone

#: endorsements on an event's page
SHOWN = 20
GONE = "The event is gone."


# Calling people by decision


def propose_call(db: Session, event: Event, *, how: Case, actor: User, now: datetime) -> Proposal:
    """Ask the guild to call people to a draft, which nobody changes until it has decided.

    how: the draft is its own case. Raises NotAllowed, or RuleBroken if it cannot be put now.
    """
    if not rules.can_organise(get_role(db, event.guild_id, actor)):
        raise NotAllowed("Only organisers of the guild put its drafts before it.")
    seen = event.changed_at
    question = how._replace(why=_case_for(event)).question(
        DecisionKind.EVENT,
        f"Call people to: {event.title}",
        subject_id=event.id,
        deed={"action": "call", "what": what_of(event)},
    )
    guild = db.get_one(Guild, event.guild_id)
    proposal = voting.services.put_proposal(db, guild, question, actor=actor, now=now)
    event, guild = services.lock(db, event.id)
    refusal = call_refusal(db, event, now)
    if refusal is not None:
        raise RuleBroken(refusal)
    if event.changed_at != seen:
        raise RuleBroken("The draft was changed a moment ago. Read it again, then put it.")
    services.check_visibility(guild, event.visibility)
    if proposal.closes_at >= event.starts_at:
        raise RuleBroken("It would start before the guild has decided. Give it a later time.")
    event.proposal_id = proposal.id
    db.add(event)
    db.flush()
    return proposal


def call_refusal(db: Session, event: Event, now: datetime) -> str | None:
    """Why an event cannot be put before its guild now; None if it can."""
    if event.state is not EventState.DRAFT or event.starts_at <= now:
        return "Only a draft that lies ahead is put before the guild. Check its time."
    if rules.is_before_guild(decision_on(db, event)):
        return "The guild is deciding on it already."
    return None


def decision_on(db: Session, event: Event) -> Proposal | None:
    """The proposal that an event rests on, or waits for."""
    return db.get(Proposal, event.proposal_id) if event.proposal_id else None


def what_of(event: Event) -> str:
    """A mark of what the guild is asked to call people to; its time and place are not in it."""
    said = [event.title, event.description, event.what_to_bring, event.conduct, event.visibility]
    return sha256("\0".join(said).encode()).hexdigest()


def _case_for(event: Event) -> str:
    """The proposal's text, in Markdown: what was decided stays readable in the decision."""
    seen_by = {
        Visibility.PUBLIC: "everyone",
        Visibility.LINK: "whoever has the link",
        Visibility.GUILD: "members of the guild",
    }[event.visibility]
    at = when.span_in_both_zones(event.starts_at, event.ends_at, event.time_zone, None)
    place = ", ".join(part for part in (event.place_name, event.place_address) if part)
    bring = "\n".join(f"- {thing}" for thing in event.what_to_bring.splitlines() if thing.strip())
    parts = [
        f"Shall we call people to this? It will be seen by {seen_by}.",
        f"When: {at}",
        f"Where: {place}",
        event.description,
        f"What to bring:\n\n{bring}" if bring else "",
        f"How we behave there:\n\n{event.conduct}",
    ]
    return "\n\n".join(part for part in parts if part)


# Endorsing


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
    refusal = endorsement_refusal(db, event, guild, now)
    if refusal is not None:
        raise RuleBroken(refusal)
    question = case.question(
        DecisionKind.EVENT,
        f"Endorse: {event.title}",
        subject_id=event.id,
        deed={"action": "endorse"},
    )
    return voting.services.put_proposal(db, guild, question, actor=actor, now=now)


def endorsement_refusal(db: Session, event: Event, guild: Guild, now: datetime) -> str | None:
    """Why a guild cannot endorse an event now, in words for its members; None if it can."""
    if event.guild_id == guild.id:
        return "It is the guild's own event: it is called, not endorsed."
    if event.state is EventState.CANCELLED:
        return "The event was cancelled."
    if event.state is EventState.DRAFT or event.visibility is not Visibility.PUBLIC:
        return "The event is not public, so there is nothing to stand behind."
    if event.ends_at <= now:
        return "The event is over."
    query = select(Endorsement.id).where(
        Endorsement.event_id == event.id, Endorsement.guild_id == guild.id
    )
    if db.exec(query).first() is not None:
        return "The guild stands behind it already."
    return None


@dataclass(frozen=True)
class Endorser:
    """A guild behind an event, with the decision it rests on; is_mine: the reader belongs to it."""

    guild: Guild
    proposal: Proposal
    at: datetime
    is_mine: bool

    @property
    def numbers(self) -> str:
        return numbers_for_everyone(self.proposal)


def endorsers(db: Session, event_id: UUID, viewer: User | None) -> list[Endorser]:
    """Up to SHOWN guilds behind an event that the viewer may know of, in the order they came."""
    mine = is_of(viewer)
    query = (
        select(Endorsement, Guild, Proposal, mine)
        .join(Guild, col(Guild.id) == Endorsement.guild_id)
        .join(Proposal, col(Proposal.id) == Endorsement.proposal_id)
        .where(Endorsement.event_id == event_id, Guild.state == GuildState.ACTIVE)
        .where(col(Guild.is_listed) | mine)
        .order_by(col(Endorsement.endorsed_at), col(Endorsement.id))
        .limit(SHOWN)
    )
    return [
        Endorser(guild, proposal, endorsement.endorsed_at, bool(is_mine))
        for endorsement, guild, proposal, is_mine in db.exec(query)
    ]


# The mandate of both


def _event_of(db: Session, proposal: Proposal) -> tuple[Event, Guild] | None:
    """The event a decision is about, locked, and its guild."""
    if proposal.subject_id is None or db.get(Event, proposal.subject_id) is None:
        return None
    return services.lock(db, proposal.subject_id)


def _refusal(db: Session, proposal: Proposal, now: datetime) -> str | None:
    found = _event_of(db, proposal)
    if found is None:
        return GONE
    event, host = found
    if proposal.deed["action"] == "endorse":
        return endorsement_refusal(db, event, db.get_one(Guild, proposal.guild_id), now)
    if event.state is EventState.CANCELLED:
        return "The event was cancelled."
    if event.proposal_id != proposal.id or event.state is not EventState.DRAFT:
        return "The event does not wait for this decision any more."
    if event.starts_at <= now:
        return "Its time has passed. Organisers give it a new one, then try again."
    if what_of(event) != proposal.deed["what"]:
        return "The draft says something else now than what the guild decided on."
    if event.visibility is Visibility.PUBLIC and not host.is_listed:
        return "The guild is not listed any more, so its events cannot be public."
    return None


def _do(db: Session, proposal: Proposal, now: datetime) -> None:
    found = _event_of(db, proposal)
    if found is None:
        raise RuleBroken(GONE)
    event, _host = found
    if proposal.deed["action"] == "endorse":
        _endorse(db, event, proposal, now)
    else:
        services.call(db, event, actor=None, now=now)


def _endorse(db: Session, event: Event, proposal: Proposal, now: datetime) -> None:
    db.add(
        Endorsement(
            event_id=event.id,
            guild_id=proposal.guild_id,
            proposal_id=proposal.id,
            endorsed_at=now,
        )
    )
    db.flush()
    audit.services.record(
        db,
        "events.endorsed",
        actor=None,
        subject=("event", event.id),
        guild_id=proposal.guild_id,
        summary=event.title,
        now=now,
    )


def _words(db: Session, proposal: Proposal) -> list[str]:
    event = db.get(Event, proposal.subject_id) if proposal.subject_id else None
    if event is None:
        return [GONE]
    if proposal.deed["action"] == "call":
        return [f"The event “{event.title}” is published, and people can say that they come."]
    guild = db.get_one(Guild, proposal.guild_id)
    seen = "everyone" if guild.is_listed else "the guild's own members, for it is not listed"
    return [f"The page of “{event.title}” says that {guild.name} stands behind it, to {seen}."]


MANDATE = Mandate(_refusal, _do, _words)
