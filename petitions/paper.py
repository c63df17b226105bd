"""Signatures on paper: batches entered with what proves them, struck out with a reason.

A batch counts from when it is entered; the scan stays with the guild, its SHA-256 here.
"""

import re
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.models import User
from core.database import table_of
from core.errors import NotAllowed, RuleBroken
from core.paging import Place
from guilds.models import ORGANISING_ROLES, Role
from guilds.queries import get_role
from petitions import life, milestones, rules
from petitions.models import Petition, PetitionState
from petitions.paper_models import PaperBatch

#: signatures one batch may hold; letters of a place or a name; of a reason
COUNT_MOST, NAME_LENGTH, REASON_MOST = 50_000, 120, 500
#: how SHA-256 is written
HASH = re.compile(r"[0-9a-f]{64}")
#: batches on one page
PAGE = 50

_petition = table_of(Petition)


@dataclass(frozen=True)
class Batch:
    """What is known of some sheets. `witness` is personal data."""

    signature_count: int
    place: str
    collected_on: date
    witness: str
    sheet_hash: str


def can_enter(
    state: PetitionState, closes_on: date, closed_at: datetime | None, role: Role | None,
    now: datetime,
) -> bool:  # fmt: skip
    """Organisers, while signatures can still be confirmed: the dossier holds both numbers."""
    return role in ORGANISING_ROLES and rules.can_confirm(state, closes_on, closed_at, now)


def enter_batch(
    db: Session, petition: Petition, *, actor: User, batch: Batch, now: datetime
) -> PaperBatch:
    """Enter a batch. Raises NotAllowed, or RuleBroken for a day or sheets that cannot be."""
    petition = life.lock(db, petition.id)
    role = get_role(db, petition.guild_id, actor)
    if not can_enter(petition.state, petition.closes_on, petition.closed_at, role, now):
        raise NotAllowed("Organisers enter paper until signing has ended.")
    if batch.collected_on > rules.day_of(now, actor.time_zone):
        raise RuleBroken("This day is still to come.")
    opened_at = petition.opened_at
    if opened_at and batch.collected_on < rules.day_of(opened_at, actor.time_zone):
        raise RuleBroken("The petition was not open yet on that day.")
    if batch.collected_on > petition.closes_on:
        raise RuleBroken("The petition was closed by that day.")
    same = select(PaperBatch.id).where(
        PaperBatch.petition_id == petition.id,
        PaperBatch.sheet_hash == batch.sheet_hash,
        col(PaperBatch.struck_at).is_(None),
    )
    if db.exec(same).first() is not None:
        raise RuleBroken("These very sheets are entered already.")
    entered = PaperBatch(
        petition_id=petition.id, entered_by=actor.id, entered_at=now, **asdict(batch)
    )
    db.add(entered)
    _count(db, petition, batch.signature_count, now)
    _record(db, "petitions.paper_entered", petition, entered, actor, now)
    return entered


def strike_batch(
    db: Session, batch: PaperBatch, *, actor: User, reason: str, now: datetime
) -> None:
    """Strike a batch out; it stays readable. Raises NotAllowed, or RuleBroken if done before."""
    petition = life.lock(db, batch.petition_id)
    role = get_role(db, petition.guild_id, actor)
    if not can_enter(petition.state, petition.closes_on, petition.closed_at, role, now):
        raise NotAllowed("Organisers strike paper out until signing has ended.")
    db.refresh(batch, with_for_update=True)
    if batch.struck_at is not None:
        raise RuleBroken("This batch is struck out already.")
    batch.struck_at, batch.struck_reason = now, reason
    db.add(batch)
    _count(db, petition, -batch.signature_count, now)
    _record(db, "petitions.paper_struck", petition, batch, actor, now, reason=reason)


def _count(db: Session, petition: Petition, step: int, now: datetime) -> None:
    """Move the counter of paper with the batch that was changed, and see what that passes."""
    db.flush()
    moved = db.connection().execute(
        sa.update(_petition)
        .where(_petition.c.id == petition.id)
        .values(paper_count=_petition.c.paper_count + step, counted_at=now)
        .returning(_petition.c.signature_count + _petition.c.paper_count)
    )
    milestones.pass_or_take_back(db, petition.id, moved.scalar_one(), now=now)


def _record(
    db: Session,
    action: str,
    petition: Petition,
    batch: PaperBatch,
    actor: User,
    now: datetime,
    reason: str = "",
) -> None:
    about = f"{batch.signature_count:,}, {batch.place}"
    life.record(db, action, petition, actor=actor, now=now, reason=reason, about=about)


def batches(db: Session, petition_id: UUID, *, before: Place | None = None) -> list[PaperBatch]:
    """Up to PAGE + 1 of a petition, the last entered first, from `before` on."""
    entered_at, key = col(PaperBatch.entered_at), col(PaperBatch.id)
    query = select(PaperBatch).where(PaperBatch.petition_id == petition_id)
    if before is not None:
        query = query.where(sa.tuple_(entered_at, key) < before)
    return list(db.exec(query.order_by(entered_at.desc(), key.desc()).limit(PAGE + 1)))


def get_batch(db: Session, petition_id: UUID, batch_id: UUID) -> PaperBatch | None:
    query = select(PaperBatch).where(
        PaperBatch.id == batch_id, PaperBatch.petition_id == petition_id
    )
    return db.exec(query).first()
