"""Counters of a petition: what the public sees, in sum, by hour and by place.

A signature counts iff it is confirmed and not held. Whatever makes one begin or cease to count
inserts a step in the same transaction and touches no shared row; folding adds the steps to the
counters in batches (docs/decisions/0305). The petition's row is held by FOR NO KEY UPDATE, which
waits for no signature and lets none wait.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from core.database import read_only, table_of
from core.wire import Wire, binds, new, wire_of
from petitions import milestones
from petitions.models import (
    Hold,
    Petition,
    PetitionHour,
    PetitionPlace,
    Signature,
    SignatureState,
    SignatureStep,
)
from petitions.paper_models import PaperBatch

_petition, _signature = table_of(Petition), table_of(Signature)
_step, _place, _hour = table_of(SignatureStep), table_of(PetitionPlace), table_of(PetitionHour)
_paper = table_of(PaperBatch)
_STEP = _step.insert().values(binds(_step.c))


def counts() -> sa.ColumnElement[bool]:
    """Which signatures count."""
    return (_signature.c.state == SignatureState.CONFIRMED) & (_signature.c.hold == Hold.NONE)


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def step(
    db: Session | Wire, petition_id: UUID, step: int, *, country: str, region: str, at: datetime
) -> None:
    """Note that `step` signatures from one place began (or, below 0, ceased) to count.

    country, region: as the signature's row has them, or had before it was emptied.
    """
    values = {
        "id": uuid4(),
        "petition_id": petition_id,
        "step": step,
        "country": country,
        "region": region,
        "at": hour_of(at),
    }
    wire_of(db).run(_STEP, new(values))


class _Part(NamedTuple):
    """Steps of one place and hour, added up; hour None: rows of a place that count."""

    country: str
    region: str
    hour: datetime | None
    number: int


def waiting(db: Session) -> list[UUID]:
    """Petitions that have steps to fold. Reads beside `db`, so that no write lock is taken."""
    with read_only(db.get_bind().engine).connect() as connection:
        query = sa.select(_step.c.petition_id).distinct()
        return list(connection.execute(query).scalars())


def fold(db: Session, petition_id: UUID, *, now: datetime) -> int:
    """Add all steps so far to the counters; says how many signatures they came to, net.

    Whoever else folds the same petition is passed over: their fold takes what this one would. Where
    signatories are erased, what was counted stays.
    """
    held = _lock(db, petition_id, skip_locked=True)
    if held is None:
        return 0
    parts = _take(db, petition_id)
    if not parts or held.signatories_forgotten_at is not None:
        return 0
    number = _add_parts(db, petition_id, parts)
    _set(db, petition_id, number, now)
    return number


@dataclass(frozen=True)
class Recount:
    """What the counter said, all steps folded, and what the rows say."""

    counter: int
    rows: int
    #: the same of signatures on paper
    paper_counter: int = 0
    paper_rows: int = 0
    #: whether hours and places added up to what the rows say
    parts_agreed: bool = True

    @property
    def is_exact(self) -> bool:
        counted = self.counter == self.rows and self.paper_counter == self.paper_rows
        return counted and self.parts_agreed


def recount(db: Session, petition_id: UUID, *, now: datetime) -> Recount:
    """Fold, and set the counters to what the rows say, exactly, while people go on signing.

    Steps are taken and rows counted in one statement: what is confirmed meanwhile is in neither,
    and its step is folded later. What the hours miss is booked to the present one. Where
    signatories are erased, what was counted online stays.
    """
    before = _lock(db, petition_id)
    if before is None:
        return Recount(0, 0)
    on_paper = _recount_paper(db, petition_id, now)
    if before.signatories_forgotten_at is not None:  # the rows are gone, or going
        return Recount(before.signature_count, before.signature_count, *on_paper)
    taken = _take(db, petition_id, with_rows=True)
    steps = [part for part in taken if part.hour is not None]
    counter = before.signature_count + _add_parts(db, petition_id, steps)
    rows = {(part.country, part.region): part.number for part in taken if part.hour is None}
    number = sum(rows.values())
    if number != before.signature_count:  # at once: a counter too low for a step is mended too
        _set(db, petition_id, number - before.signature_count, now)
    missed = number - _sum_of_hours(db, petition_id)
    if missed:
        _add_hours(db, petition_id, {hour_of(now): missed})
    agreed = not missed and _places(db, petition_id) == rows
    _set_places(db, petition_id, rows)
    return Recount(counter, number, *on_paper, parts_agreed=agreed)


def _recount_paper(db: Session, petition_id: UUID, now: datetime) -> tuple[int, int]:
    """What the counter of paper said, and what the batches that stand say; it says so from now."""
    standing = sa.select(sa.func.coalesce(sa.func.sum(_paper.c.signature_count), 0)).where(
        _paper.c.petition_id == petition_id, _paper.c.struck_at.is_(None)
    )
    rows = int(db.connection().execute(standing).scalar_one())
    mine = _petition.c.id == petition_id
    said = db.connection().execute(sa.select(_petition.c.paper_count).where(mine)).scalar_one()
    if said != rows:
        moved = db.connection().execute(
            sa.update(_petition)
            .where(mine)
            .values(paper_count=rows)
            .returning(_petition.c.signature_count + rows)
        )
        milestones.pass_or_take_back(db, petition_id, moved.scalar_one(), now=now)
    return said, rows


def _sum_of_hours(db: Session, petition_id: UUID) -> int:
    query = sa.select(sa.func.coalesce(sa.func.sum(_hour.c.step), 0))
    return int(
        db.connection().execute(query.where(_hour.c.petition_id == petition_id)).scalar_one()
    )


def _places(db: Session, petition_id: UUID) -> dict[tuple[str, str], int]:
    """The counters of places, those of none left out."""
    query = sa.select(_place.c.country, _place.c.region, _place.c.signature_count).where(
        _place.c.petition_id == petition_id, _place.c.signature_count != 0
    )
    return {(row[0], row[1]): row[2] for row in db.connection().execute(query)}


def _lock(db: Session, petition_id: UUID, *, skip_locked: bool = False) -> Any:
    """Lock the petition's row against other folds; None if it is gone (or held)."""
    query = (
        sa.select(_petition.c.signature_count, _petition.c.signatories_forgotten_at)
        .where(_petition.c.id == petition_id)
        .with_for_update(key_share=True, skip_locked=skip_locked)
    )
    return db.connection().execute(query).first()


def _take(db: Session, petition_id: UUID, *, with_rows: bool = False) -> list[_Part]:
    """Delete the steps and return their sums; with what the rows say at the same instant."""
    postgres = db.get_bind().dialect.name == "postgresql"
    mine = {"petition": petition_id}
    found = db.connection().execute(_sums(postgres, with_rows), mine)
    parts = [_Part(*row) for row in found]
    if not postgres:  # this transaction is the only one that writes
        gone = sa.delete(_step).where(_step.c.petition_id == sa.bindparam("petition"))
        db.connection().execute(gone, mine)
    return parts


@cache
def _sums(postgres: bool, with_rows: bool) -> sa.Executable:
    mine = _step.c.petition_id == sa.bindparam("petition", type_=sa.Uuid())
    parts = (_step.c.country, _step.c.region, _step.c.at, _step.c.step)
    if postgres:
        taken = sa.delete(_step).where(mine).returning(*parts).cte("taken")
    else:
        taken = sa.select(*parts).where(mine).cte("taken")
    place = (taken.c.country, taken.c.region, taken.c.at)
    steps = sa.select(*place, sa.func.sum(taken.c.step)).group_by(*place)
    if not with_rows:
        return steps
    where_from = (_signature.c.country, _signature.c.region)
    rows = (
        sa.select(*where_from, sa.cast(sa.null(), _step.c.at.type), sa.func.count())
        .where(_signature.c.petition_id == sa.bindparam("petition", type_=sa.Uuid()), counts())
        .group_by(*where_from)
    )
    return sa.union_all(steps, rows)


def _add_parts(db: Session, petition_id: UUID, steps: list[_Part]) -> int:
    """Add steps to the counters of places and hours; says to how many they come, net."""
    places: Counter[tuple[str, str]] = Counter()
    hours: Counter[datetime] = Counter()
    for part in steps:
        assert part.hour is not None
        places[part.country, part.region] += part.number
        hours[part.hour] += part.number
    _add_places(db, petition_id, places)
    _add_hours(db, petition_id, hours)
    return sum(hours.values())


def _set(db: Session, petition_id: UUID, step: int, now: datetime) -> None:
    """Move the counter, and see which milestones that passes."""
    moved = db.connection().execute(
        sa.update(_petition)
        .where(_petition.c.id == petition_id)
        .values(signature_count=_petition.c.signature_count + step, counted_at=now)
        .returning(_petition.c.signature_count + _petition.c.paper_count)
    )
    milestones.pass_or_take_back(db, petition_id, moved.scalar_one(), now=now)


def _add_places(db: Session, petition_id: UUID, places: Mapping[tuple[str, str], int]) -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": uuid4(),
            "petition_id": petition_id,
            "country": country,
            "region": region,
            "signature_count": number,
        }
        for (country, region), number in places.items()
    ]
    _upsert(db, _place, ["country", "region"], "signature_count", rows)


def _add_hours(db: Session, petition_id: UUID, hours: Mapping[datetime, int]) -> None:
    rows = [
        {"id": uuid4(), "petition_id": petition_id, "hour": hour, "step": number}
        for hour, number in hours.items()
    ]
    _upsert(db, _hour, ["hour"], "step", rows)


def _upsert(
    db: Session, table: sa.Table, key: list[str], added: str, rows: list[dict[str, Any]]
) -> None:
    """Add to the counter rows of a petition, making those that are not there yet."""
    postgres = db.get_bind().dialect.name == "postgresql"
    insert = (postgresql.insert if postgres else sqlite.insert)(table)
    statement = insert.on_conflict_do_update(
        index_elements=["petition_id", *key],
        set_={added: table.c[added] + insert.excluded[added]},
    )
    if rows:
        db.connection().execute(statement, rows)


def _set_places(db: Session, petition_id: UUID, places: Mapping[tuple[str, str], int]) -> None:
    db.connection().execute(sa.delete(_place).where(_place.c.petition_id == petition_id))
    _add_places(db, petition_id, places)
