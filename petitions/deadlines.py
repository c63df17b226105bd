"""Until when an institution should answer, and who is reminded of it.

The days come from the institution's own rules (institutions.procedures), or from whoever hands the
petition over.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlmodel import Session

import notifications.services
from core.templating import count
from institutions.procedures import get_procedure
from petitions import life
from petitions.models import Petition, PetitionState

SOON, TODAY, OVERDUE = (
    "petitions.answer_due_soon",
    "petitions.answer_due",
    "petitions.answer_overdue",
)
#: kind -> days from the day an answer is due
REMINDERS = {SOON: -7, TODAY: 0, OVERDUE: 14}
#: the hour of UTC at which reminders fall due
HOUR = time(9, tzinfo=UTC)
#: an answer may be asked for within this
LONGEST_WAIT = timedelta(days=730)
#: who named no day is late after this
USUAL_WAIT = timedelta(days=90)


@dataclass(frozen=True)
class Deadline:
    """The last day for an answer, and why then, in words."""

    due_on: date
    because: str


def by_procedure(key: str, signature_count: int, delivered_on: date) -> Deadline | None:
    """What an institution's rules promise for so many signatures; None if no time is said."""
    procedure = get_procedure(key)
    reached = procedure.promised(signature_count) if procedure else None
    if reached is None:
        return None
    days = count(reached.answer_days, "day")
    because = f"from {reached.signatures:,} signatures on, within {days}: {reached.meaning}"
    return Deadline(delivered_on + timedelta(days=reached.answer_days), because[:200])


def due_refusal(due_on: date, now: datetime) -> str | None:
    """What is wrong with a day chosen for the answer, in words for the person, or None."""
    if due_on <= now.date():
        return "Choose a day after today."
    if due_on - now.date() > LONGEST_WAIT:
        return f"Choose a day within {LONGEST_WAIT.days} days from now."
    return None


def is_overdue(petition: Petition, now: datetime) -> bool:
    """Say whether a delivered petition waits for its answer longer than it should."""
    if petition.state != PetitionState.DELIVERED or petition.delivered_at is None:
        return False
    if petition.answer_due_on is not None:
        return now.date() > petition.answer_due_on
    return now > petition.delivered_at + USUAL_WAIT


def remind(db: Session, petition: Petition, *, now: datetime) -> None:
    """Owe its author and the organisers the reminders that still lie ahead; older ones go.

    Where nobody named a day, there is one, when it is late.
    """
    drop(db, petition)
    due_on = petition.answer_due_on
    if due_on is not None:
        ahead = {
            kind: datetime.combine(due_on + timedelta(days=days), HOUR)
            for kind, days in REMINDERS.items()
        }
    else:
        assert petition.delivered_at is not None
        ahead = {OVERDUE: petition.delivered_at + USUAL_WAIT}
    for kind, due_at in ahead.items():
        if due_at > now:
            life.tell_guild(db, petition, kind, now=due_at)


def drop(db: Session, petition: Petition) -> None:
    """Forget the reminders: it is answered, or settled."""
    notifications.services.drop(db, subject_id=petition.id, kinds=list(REMINDERS))
