"""Telling signatories: those who wished to hear of a petition, however many, in one statement."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col

import notifications.services
from core.mail import Message, Writer
from notifications.models import Notice
from petitions.models import Hold, Petition, Signature, SignatureState

#: what the two links of such a mail are good for: to take the signature back, to get no more mail
WITHDRAW, STOP = "signature/withdraw", "signature/updates"


def is_told() -> sa.ColumnElement[bool]:
    """Who is told at all: a hold is quiet, so it does not matter; a removal is for good."""
    is_confirmed = col(Signature.state) == SignatureState.CONFIRMED
    return is_confirmed & (col(Signature.hold) != Hold.REMOVED)


def tell_signatories(
    db: Session, kind: str, petition_id: UUID, *, subject_id: UUID | None = None, now: datetime
) -> int:
    """Owe a notice to every signatory who confirmed and wished for updates; says how many.

    Who is held is told as everybody is. subject_id: what it is about, if not the petition. The
    notice's recipient_id is the signature.
    """
    wishes = col(Signature.wants_updates) & (col(Signature.petition_id) == petition_id)
    return notifications.services.owe_each(
        db,
        kind,
        subject_id=subject_id or petition_id,
        due_at=now,
        recipient_id=col(Signature.id),
        where=wishes & is_told(),
    )


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
