"""Telling signatories: those who wished to hear of a petition, however many, batch by batch.

A deed begins a telling in its own transaction; the clock owes the notices. Owed all at once, a
million would hold SQLite's only writer for seconds, and stand before the links of who just signed.
"""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session

import notifications.services
from core.database import insert_new, table_of
from core.mail import Message, Writer
from notifications.models import Notice
from petitions.models import Hold, Petition, Signature, SignatureState, Telling

#: what the two links of such a mail are good for: to take the signature back, to get no more mail
WITHDRAW, STOP = "signature/withdraw", "signature/updates"
#: signatories a round of the clock owes one thing; the job runs every few seconds
BATCH = 250

_signature, _telling = table_of(Signature), table_of(Telling)


def readers(petition_id: UUID) -> sa.ColumnElement[bool]:
    """Who wished to hear of a petition and confirmed; a hold is quiet, a removal is for good."""
    return sa.and_(
        _signature.c.petition_id == petition_id,
        _signature.c.wants_updates,
        _signature.c.state == SignatureState.CONFIRMED,
        _signature.c.hold != Hold.REMOVED,
        _signature.c.address_sealed != "",
    )


def tell_signatories(
    db: Session, kind: str, petition_id: UUID, *, subject_id: UUID | None = None, now: datetime
) -> None:
    """Begin to tell everybody who wished for it and had confirmed by now.

    subject_id: what it is about, if not the petition. A notice's recipient_id is the signature.
    """
    telling = {
        "id": uuid4(),
        "petition_id": petition_id,
        "kind": kind,
        "subject_id": subject_id or petition_id,
        "began_at": now,
        "told_through": None,
    }
    insert_new(db, Telling, [telling])


def unfinished(db: Session, limit: int) -> list[UUID]:
    """Tellings that have not reached everybody, the oldest first."""
    query = sa.select(_telling.c.id).order_by(_telling.c.began_at, _telling.c.id).limit(limit)
    return list(db.connection().execute(query).scalars())


def tell_next(db: Session, telling_id: UUID) -> int:
    """Owe a notice to the next BATCH of a telling; says to how many. The last batch ends it."""
    query = sa.select(_telling).where(_telling.c.id == telling_id)
    telling = db.connection().execute(query.with_for_update(skip_locked=True)).first()
    if telling is None:
        return 0
    next_ones = sa.select(_signature.c.id).where(
        readers(telling.petition_id), _signature.c.confirmed_at <= telling.began_at
    )
    if telling.told_through is not None:
        next_ones = next_ones.where(_signature.c.id > telling.told_through)
    next_ones = next_ones.order_by(_signature.c.id).limit(BATCH)
    keys = list(db.connection().execute(next_ones).scalars())
    notifications.services.owe(
        db,
        telling.kind,
        subject_id=telling.subject_id,
        due_at=telling.began_at,
        recipient_ids=keys,
    )
    mine = _telling.c.id == telling_id
    if len(keys) < BATCH:
        db.connection().execute(sa.delete(_telling).where(mine))
    else:
        through = sa.update(_telling).where(mine).values(told_through=keys[-1])
        db.connection().execute(through)
    return len(keys)


def letter(
    db: Session, notice: Notice, writer: Writer, petition: Petition, template: str, **facts: Any
) -> Message | None:
    """A mail to the signatory a notice is owed to; None if they do not wish it any more.

    Who is held is written to as everybody is. facts: as of Writer.message. The template gets
    `withdraw_link` and `stop_link` besides.
    """
    signature = db.get(Signature, notice.recipient_id)
    if signature is None or not signature.address_sealed or not signature.wants_updates:
        return None
    if signature.state != SignatureState.CONFIRMED or signature.hold == Hold.REMOVED:
        return None
    withdraw, stop = (writer.vault.link_token(what, signature.id) for what in (WITHDRAW, STOP))
    return writer.message(
        template,
        to=writer.vault.unseal(signature.address_sealed),
        title=petition.title,
        withdraw_link=f"{writer.public_url}/signatures/{withdraw}/withdraw",
        stop_link=f"{writer.public_url}/signatures/{stop}/updates",
        **facts,
    )
