"""Mails about petitions: to signatories who have no account, and to who looks after one."""

from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from core import clock
from core.mail import Message, Writer
from core.templating import day, in_words
from notifications.delivery import Compose
from notifications.models import Notice
from petitions import confirming, rules
from petitions.models import Petition, PetitionState, Signature, SignatureState

#: what the two links of a signature are good for
CONFIRM, WITHDRAW = "signature/confirm", "signature/withdraw"


def confirm_signature(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To a mailbox that was entered: confirm; or, if it did before, that it has signed."""
    return _to_signatory(db, db.get(Signature, notice.subject_id), writer)


def send_again(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """The same once more, for who asked; nobody is told of an address that has not signed."""
    return _to_signatory(db, confirming.signature_of(db, notice), writer)


def _to_signatory(db: Session, signature: Signature | None, writer: Writer) -> Message | None:
    if signature is None or not signature.address_sealed:
        return None
    petition = db.get_one(Petition, signature.petition_id)
    if signature.state == SignatureState.CONFIRMED:
        return _mail(writer, "signed_already", "You have signed already", signature, petition)
    moment = clock.now()
    if signature.state != SignatureState.PENDING or not rules.can_confirm(
        petition.state, petition.closes_on, petition.closed_at, moment
    ):
        return None
    return _mail(writer, "confirm_signature", "Confirm your signature", signature, petition)


def _mail(
    writer: Writer, template: str, news: str, signature: Signature, petition: Petition
) -> Message:
    until = rules.confirm_until(signature.signed_at, petition.closes_on, petition.closed_at)
    return writer.message(
        f"petitions/{template}",
        subject=f"{news}: {petition.title}",
        path=_path(writer, CONFIRM, signature.id, "confirm"),
        to=writer.vault.unseal(signature.address_sealed),
        title=petition.title,
        code=confirming.confirmation_code(writer.vault, signature.id),
        until=in_words(until, ZoneInfo("UTC")),
        withdraw_link=writer.public_url + _path(writer, WITHDRAW, signature.id, "withdraw"),
    )


def _path(writer: Writer, purpose: str, signature_id: UUID, deed: str) -> str:
    return f"/signatures/{writer.vault.link_token(purpose, signature_id)}/{deed}"


def closed(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To author and organisers: the last day is over."""
    petition = db.get(Petition, notice.subject_id)
    if petition is None or petition.state != PetitionState.CLOSED:
        return None
    return writer.message(
        "petitions/closed",
        subject=f"Closed: {petition.title}",
        path=f"/petitions/{petition.id}",
        title=petition.title,
        closed_on=day(petition.closes_on),
        progress=rules.progress_in_words(
            petition.signature_count + petition.paper_count, petition.goal
        ),
    )


NOTICES: dict[str, Compose] = {
    "petitions.confirm_signature": confirm_signature,
    "petitions.send_again": send_again,
    "petitions.closed": closed,
}
