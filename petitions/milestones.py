"""Milestones: numbers of signatures that mean something, noted when they are reached.

Round numbers, what the institution's procedure names, and the goal; on paper and not together. One
that is passed is told to the organisers after a while in which a check of the signatures may still
take it back; once it was told, or news was posted about it, it stays (docs/decisions/0305).
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session

import notifications.services
from core.database import insert_new, table_of
from guilds.models import ORGANISING_ROLES
from guilds.queries import user_ids_with_roles
from institutions.models import Institution
from institutions.procedures import get_procedure
from petitions.models import Milestone, Petition

REACHED = "petitions.milestone"
#: how long a milestone stands before anybody is told
PAUSE = timedelta(minutes=15)
ROUND_NUMBERS = tuple(
    digit * 10**power for power in range(2, 9) for digit in (1, 5)
)  # 100, 500, 1,000 … 500,000,000
GOAL = "The goal"

_petition, _milestone = table_of(Petition), table_of(Milestone)
_institution = table_of(Institution)


class Passed(NamedTuple):
    """A milestone of a petition's page, and whether the sum is still above it."""

    id: UUID
    threshold: int
    meaning: str
    reached_at: datetime
    is_above: bool


def meanings(goal: int, procedure_key: str) -> dict[int, str]:
    """Every milestone of such a petition: threshold -> what it means, "" for a round number."""
    found = dict.fromkeys(ROUND_NUMBERS, "")
    found[goal] = GOAL
    procedure = get_procedure(procedure_key)
    for threshold in procedure.thresholds if procedure else ():
        also = f"{GOAL}. " if threshold.signatures == goal else ""
        found[threshold.signatures] = (also + threshold.meaning)[:120]
    return found


def next_one(goal: int, procedure_key: str, total: int) -> tuple[int, str] | None:
    """The first milestone above `total` that means more than a round number."""
    ahead = [one for one in meanings(goal, procedure_key).items() if one[1] and one[0] > total]
    return min(ahead, default=None)


def pass_or_take_back(db: Session, petition_id: UUID, total: int, *, now: datetime) -> None:
    """Note what `total` signatures reach; take back what they do not, if nothing was done about it.

    The caller holds the petition's row.
    """
    reached = {
        number: meaning
        for number, meaning in _meanings_of(db, petition_id).items()
        if number <= total
    }
    known = set(_thresholds(db, petition_id))
    rows = [
        {
            "id": uuid4(),
            "petition_id": petition_id,
            "threshold": number,
            "meaning": meaning,
            "reached_at": now,
            "acted_on_at": None,
        }
        for number, meaning in reached.items()
        if number not in known
    ]
    insert_new(db, Milestone, rows)
    if any(number > total for number in known):
        db.connection().execute(
            sa.delete(_milestone).where(
                _milestone.c.petition_id == petition_id,
                _milestone.c.threshold > total,
                _milestone.c.acted_on_at.is_(None),
            )
        )


def _meanings_of(db: Session, petition_id: UUID) -> Mapping[int, str]:
    query = (
        sa.select(_petition.c.goal, _institution.c.procedure)
        .join(_institution, _institution.c.id == _petition.c.institution_id)
        .where(_petition.c.id == petition_id)
    )
    goal, procedure = db.connection().execute(query).one()
    return meanings(goal, procedure)


def _thresholds(db: Session, petition_id: UUID) -> list[int]:
    query = sa.select(_milestone.c.threshold).where(_milestone.c.petition_id == petition_id)
    return list(db.connection().execute(query).scalars())


def passed(db: Session, petition_id: UUID, total: int) -> list[Passed]:
    """What a petition has reached, the highest first."""
    query = (
        sa.select(*(_milestone.c[name] for name in Passed._fields[:4]))
        .where(_milestone.c.petition_id == petition_id)
        .order_by(_milestone.c.threshold.desc())
    )
    return [
        Passed(row.id, row.threshold, row.meaning, row.reached_at, row.threshold <= total)
        for row in db.connection().execute(query)
    ]


def act_on(db: Session, milestone_id: UUID, petition_id: UUID, *, now: datetime) -> bool:
    """Note that somebody told others of a milestone; False if it is gone, taken back."""
    acted = db.connection().execute(
        sa.update(_milestone)
        .where(_milestone.c.id == milestone_id, _milestone.c.petition_id == petition_id)
        .values(acted_on_at=sa.func.coalesce(_milestone.c.acted_on_at, now))
    )
    return acted.rowcount == 1


def waiting(db: Session, now: datetime, limit: int) -> list[UUID]:
    """Petitions of which a milestone has stood long enough to be told."""
    query = (
        sa.select(_milestone.c.petition_id)
        .distinct()
        .where(_milestone.c.acted_on_at.is_(None), _milestone.c.reached_at <= now - PAUSE)
        .limit(limit)
    )
    return list(db.connection().execute(query).scalars())


def tell(db: Session, petition_id: UUID, *, now: datetime) -> bool:
    """Owe organisers and author a notice of the highest milestone they were not told of.

    One mail, however many were passed meanwhile; from now on none of them is taken back.
    """
    told = db.connection().execute(
        sa.update(_milestone)
        .where(
            _milestone.c.petition_id == petition_id,
            _milestone.c.acted_on_at.is_(None),
            _milestone.c.reached_at <= now - PAUSE,
        )
        .values(acted_on_at=now)
        .returning(_milestone.c.threshold, _milestone.c.id)
    )
    highest = max(map(tuple, told), default=None)
    if highest is None:
        return False
    people = sa.select(_petition.c.guild_id, _petition.c.author_id)
    row = db.connection().execute(people.where(_petition.c.id == petition_id)).one()
    user_ids = set(user_ids_with_roles(db, row.guild_id, ORGANISING_ROLES)) | {row.author_id}
    notifications.services.owe(
        db, REACHED, subject_id=highest[1], due_at=now, user_ids=sorted(user_ids - {None})
    )
    return True
