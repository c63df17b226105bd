"""Who may do what with an event, when it may be, and which reminders are owed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from events.models import Event, EventState, Visibility
from guilds.charter import DecisionRule
from guilds.models import ORGANISING_ROLES, Role
from voting.models import OPEN_STATES, Proposal
from voting.rules import can_propose

#: kind of reminder -> how long before the start it is due, in elapsed time
REMINDERS = {
    "events.starts_in_a_day": timedelta(hours=24),
    "events.starts_soon": timedelta(hours=2),
}
LONGEST = timedelta(days=14)
FURTHEST_AHEAD = timedelta(days=5 * 365)
#: how long after its end who came is still known (docs/decisions/0401-attendance-is-forgotten.md)
ATTENDANCE_KEPT_FOR = timedelta(days=7)
#: how long a guest's unconfirmed address waits
UNCONFIRMED_KEPT_FOR = timedelta(days=3)


@dataclass(frozen=True)
class EventFacts:
    """What organisers say about an event; instants in UTC, texts as typed."""

    title: str
    description: str
    place_name: str
    place_address: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    what_to_bring: str
    conduct: str
    visibility: Visibility


class Change(StrEnum):
    """What an attendee must hear of."""

    TIME = "time"
    PLACE = "place"


def can_organise(role: Role | None) -> bool:
    return role in ORGANISING_ROLES


def is_responsible(role: Role | None, *, is_author: bool) -> bool:
    """Its author, while a member, and the guild's organisers look after a draft."""
    return role is not None and (is_author or can_organise(role))


def can_see(event: Event, role: Role | None, *, is_author: bool = False) -> bool:
    """Say whether someone with this role in the guild may know that the event exists.

    Members see a draft of another once it was put before them.
    """
    if event.state is EventState.DRAFT:
        was_put = role is not None and event.proposal_id is not None
        return was_put or is_responsible(role, is_author=is_author)
    return event.visibility is not Visibility.GUILD or role is not None


def can_publish(event: Event, role: Role | None, now: datetime) -> bool:
    return can_organise(role) and _lies_ahead(event, now)


def can_put(
    event: Event, role: Role | None, rule: DecisionRule, now: datetime, *, is_author: bool
) -> bool:
    """A draft, by who looks after it, if the charter lets that role propose it."""
    is_theirs = is_responsible(role, is_author=is_author) and can_propose(role, rule)
    return is_theirs and _lies_ahead(event, now)


def _lies_ahead(event: Event, now: datetime) -> bool:
    return event.state is EventState.DRAFT and event.starts_at > now


def is_before_guild(proposal: Proposal | None) -> bool:
    """Say whether a guild is deciding: what was put before it does not change meanwhile."""
    return proposal is not None and proposal.state in OPEN_STATES


def can_edit(event: Event, role: Role | None, now: datetime, *, is_author: bool = False) -> bool:
    """A draft at any time; a published event until it starts, by organisers alone.

    Source: docs/decisions/0210-mandates.md
    """
    if event.state is EventState.DRAFT:
        return is_responsible(role, is_author=is_author)
    return can_organise(role) and event.state is EventState.CONFIRMED and event.starts_at > now


def can_cancel(event: Event, role: Role | None, now: datetime) -> bool:
    return can_organise(role) and event.state is EventState.CONFIRMED and event.ends_at > now


def can_attend(event: Event, role: Role | None, now: datetime) -> bool:
    """Until the event ends: who comes late still wants to hear of a cancellation."""
    return can_see(event, role) and event.state is EventState.CONFIRMED and event.ends_at > now


def can_see_people(role: Role | None) -> bool:
    """Names are for the organisers of the event; everyone else sees a number."""
    return can_organise(role)


def reminders_owed(starts_at: datetime, now: datetime) -> list[tuple[str, datetime]]:
    """Kind and instant of each reminder that still lies ahead; one whose instant is past is not."""
    start = starts_at.astimezone(UTC)  # in a local zone, subtracting would count wall-clock hours
    instants = [(kind, start - lead) for kind, lead in REMINDERS.items()]
    return [(kind, due_at) for kind, due_at in instants if due_at > now]


def problem_with_times(
    starts_at: datetime, ends_at: datetime, now: datetime
) -> tuple[str, str] | None:
    """What is wrong with the times, as (field, words for the person), or None."""
    if starts_at <= now:
        return "starts_at", "This time has passed. Choose one that lies ahead."
    if starts_at > now + FURTHEST_AHEAD:
        return "starts_at", "This is more than five years ahead. Check the year."
    if ends_at <= starts_at:
        return "ends_at", "It must end after it starts."
    if ends_at - starts_at > LONGEST:
        return "ends_at", "It can last at most two weeks. Check the date."
    return None


def changes(event: Event, facts: EventFacts) -> frozenset[Change]:
    """What of time and place `facts` would change; the time includes the zone it is told in."""
    found = set()
    if (event.starts_at, event.ends_at, event.time_zone) != (
        facts.starts_at, facts.ends_at, facts.time_zone
    ):  # fmt: skip
        found.add(Change.TIME)
    if (event.place_name, event.place_address) != (facts.place_name, facts.place_address):
        found.add(Change.PLACE)
    return frozenset(found)
