"""Events and decisions: a guild calls people to its event, or stands behind another guild's.

The second: events.endorsements.
"""

from datetime import datetime
from hashlib import sha256

from sqlmodel import Session

import voting.services
from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from events import endorsements, rules, services, when
from events.models import Event, EventState, Visibility
from guilds.charter import DecisionKind
from guilds.models import Guild
from guilds.queries import get_role
from voting.mandates import Mandate
from voting.models import Proposal
from voting.question import Case

GONE, CANCELLED = "The event is gone.", "The event was cancelled."


# Calling people by decision


def propose_call(db: Session, event: Event, *, how: Case, actor: User, now: datetime) -> Proposal:
    """Ask the guild to call people to a draft, which nobody changes until it has decided.

    how: the draft is its own case. A doubled click asks once. Raises NotAllowed, or RuleBroken if
    it cannot be put now.
    """
    role = get_role(db, event.guild_id, actor)
    if not rules.is_responsible(role, is_author=event.created_by == actor.id):
        raise NotAllowed("A draft is put before the guild by its author or an organiser.")
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
    if event.proposal_id == proposal.id:
        return proposal
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
        return endorsements.refusal(db, event, db.get_one(Guild, proposal.guild_id), now)
    if event.state is EventState.CANCELLED:
        return CANCELLED
    if event.proposal_id != proposal.id or event.state is not EventState.DRAFT:
        return "The event does not wait for this decision any more."
    if event.starts_at <= now:
        return "Its time has passed. Organisers give it a new one, then try again."
    if what_of(event) != proposal.deed["what"]:
        return "The draft says something else now than what the guild decided on."
    if event.visibility is Visibility.PUBLIC and not host.is_listed:
        return "The guild is not listed any more, so its events cannot be public."
    return None


def _lapsed(db: Session, proposal: Proposal, now: datetime) -> str | None:  # noqa: ARG001 - the signature of lapsed
    """An event that is gone or cancelled never comes back."""
    event = db.get(Event, proposal.subject_id) if proposal.subject_id else None
    if event is None:
        return GONE
    return CANCELLED if event.state is EventState.CANCELLED else None


def _do(db: Session, proposal: Proposal, now: datetime) -> None:
    found = _event_of(db, proposal)
    if found is None:
        raise RuleBroken(GONE)
    event, _host = found
    if proposal.deed["action"] == "endorse":
        endorsements.endorse(db, event, proposal, now=now)
    else:
        services.call(db, event, actor=None, now=now)


def _words(db: Session, proposal: Proposal) -> list[str]:
    event = db.get(Event, proposal.subject_id) if proposal.subject_id else None
    if event is None:
        return [GONE]
    if proposal.deed["action"] == "call":
        return [f"The event “{event.title}” is published, and people can say that they come."]
    return endorsements.in_words(db, event, proposal)


MANDATE = Mandate(_refusal, _do, _words, _lapsed)
