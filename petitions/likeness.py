"""Petitions that ask much the same: pointed out while one is drafted."""

from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from core.database import table_of
from petitions.models import Petition, PetitionState
from voting.likeness import most_alike

#: how many of the newest of each kind are compared, and how many shown
COMPARED, SHOWN = 400, 4

_petition = table_of(Petition).c


class Alike(NamedTuple):
    """A petition whose title is much like another."""

    id: UUID
    title: str
    state: PetitionState


def alike(db: Session, guild_id: UUID, title: str) -> list[Alike]:
    """Open petitions and the guild's own whose titles are like this one, the most alike first."""
    if not title.strip():
        return []
    is_open = _petition.state == PetitionState.OPEN
    mine = (_petition.guild_id == guild_id) & (_petition.state != PetitionState.WITHDRAWN)
    found = _newest(db, is_open, _petition.opened_at) | _newest(db, mine, _petition.drafted_at)
    others = [(one.title, one) for one in found.values()]
    return list(most_alike(title, others, limit=SHOWN))


def _newest(db: Session, which: sa.ColumnElement[bool], by: sa.Column[Any]) -> dict[UUID, Alike]:
    query = (
        sa.select(_petition.id, _petition.title, _petition.state)
        .where(which)
        .order_by(by.desc())
        .limit(COMPARED)
    )
    return {row.id: Alike(*row) for row in db.connection().execute(query)}
