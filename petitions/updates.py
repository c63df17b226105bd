"""News of a petition: posted by who looks after it, for everyone, mailed to who wished for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, select

from accounts.models import User
from core import markdown
from core.database import table_of
from core.errors import NotAllowed, RuleBroken
from core.paging import Place
from petitions import life, milestones, rules, telling
from petitions.models import Petition, PetitionUpdate, Signature, SignatureState
from voting.doubled import DOUBLED

POSTED = "petitions.update"
PAGE = 20
#: readers are counted up to here before a piece is posted
READERS_MOST = 10_000

_signature, _update = table_of(Signature), table_of(PetitionUpdate)


@dataclass(frozen=True)
class News:
    """What an organiser writes; `milestone_id`: what it is about, if it is about one."""

    title: str
    text: str
    milestone_id: UUID | None = None


class Piece(NamedTuple):
    """One piece of news as it is read."""

    id: UUID
    title: str
    text_html: str
    posted_at: datetime


def post_update(
    db: Session, petition: Petition, *, news: News, actor: User, now: datetime
) -> PetitionUpdate:
    """Post news of a petition that was ever open. Raises NotAllowed, or RuleBroken.

    Sent twice by a doubled click it is posted, and mailed to everybody, once.
    """
    petition = life.lock(db, petition.id)
    if not rules.can_post_update(petition.state, **life.who(db, petition, actor)):
        raise NotAllowed("Only its author and the guild's organisers post news of a petition.")
    before = _posted_just_now(db, petition.id, news, now)
    if before is not None:
        return before
    if news.milestone_id and not milestones.act_on(db, news.milestone_id, petition.id, now=now):
        raise RuleBroken("This milestone is not reached any more. Choose none, or another.")
    update = PetitionUpdate(
        petition_id=petition.id,
        author_id=actor.id,
        title=news.title,
        text=news.text,
        text_html=markdown.render(news.text),
        posted_at=now,
    )
    db.add(update)
    db.flush()
    telling.tell_signatories(db, POSTED, petition.id, subject_id=update.id, now=now)
    life.record(db, "petitions.update_posted", petition, actor=actor, now=now, reason=news.title)
    return update


def _posted_just_now(
    db: Session, petition_id: UUID, news: News, now: datetime
) -> PetitionUpdate | None:
    query = select(PetitionUpdate).where(
        PetitionUpdate.petition_id == petition_id,
        PetitionUpdate.title == news.title,
        PetitionUpdate.text == news.text,
        PetitionUpdate.posted_at > now - DOUBLED,
    )
    return db.exec(query.limit(1)).first()


def reader_count(db: Session, petition_id: UUID) -> int:
    """How many would be written to now, counted up to READERS_MOST."""
    some = (
        sa.select(sa.literal(1)).where(telling.readers(petition_id)).limit(READERS_MOST).subquery()
    )
    return db.connection().execute(sa.select(sa.func.count()).select_from(some)).scalar_one()


def want_updates(db: Session, signature_id: UUID, wanted: bool) -> None:
    """Have no more news mailed, or have it mailed again; nothing for a signature that is gone."""
    db.connection().execute(
        sa.update(_signature)
        .where(_signature.c.id == signature_id, _signature.c.state != SignatureState.WITHDRAWN)
        .values(wants_updates=wanted)
    )


def news(
    db: Session, petition_id: UUID, limit: int = PAGE + 1, *, before: Place | None = None
) -> list[Piece]:
    """News of a petition, the latest first."""
    own = (_update.c[name] for name in Piece._fields)
    query = sa.select(*own).where(_update.c.petition_id == petition_id)
    at, key = _update.c.posted_at, _update.c.id
    if before is not None:
        query = query.where(sa.tuple_(at, key) < before)
    query = query.order_by(at.desc(), key.desc()).limit(limit)
    return [Piece(*row) for row in db.connection().execute(query)]
