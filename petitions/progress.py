"""How far a petition has come: from where it is signed, who was last, what a check took back.

What its public page and its figures show; each is a handful of rows however many have signed.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from core.database import table_of
from core.wire import Wire
from petitions.counter import hour_of
from petitions.countries import COUNTRIES
from petitions.models import (
    PUBLIC_STATES,
    Hold,
    Petition,
    PetitionHour,
    PetitionPlace,
    PetitionState,
    Signature,
    Sweep,
    SweepDeed,
)
from petitions.paper_models import PaperBatch
from petitions.rules import first_name

#: fewer signatures from one place are never shown apart: somebody might be known by them
SMALLEST_PLACE = 5
#: places shown; the rest is one line
PLACES_SHOWN = 12
NAMES_SHOWN = 12
#: days whose checks of the signatures are told of
CHECKS_SHOWN = 10
ELSEWHERE = "Elsewhere, or not said"

_petition, _place, _signature = table_of(Petition), table_of(PetitionPlace), table_of(Signature)
_hour, _sweep = table_of(PetitionHour), table_of(Sweep)
_paper = table_of(PaperBatch)


class Counted(NamedTuple):
    """The counters of a public petition: one row. `counted_at`: when they last moved."""

    state: PetitionState
    version: int
    goal: int
    signature_count: int
    paper_count: int
    counted_at: datetime | None

    @property
    def total(self) -> int:
        return self.signature_count + self.paper_count


class Part(NamedTuple):
    """Signatures from one place; width: of 1000, in a picture."""

    label: str
    number: int
    share: float
    width: int


class Hour(NamedTuple):
    """Signatures that began to count in one hour of UTC, less those that ceased, and all so far.

    Those on paper count from the hour their batch was entered, until it is struck out; on_paper is
    how many of the total they are.
    """

    hour: datetime
    change: int
    total: int
    on_paper: int


class Check(NamedTuple):
    """Signatures that the checks of one day took back; below 0: let count."""

    day: date
    number: int


#: one row by its key, as a single SELECT: this is asked again and again while a page stays open
_COUNTED = sa.select(*(_petition.c[name] for name in Counted._fields)).where(
    _petition.c.id == sa.bindparam("petition", type_=sa.Uuid())
)


def read_counted(line: Wire, petition_id: UUID) -> Counted | None:
    """The counters of a petition, if it is public."""
    rows = line.run(_COUNTED, {"petition": petition_id})
    counted = Counted(*rows[0]) if rows else None
    return counted if counted and counted.state in PUBLIC_STATES else None


def total_at(db: Session, petition_id: UUID, at: datetime) -> int:
    """All signatures that counted at an instant, here and on paper; here to the full hour."""
    online = sa.select(sa.func.coalesce(sa.func.sum(_hour.c.step), 0)).where(
        _hour.c.petition_id == petition_id, _hour.c.hour < at
    )
    on_paper = sa.select(sa.func.coalesce(sa.func.sum(_paper.c.signature_count), 0)).where(
        _paper.c.petition_id == petition_id,
        _paper.c.entered_at < at,
        _paper.c.struck_at.is_(None) | (_paper.c.struck_at >= at),
    )
    return sum(int(db.connection().execute(query).scalar_one()) for query in (online, on_paper))


def countries(db: Session, petition_id: UUID, total: int) -> list[Part]:
    """From where it is signed, most first, small places and the rest in one last line.

    total: of the signatures given online. Empty while no place is large enough to be shown.
    """
    rows = _largest(db, petition_id, _place.c.country)
    return _parts([(COUNTRIES.get(code, code), number) for code, number in rows], total)


def regions(db: Session, petition_id: UUID, total: int) -> list[Part]:
    """The same by region, for a petition that asks for one."""
    return _parts(_largest(db, petition_id, _place.c.region), total)


def _largest(
    db: Session, petition_id: UUID, column: sa.ColumnElement[str], most: int | None = PLACES_SHOWN
) -> list[tuple[str, int]]:
    number = sa.func.sum(_place.c.signature_count)
    query = (
        sa.select(column, number)
        .where(_place.c.petition_id == petition_id, column != "")
        .group_by(column)
        .having(number >= SMALLEST_PLACE)
        .order_by(number.desc(), column)
        .limit(most)
    )
    return [(row[0], int(row[1])) for row in db.connection().execute(query)]


def _parts(rows: list[tuple[str, int]], total: int) -> list[Part]:
    if not rows:
        return []
    rest = total - sum(number for _, number in rows)
    shown = [*rows, (ELSEWHERE, rest)] if rest > 0 else rows
    most = max(number for _, number in shown)
    whole = max(total, 1)
    return [
        Part(label, number, number / whole, max(1, round(1000 * number / most)))
        for label, number in shown
    ]


def places(db: Session, petition_id: UUID, total: int) -> list[tuple[str, str, int]]:
    """Rows of a file: "country" or "region", its name, signatures; small places lumped."""
    found: list[tuple[str, str, int]] = []
    for kind, column in (("country", _place.c.country), ("region", _place.c.region)):
        rows = _largest(db, petition_id, column, most=None)
        names = [(COUNTRIES.get(name, name), number) for name, number in rows]
        rest = total - sum(number for _, number in rows)
        if rows:
            found += [(kind, name, number) for name, number in names]
            found += [(kind, ELSEWHERE, rest)] if rest > 0 else []
    return found


def hours(db: Session, petition_id: UUID) -> Iterator[Hour]:
    """Every hour in which the count moved, here or on paper, the first first."""
    paper = _paper_changes(db, petition_id)
    changes = Counter(paper)
    query = sa.select(_hour.c.hour, _hour.c.step).where(_hour.c.petition_id == petition_id)
    for row in db.connection().execute(query):
        changes[row.hour] += row.step
    total = on_paper = 0
    for hour in sorted(changes):
        total += changes[hour]
        on_paper += paper[hour]
        yield Hour(hour, changes[hour], total, on_paper)


def _paper_changes(db: Session, petition_id: UUID) -> Counter[datetime]:
    """Signatures on paper by the hour they began or ceased to count in."""
    column = _paper.c
    query = sa.select(column.signature_count, column.entered_at, column.struck_at)
    found: Counter[datetime] = Counter()
    for row in db.connection().execute(query.where(column.petition_id == petition_id)):
        found[hour_of(row.entered_at)] += row.signature_count
        if row.struck_at is not None:
            found[hour_of(row.struck_at)] -= row.signature_count
    return found


def days(db: Session, petition_id: UUID, since: datetime) -> dict[date, int]:
    """Signatures that began to count on each of the latest days of UTC, less those that ceased."""
    query = sa.select(_hour.c.hour, _hour.c.step).where(
        _hour.c.petition_id == petition_id, _hour.c.hour >= since
    )
    found: Counter[date] = Counter()
    for row in db.connection().execute(query):
        found[row.hour.date()] += row.step
    return dict(found)


def latest_names(db: Session, petition_id: UUID) -> list[str]:
    """First names of the latest who count and agreed to be shown, newest first."""
    query = (
        sa.select(_signature.c.name)
        .where(
            _signature.c.petition_id == petition_id,
            _signature.c.name_is_public,
            _signature.c.confirmed_at.is_not(None),
            _signature.c.hold == Hold.NONE,
        )
        .order_by(_signature.c.confirmed_at.desc())
        .limit(NAMES_SHOWN)
    )
    return [first_name(name) for name in db.connection().execute(query).scalars() if name]


def checks(db: Session, petition_id: UUID) -> list[Check]:
    """Days on which checks of the signatures moved the count, the latest first; undone ones not.

    Above 0: so many were taken back; below 0: so many held ones were let count. However many checks
    a day had, it is their sum.
    """
    done_at, counted = _sweep.c.done_at, _sweep.c.counted_count
    day: Any = sa.func.substr(sa.type_coerce(done_at, sa.String), 1, 10)
    if db.get_bind().dialect.name == "postgresql":
        day = sa.func.to_char(sa.func.timezone("UTC", done_at), "YYYY-MM-DD")
    net = sa.func.sum(sa.case((_sweep.c.deed == SweepDeed.RELEASE, -counted), else_=counted))
    query = (
        sa.select(day, net)
        .where(_sweep.c.petition_id == petition_id, _sweep.c.undone_at.is_(None))
        .group_by(day)
        .having(net != 0)
        .order_by(day.desc())
        .limit(CHECKS_SHOWN)
    )
    return [Check(date.fromisoformat(on), number) for on, number in db.connection().execute(query)]


def facts(counted: Counted) -> dict[str, Any]:
    """The counters as JSON says them."""
    return {
        "state": counted.state.value,
        "signature_count": counted.signature_count,
        "paper_count": counted.paper_count,
        "total": counted.total,
        "goal": counted.goal,
        "counted_at": counted.counted_at.isoformat() if counted.counted_at else None,
    }
