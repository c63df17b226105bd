"""What is done with an event: it is drafted, published, changed, cancelled."""

from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

import audit.services
import notifications.services
from accounts.models import User
from core import markdown
from core.errors import NotAllowed, RuleBroken
from events import queries, rules
from events.models import Event, EventChange, EventState, Visibility
from events.rules import EventFacts
from guilds.charter import DecisionKind
from guilds.models import Guild, GuildState
from guilds.queries import get_role
from voting.models import Proposal
from voting.queries import rule_in_force
from voting.rules import can_prepare

NOT_YOURS_TO_PREPARE = (
    "Only organisers, and whom the charter lets propose protests, prepare one for the guild."
)
BEFORE_GUILD = (
    "The guild is deciding on this draft. Withdraw the proposal first, if nobody has voted."
)
#: all that may wait to be sent about an event until it is called off
OPEN_KINDS = [*rules.REMINDERS, "events.changed", "events.confirm_guest"]


def create_event(
    db: Session, guild: Guild, *, facts: EventFacts, actor: User, now: datetime
) -> Event:
    """Begin a draft, which its author and organisers see. Raises NotAllowed, RuleBroken."""
    rule = rule_in_force(db, guild.id, DecisionKind.EVENT)
    if not can_prepare(get_role(db, guild.id, actor), rule):
        raise NotAllowed(NOT_YOURS_TO_PREPARE)
    if guild.state is not GuildState.ACTIVE:
        raise RuleBroken("This guild is dissolved.")
    _check_facts(guild, facts, now)
    event = Event(
        guild_id=guild.id,
        created_by=actor.id,
        state=EventState.DRAFT,
        changed_at=now,
        **_columns(facts),
    )
    db.add(event)
    db.flush()
    _record(db, "events.drafted", event, actor=actor, now=now)
    return event


def publish_event(db: Session, event: Event, *, actor: User, now: datetime) -> Event:
    """Let it be seen and attended."""
    event, guild = lock(db, event.id)
    role = get_role(db, event.guild_id, actor)
    if not rules.can_publish(event, role, now):
        _require_organiser(rules.can_organise(role))
        raise RuleBroken("Only a draft that lies ahead can be published. Check its time.")
    if guild.state is not GuildState.ACTIVE:
        raise RuleBroken("This guild is dissolved.")
    if not rule_in_force(db, guild.id, DecisionKind.EVENT).organisers_alone:
        raise RuleBroken("The charter leaves this to a vote. Put it to the guild.")
    _check_not_before_guild(db, event)
    check_visibility(guild, event.visibility)
    event.proposal_id = None  # whatever was decided before, this is done without it
    call(db, event, actor=actor, now=now)
    return event


def call(db: Session, event: Event, *, actor: User | None, now: datetime) -> None:
    """Publish a draft that the caller holds and has checked; `actor` None: by decision."""
    event.state = EventState.CONFIRMED
    event.changed_at = now
    db.add(event)
    db.flush()
    _record(db, "events.published", event, actor=actor, now=now)


def edit_event(
    db: Session, event: Event, *, facts: EventFacts, actor: User, now: datetime
) -> Event:
    """Change an event. If one is published and its time or place change, all who come are told."""
    event, guild = lock(db, event.id)
    role = get_role(db, event.guild_id, actor)
    if not rules.can_edit(event, role, now, is_author=event.created_by == actor.id):
        _require_organiser(rules.can_organise(role))
        raise RuleBroken("It has started or was cancelled; it cannot be changed any more.")
    if event.state is EventState.DRAFT:
        _check_not_before_guild(db, event)
    _check_facts(guild, facts, now)
    before = _before(event, now)
    changed = rules.changes(event, facts)
    time_moved = event.starts_at != facts.starts_at
    for name, value in _columns(facts).items():
        setattr(event, name, value)
    event.changed_at = now
    if changed and event.state is EventState.CONFIRMED:
        event.sequence += 1
        db.add(before)
        _owe_to_all(db, event, "events.changed", due_at=now)
        if time_moved:
            _move_reminders(db, event, now)
    db.add(event)
    db.flush()
    _record(db, "events.changed", event, actor=actor, now=now)
    return event


def cancel_event(
    db: Session, event: Event, *, actor: User | None, reason: str, now: datetime
) -> Event:
    """Call an event off and tell everyone who comes at once. `actor` None: the guild is no more."""
    event, _guild = lock(db, event.id)
    if actor is not None:
        role = get_role(db, event.guild_id, actor)
        if not rules.can_cancel(event, role, now):
            _require_organiser(rules.can_organise(role))
            raise RuleBroken("Only an event that is published and not over can be cancelled.")
    event.state = EventState.CANCELLED
    event.cancel_reason = reason
    event.sequence += 1
    event.changed_at = now
    db.add(event)
    notifications.services.drop(db, subject_id=event.id, kinds=OPEN_KINDS)
    _owe_to_all(db, event, "events.cancelled", due_at=now)
    _record(db, "events.cancelled", event, actor=actor, now=now, reason=reason)
    return event


def cancel_events_of_guild(guild: Guild, *, db: Session, now: datetime) -> None:
    """Reaction: a guild is dissolved; what it called people to does not take place."""
    query = (
        select(Event)
        .where(Event.guild_id == guild.id, Event.state == EventState.CONFIRMED)
        .where(Event.ends_at > now)
        .order_by(col(Event.id))  # one order for all who lock several events
    )
    for event in db.exec(query).all():
        cancel_event(db, event, actor=None, reason="The guild was dissolved.", now=now)


def lock(db: Session, event_id: UUID) -> tuple[Event, Guild]:
    """The event as it stands now, held until the transaction ends: its counter must stay right."""
    query = (
        select(Event, Guild)
        .where(Event.guild_id == Guild.id, Event.id == event_id)
        .with_for_update(of=Event)
        .execution_options(populate_existing=True)
    )
    return db.exec(query).one()


def _require_organiser(is_organiser: bool) -> None:
    if not is_organiser:
        raise NotAllowed("Only organisers of the guild may do that.")


def _check_facts(guild: Guild, facts: EventFacts, now: datetime) -> None:
    problem = rules.problem_with_times(facts.starts_at, facts.ends_at, now)
    if problem:
        raise RuleBroken(problem[1])
    check_visibility(guild, facts.visibility)


def _check_not_before_guild(db: Session, event: Event) -> None:
    """What the guild decides on stays as it was put."""
    proposal = db.get(Proposal, event.proposal_id) if event.proposal_id else None
    if rules.is_before_guild(proposal):
        raise RuleBroken(BEFORE_GUILD)


def check_visibility(guild: Guild, visibility: Visibility) -> None:
    if visibility is Visibility.PUBLIC and not guild.is_listed:
        raise RuleBroken(
            "This guild is not listed, so its events cannot be public. "
            "Choose members only, or whoever has the link."
        )


def _columns(facts: EventFacts) -> dict[str, Any]:
    return {**asdict(facts), "description_html": markdown.render(facts.description)}


def _before(event: Event, now: datetime) -> EventChange:
    return EventChange(
        event_id=event.id,
        at=now,
        place_name=event.place_name,
        place_address=event.place_address,
        time_zone=event.time_zone,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
    )


def _move_reminders(db: Session, event: Event, now: datetime) -> None:
    """Reminders that lie ahead move or become owed, also to who was reminded of the old time."""
    due = dict(rules.reminders_owed(event.starts_at, now))
    for kind in rules.REMINDERS:
        if kind in due:
            notifications.services.move(db, subject_id=event.id, kind=kind, due_at=due[kind])
            _owe_to_all(db, event, kind, due_at=due[kind])
        else:
            notifications.services.drop(db, subject_id=event.id, kinds=[kind])


def _owe_to_all(db: Session, event: Event, kind: str, *, due_at: datetime) -> None:
    accounts, guests = queries.attending(db, event.id)
    notifications.services.owe(
        db, kind, subject_id=event.id, due_at=due_at, user_ids=accounts, recipient_ids=guests
    )


def _record(
    db: Session, action: str, event: Event, *, actor: User | None, now: datetime, reason: str = ""
) -> None:
    # the record is for every member; a draft's title is not yet
    summary = "A draft" if event.state is EventState.DRAFT else event.title
    audit.services.record(
        db,
        action,
        actor=actor,
        subject=("event", event.id),
        now=now,
        guild_id=event.guild_id,
        summary=summary,
        reason=reason,
    )
