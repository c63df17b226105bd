"""Lists of petitions: open ones, ended ones, those a guild is behind, those to an institution."""

from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from core.database import table_of
from core.paging import Place, Rank, read_place, read_rank, write_place, write_rank
from guilds.models import Guild, Role
from institutions.models import Institution
from petitions.models import PUBLIC_STATES, Petition, PetitionState, Settlement
from petitions.writing_models import CoPetitioner, JoinState

PAGE = 30

_petition, _guild, _institution = table_of(Petition), table_of(Guild), table_of(Institution)
_standing = table_of(CoPetitioner)


class Line(NamedTuple):
    """A petition in a list."""

    id: UUID
    guild_id: UUID
    title: str
    request: str
    state: PetitionState
    goal: int
    signature_count: int
    paper_count: int
    drafted_at: datetime
    opened_at: datetime | None
    closes_on: date
    closed_at: datetime | None
    settlement: Settlement | None
    institution_name: str
    #: None if the guild is not listed
    guild_name: str | None

    @property
    def total(self) -> int:
        return self.signature_count + self.paper_count

    @property
    def ended_on(self) -> date | None:
        """The last day it took signatures, in UTC: it closes at the midnight after."""
        return min(self.closed_at.date(), self.closes_on) if self.closed_at else None


class Order(StrEnum):
    """How the open ones are sorted."""

    NEWEST = "newest"
    #: the next to close first
    ENDING = "ending"
    #: the most signatures first; what gains some while it is read may be seen twice
    LARGEST = "largest"


def _lines() -> sa.Select[Any]:
    own = (_petition.c[name] for name in Line._fields[:-2])
    guild_name = sa.case((_guild.c.is_listed, _guild.c.name)).label("guild_name")
    return (
        sa.select(*own, _institution.c.name.label("institution_name"), guild_name)
        .join(_institution, _institution.c.id == _petition.c.institution_id)
        .join(_guild, _guild.c.id == _petition.c.guild_id)
    )


def _read(db: Session, query: sa.Select[Any], limit: int) -> list[Line]:
    return [Line(*row) for row in db.connection().execute(query.limit(limit))]


def _latest(
    db: Session,
    query: sa.Select[Any],
    by: sa.ColumnElement[Any],
    limit: int,
    before: Place | Rank | None,
) -> list[Line]:
    """The greatest first, after a place in that order."""
    if before is not None:
        query = query.where(sa.tuple_(by, _petition.c.id) < before)
    return _read(db, query.order_by(by.desc(), _petition.c.id.desc()), limit)


def open_petitions(
    db: Session,
    limit: int = PAGE + 1,
    *,
    order: Order = Order.NEWEST,
    before: Place | Rank | None = None,
) -> list[Line]:
    """Petitions that can be signed, up to `limit`; `before`: where the last one seen stands."""
    query = _lines().where(_petition.c.state == PetitionState.OPEN)
    if order is Order.LARGEST:
        total = _petition.c.signature_count + _petition.c.paper_count
        return _latest(db, query, total, limit, before)
    if order is Order.NEWEST:
        return _latest(db, query, _petition.c.opened_at, limit, before)
    by = _petition.c.closes_on
    if before is not None:
        assert isinstance(before[0], datetime)
        query = query.where(sa.tuple_(by, _petition.c.id) > (before[0].date(), before[1]))
    return _read(db, query.order_by(by, _petition.c.id), limit)


def write_spot(line: Line, order: Order) -> str:
    """Where a line stands in the list of the open ones, as URL-safe text."""
    if order is Order.LARGEST:
        return write_rank(line.total, line.id)
    if order is Order.ENDING:
        return write_place(datetime.combine(line.closes_on, time(0), UTC), line.id)
    assert line.opened_at is not None
    return write_place(line.opened_at, line.id)


def read_spot(text: str | None, order: Order) -> Place | Rank | None:
    """The place in an order that a URL names; None, the start, for anything we did not write."""
    return read_rank(text) if order is Order.LARGEST else read_place(text)


def ended_petitions(db: Session, *, before: Place | None = None) -> list[Line]:
    """Up to PAGE + 1 that were open and take no signatures any more, the last closed first."""
    query = _lines().where(_petition.c.closed_at.is_not(None))
    return _latest(db, query, _petition.c.closed_at, PAGE + 1, before)


def petitions_of_guild(
    db: Session,
    guild: Guild,
    role: Role | None,
    limit: int = PAGE + 1,
    *,
    before: Place | None = None,
) -> list[Line]:
    """A guild's petitions and those of others it stands behind, the last drafted first.

    Strangers (role None) see the public ones.
    """
    own = sa.select(_petition.c.id).where(_petition.c.guild_id == guild.id)
    others = sa.select(_standing.c.petition_id).where(
        _standing.c.guild_id == guild.id, _standing.c.state == JoinState.JOINED
    )
    query = _lines().where(_petition.c.id.in_(own.union_all(others)))
    if role is None:
        query = query.where(_petition.c.state.in_(PUBLIC_STATES))
    return _latest(db, query, _petition.c.drafted_at, limit, before)


def petitions_to(db: Session, institution_id: UUID, *, before: Place | None = None) -> list[Line]:
    """Up to PAGE + 1 public petitions that address an institution, the last to open first."""
    query = _lines().where(
        _petition.c.institution_id == institution_id, _petition.c.state.in_(PUBLIC_STATES)
    )
    return _latest(db, query, _petition.c.opened_at, PAGE + 1, before)
