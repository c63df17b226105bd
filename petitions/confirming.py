"""Other ways to the confirmation of a signature: a code typed instead of a link, the mail again.

Neither says whether an address has signed: a wrong code, an unknown address and one that was tried
too often are answered alike, and asking for the mail again does the same work for any address.
"""

import hmac
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session

import notifications.services
from core.database import table_of
from core.errors import RuleBroken
from core.vault import Vault
from notifications.models import Notice, Outcome
from petitions.models import Petition, Signature, SignatureState
from petitions.signing import confirm_signature, mailbox_hash

#: digits and letters nobody confuses; six of them are a thousand million codes
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
CODE_LENGTH = 6
SEND_AGAIN = "petitions.send_again"
#: two requests within this are one
AGAIN_PAUSE = timedelta(minutes=5)
#: mails sent again, to one mailbox about one petition
AGAIN_MOST = 2
NOT_RIGHT = (
    "This address and this code do not go together. Compare both with the newest mail; a code is"
    " taken back after some wrong tries, then open the link in the mail."
)

_petition = table_of(Petition)
_signature, _notice = table_of(Signature), table_of(Notice)


class WrongCode(RuleBroken):
    """Whatever the reason: the words are always the same."""

    def __init__(self) -> None:
        super().__init__(NOT_RIGHT)


def confirmation_code(vault: Vault, signature_id: UUID) -> str:
    """The code in the mails of one signature, as people read it: "K7Q-4MX". Nothing is stored."""
    number = int(vault.keyed_hash("signature/code", signature_id.hex), 16)
    code = ""
    for _ in range(CODE_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        code += ALPHABET[digit]
    return f"{code[:3]}-{code[3:]}"


def read_code(typed: str) -> str:
    """A code as typed, without what people put between."""
    return "".join(character for character in typed.upper() if character.isalnum())


def confirm_by_code(
    db: Session, petition_id: UUID, *, address: str, code: str, vault: Vault, now: datetime
) -> UUID:
    """Confirm the signature of an address by the code mailed to it; returns its key.

    One that is confirmed already is no fault: the code proves whose it is. Raises WrongCode.
    """
    found = (
        db.connection()
        .execute(
            sa.select(_signature.c.id, _signature.c.state).where(
                _signature.c.petition_id == petition_id,
                _signature.c.address_hash == mailbox_hash(vault, petition_id, address),
            )
        )
        .first()
    )
    signature_id = found.id if found else uuid4()
    expected = read_code(confirmation_code(vault, signature_id))
    is_right = hmac.compare_digest(expected.encode(), read_code(code).encode())
    if found is None or not is_right or found.state == SignatureState.WITHDRAWN:
        raise WrongCode
    confirm_signature(db, found.id, now=now)
    return signature_id


def ask_again(db: Session, petition_id: UUID, *, address: str, vault: Vault, now: datetime) -> None:
    """Owe the mail once more, whoever asks for whichever address.

    One row is written and none of a signature is read; whether there is one, and whether it was
    mailed often enough, is seen when the notice falls due (`signature_of`). Where all who signed
    are erased nothing is written: what stands for a mailbox would be the last trace of it.
    """
    erased = sa.select(_petition.c.signatories_forgotten_at).where(_petition.c.id == petition_id)
    if db.connection().execute(erased).scalar() is not None:
        return
    pause = int(AGAIN_PAUSE.total_seconds())
    notifications.services.owe(
        db,
        SEND_AGAIN,
        subject_id=petition_id,
        due_at=now - timedelta(seconds=now.timestamp() % pause),
        recipient_id=_stand_in(mailbox_hash(vault, petition_id, address)),
    )


def _stand_in(address_hash: str) -> UUID:
    """What a notice names a mailbox by, whether or not it has signed."""
    return UUID(address_hash[:32])


def signature_of(db: Session, notice: Notice) -> Signature | None:
    """The signature a request for the mail is about; None if there is none or it had enough."""
    sent = sa.select(sa.func.count()).where(
        _notice.c.recipient_id == notice.recipient_id,
        _notice.c.kind == SEND_AGAIN,
        _notice.c.subject_id == notice.subject_id,
        _notice.c.outcome == Outcome.SENT,
    )
    if db.connection().execute(sent).scalar_one() >= AGAIN_MOST:
        return None
    first = notice.recipient_id.hex
    mine = sa.select(_signature.c.id).where(
        _signature.c.petition_id == notice.subject_id,
        _signature.c.address_hash >= first,
        _signature.c.address_hash < first + "g",  # beyond the last hex digit
    )
    found = db.connection().execute(mine).scalar()
    return db.get(Signature, found) if found else None
