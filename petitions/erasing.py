"""Erasing who signed, some months after a petition has ended: names, addresses, receipts' means.

Counts, places, hours, and the dossier with its leaves and hashes stay.
"""

from calendar import monthrange
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, or_, select

import notifications.services
from core.database import table_of
from petitions import confirming, counter, life
from petitions.delivery_models import Answer
from petitions.models import Petition, PetitionState, Signature
from petitions.outcome_rules import UNANSWERED_LENGTH
from petitions.paper_models import PaperBatch

#: rows one transaction deletes: a few tenths of a second
BATCH = 5000

_signature = table_of(Signature)


def months_before(now: datetime, months: int) -> datetime:
    """The same hour so many months ago; the last of a month that is shorter."""
    years, month = divmod(now.year * 12 + now.month - 1 - months, 12)
    day = min(now.day, monthrange(years, month + 1)[1])
    return now.replace(year=years, month=month + 1, day=day)


def due_to_erase(db: Session, now: datetime, limit: int) -> list[UUID]:
    """Petitions that ended as long ago as they said, and those whose erasing was interrupted."""
    kept = db.exec(select(Petition.kept_months).distinct()).all()
    if not kept:
        return []
    known = col(Petition.signatories_forgotten_at).is_(None)
    ended = or_(*(_ended(months, now) & (Petition.kept_months == months) for months in kept))
    has_rows = sa.exists().where(_signature.c.petition_id == Petition.id)
    query = select(Petition.id).where((known & ended) | (~known & has_rows))
    return list(db.exec(query.order_by(col(Petition.closed_at)).limit(limit)))


def _ended(months: int, now: datetime) -> sa.ColumnElement[bool]:
    """Settled or stopped so many months ago; or answered, and then nothing for a year before."""
    before = months_before(now, months)
    state = col(Petition.state)
    last_answer = (
        select(func.max(Answer.answered_at))
        .where(Answer.petition_id == Petition.id)
        .scalar_subquery()
    )
    return or_(
        (state == PetitionState.SETTLED) & (col(Petition.settled_at) <= before),
        (state == PetitionState.STOPPED)
        & (func.coalesce(Petition.settled_at, Petition.closed_at) <= before),
        (state == PetitionState.ANSWERED) & (last_answer <= before - UNANSWERED_LENGTH),
    )


def begin(db: Session, petition_id: UUID, *, now: datetime) -> None:
    """From here on nothing counts signatures by their rows; witnesses of paper are nameless too."""
    petition = life.lock(db, petition_id)
    if petition.signatories_forgotten_at is not None:
        return
    counter.recount(db, petition_id, now=now)  # the last time that the rows can say it
    db.refresh(petition)
    petition.signatories_forgotten_at = now
    db.add(petition)
    notifications.services.forget(db, subject_id=petition_id, kinds=[confirming.SEND_AGAIN])
    nameless = sa.update(PaperBatch).where(col(PaperBatch.petition_id) == petition_id)
    db.connection().execute(nameless.values(witness=""))
    life.record(db, "petitions.signatories_forgotten", petition, actor=None, now=now)
    db.flush()


def erase_some(db: Session, petition_id: UUID) -> int:
    """Delete up to BATCH signatures of a petition whose erasing has begun; says how many."""
    some = sa.select(_signature.c.id).where(_signature.c.petition_id == petition_id).limit(BATCH)
    gone = sa.delete(_signature).where(_signature.c.id.in_(some.scalar_subquery()))
    return db.connection().execute(gone).rowcount
