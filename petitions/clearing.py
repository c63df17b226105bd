"""When a sweep of the desk is final, and when the desk itself is cleared: done by the clock."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, select

from core.database import table_of
from petitions.desk import UNDO
from petitions.models import (
    ENDED_STATES,
    Hold,
    Petition,
    Signature,
    SignatureState,
    Sweep,
    Swept,
)
from petitions.rules import CONFIRM_GRACE
from petitions.signing import NOBODY

#: signatures whose marks are emptied in one statement
BATCH = 20_000

#: what of a sweep's condition tells of a domain or a network
MARKS = frozenset({"domain", "network"})

#: petitions one round takes at most
ROUND = 100

_petition, _signature = table_of(Petition), table_of(Signature)
_sweep, _swept = table_of(Sweep), table_of(Swept)


def make_final(db: Session, *, now: datetime) -> int:
    """End the time in which sweeps can be undone; says how many ended."""
    over = (
        sa.update(_sweep)
        .where(
            _sweep.c.done_at <= now - UNDO,
            _sweep.c.undone_at.is_(None),
            _sweep.c.final_at.is_(None),
        )
        .values(final_at=now)
        .returning(_sweep.c.id)
    )
    ended = list(db.connection().execute(over).scalars())
    if ended:
        db.connection().execute(sa.delete(_swept).where(_swept.c.sweep_id.in_(ended)))
    return len(ended)


def forget_removed(db: Session, *, now: datetime) -> int:
    """Erase who was removed for good; the keyed hash stays, so that the mailbox stays removed.

    Who is removed and signs again is mailed as usual, and erased again a day after.
    """
    final = sa.select(_sweep.c.id).where(_sweep.c.final_at.is_not(None))
    column = _signature.c
    erased = (
        sa.update(_signature)
        .where(
            column.hold != sa.literal_column("'none'"),  # as the index has it
            column.hold == Hold.REMOVED,
            column.sweep_id.in_(final),
            column.address_sealed != "",
            column.signed_at < now - UNDO,
        )
        .values(state=SignatureState.WITHDRAWN, confirmed_at=None, **NOBODY)
    )
    return db.connection().execute(erased).rowcount


def due_to_clear(db: Session, now: datetime) -> list[UUID]:
    """Petitions whose signatures can neither be confirmed nor swept, nor a sweep undone."""
    open_sweep = sa.exists().where(
        _sweep.c.petition_id == _petition.c.id,
        _sweep.c.undone_at.is_(None),
        _sweep.c.final_at.is_(None),
    )
    query = (
        sa.select(_petition.c.id)
        .where(
            _petition.c.desk_cleared_at.is_(None),
            _petition.c.state.in_(ENDED_STATES),
            _petition.c.closed_at <= now - CONFIRM_GRACE,
            ~open_sweep,
        )
        .limit(ROUND)
    )
    return list(db.connection().execute(query).scalars())


def empty_marks(db: Session, petition_id: UUID) -> int:
    """Empty the marks of domain and network of up to BATCH signatures; says of how many."""
    column = _signature.c
    marked = (
        sa.select(column.id)
        .where(
            column.petition_id == petition_id,
            (column.domain_hash != "") | (column.network_hash != ""),
        )
        .limit(BATCH)
    )
    emptied = (
        sa.update(_signature).where(column.id.in_(marked)).values(domain_hash="", network_hash="")
    )
    return db.connection().execute(emptied).rowcount


def set_cleared(db: Session, petition_id: UUID, *, now: datetime) -> None:
    """Note that the desk of a petition holds nothing any more: no condition names a mark either."""
    for done in db.exec(select(Sweep).where(Sweep.petition_id == petition_id)):
        done.condition = {name: told for name, told in done.condition.items() if name not in MARKS}
        db.add(done)
    db.flush()
    db.connection().execute(
        sa.update(_petition).where(_petition.c.id == petition_id).values(desk_cleared_at=now)
    )
