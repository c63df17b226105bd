"""Signatures: given by anyone with a mailbox, counted once the mailbox confirms, withdrawn at will.

The path of thousands: no ORM object is built on it. Signing does the same work and says the same
whether or not the mailbox signed before; only a mail to that mailbox tells (docs/decisions/0301).
That a signature begins or ceases to count is a step for petitions.counter; no lock but its own.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, Protocol
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

import notifications.services
from core.addresses import domain_of, fold
from core.errors import RuleBroken
from core.vault import Vault
from core.wire import Wire, binds, new, wire_of
from petitions import counter, rules, signatures
from petitions.models import Hold, PetitionState, Signature, SignatureState
from petitions.signatures import SignatureLine

CONFIRM_SIGNATURE = "petitions.confirm_signature"
GONE = (
    "This signature is not kept any more. It was not confirmed in time, or the petition ended so"
    " long ago that all who signed were erased, as they were promised."
)
WITHDRAWN = "This signature was withdrawn. You can sign again on the petition's page."
REMOVED = "This signature was removed after a check, so it does not count."
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

_signature = sa.inspect(Signature).local_table


class Signable(Protocol):
    """What of a petition matters here: a petitions.signatures.Target, or a Petition."""

    @property
    def id(self) -> UUID: ...
    @property
    def state(self) -> PetitionState: ...
    @property
    def closes_on(self) -> date: ...


@dataclass(frozen=True)
class Signatory:
    """What a person gives to sign. Personal data."""

    name: str
    address: str
    country: str = ""
    region: str = ""
    name_is_public: bool = False
    name_is_handed_over: bool = False
    wants_updates: bool = False


@dataclass(frozen=True)
class Choices:
    """What the owner of a mailbox says of their own signature; it goes before what was typed."""

    name: str
    name_is_public: bool
    name_is_handed_over: bool
    wants_updates: bool


def mailbox_hash(vault: Vault, petition_id: UUID, address: str) -> str:
    """What stands for a mailbox under one petition; the same mailbox differs under another."""
    return vault.keyed_hash(f"signature/{petition_id}", fold(address))


def domain_hash(vault: Vault, petition_id: UUID, domain: str) -> str:
    """What the desk of one petition sees of a mail domain."""
    return vault.keyed_hash(f"signature domain/{petition_id}", domain)[:16]


def sign_petition(
    db: Session | Wire,
    petition: Signable,
    *,
    signatory: Signatory,
    vault: Vault,
    now: datetime,
    network_hash: str = "",
    is_held: bool = False,
    may_write: bool = True,
) -> None:
    """Take a signature that waits for its mailbox, and owe that mailbox a mail if one is due.

    db: a wire, whose transaction this is, or a session, which commits.
    Returns nothing on purpose: what it found must not reach the page. is_held: more came from
    there than counts at once. may_write: False if the mailbox has had enough mail for now. Raises
    RuleBroken if the petition takes no signatures.
    """
    if not rules.can_sign(petition.state, petition.closes_on, now):
        raise RuleBroken("This petition takes no more signatures.")
    row = _row(petition.id, signatory, vault, now) | {
        "network_hash": network_hash,
        "hold": Hold.HELD if is_held else Hold.NONE,
        "remark_before": now - rules.REMARK_PAUSE if may_write else NEVER,
        "again_before": now - rules.CONFIRMATION_PAUSE if may_write else NEVER,
    }
    line = wire_of(db)
    if line.dialect.name == "postgresql" and may_write:
        line.run(_take_and_owe(), row)
        return
    with line.transaction():
        ((kept_id, mailed_at),) = line.run(_take_signature(line.dialect.name), row)
        if may_write:
            # owed for the time of the last mail: if none is due now, it is the one owed then, once
            notifications.services.owe_one(
                line, CONFIRM_SIGNATURE, recipient_id=kept_id, due_at=mailed_at
            )


def _row(petition_id: UUID, signatory: Signatory, vault: Vault, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "petition_id": petition_id,
        "name": signatory.name,
        "name_is_public": signatory.name_is_public,
        "name_is_handed_over": signatory.name_is_handed_over,
        "address_sealed": vault.seal(signatory.address),
        "address_hash": mailbox_hash(vault, petition_id, signatory.address),
        "domain_hash": domain_hash(vault, petition_id, domain_of(signatory.address)),
        "country": signatory.country,
        "region": signatory.region,
        "wants_updates": signatory.wants_updates,
        "state": SignatureState.PENDING,
        "signed_at": now,
        "confirmed_at": None,
        "mailed_at": now,
        "mail_count": 1,
    }


@cache
def _take_and_owe() -> sa.Executable:
    """PostgreSQL: the same and its notice in one statement, so in one round trip."""
    kept = _take_signature("postgresql").cte("kept")
    return notifications.services.owing(
        CONFIRM_SIGNATURE, recipient_id=kept.c.id, due_at=kept.c.mailed_at
    )


@cache
def _take_signature(dialect: str) -> sa.sql.dml.ReturningInsert[Any]:
    """One statement for a mailbox new, pending, withdrawn or confirmed (rules.mail_is_due in SQL).

    Unconfirmed: what was typed last counts, for nobody proved to own what was typed first.
    Confirmed: nothing changes but the time of the mail that says so. What the desk decided stays.
    """
    given = {
        column.name: sa.bindparam(column.name, type_=column.type)
        for column in _signature.c
        if column.name != "sweep_id"
    }
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(Signature)
    insert = insert.values(given)
    old, new = _signature.c, insert.excluded
    confirmed = old.state == SignatureState.CONFIRMED
    due = sa.or_(
        confirmed & (old.mailed_at <= sa.bindparam("remark_before", type_=old.mailed_at.type)),
        ~confirmed
        & (old.mail_count < rules.CONFIRMATIONS_MOST)
        & (old.mailed_at <= sa.bindparam("again_before", type_=old.mailed_at.type)),
    )
    typed = (
        "name", "name_is_public", "name_is_handed_over", "address_sealed", "domain_hash",
        "network_hash", "country", "region", "wants_updates", "state", "signed_at",
    )  # fmt: skip
    changes: dict[str, Any] = {
        name: sa.case((confirmed, old[name]), else_=new[name]) for name in typed
    }
    # a stranger who types the address in a crowd must not hold what was free
    stays = confirmed | old.sweep_id.is_not(None) | (old.hold == Hold.NONE)
    changes["hold"] = sa.case((stays, old.hold), else_=new.hold)
    changes["mailed_at"] = sa.case((due, new.mailed_at), else_=old.mailed_at)
    changes["mail_count"] = sa.case((due, old.mail_count + 1), else_=old.mail_count)
    return insert.on_conflict_do_update(
        index_elements=["petition_id", "address_hash"], set_=changes
    ).returning(old.id, old.mailed_at)


def confirm_signature(
    db: Session | Wire, signature_id: UUID, *, now: datetime, choices: Choices | None = None
) -> bool:
    """Confirm a signature, as the owner of its mailbox wishes; True if it is only now confirmed.

    db: a wire, whose transaction this is, or a session, which commits. choices: the owner's last
    word; None keeps what was typed before. It counts unless it is held. Raises RuleBroken if it was
    withdrawn or forgotten, or the petition closed too long ago.
    """
    line = wire_of(db)
    with line.transaction():
        found = signatures.get_signature(line, signature_id)
        if found is None:
            raise RuleBroken(GONE)
        if found.state == SignatureState.CONFIRMED:
            return False
        if not rules.can_confirm(found.petition_state, found.closes_on, found.closed_at, now):
            raise RuleBroken(
                "This petition has closed, so the signature can no longer be confirmed."
            )
        chosen = asdict(choices) if choices else {}
        confirmed = line.run(
            _confirm(tuple(chosen)),
            {"signature": signature_id, "new_confirmed_at": now} | new(chosen),
        )
        for country, region, hold in confirmed:
            if hold == Hold.NONE:
                place = {"country": country, "region": region}
                counter.step(line, found.petition_id, +1, **place, at=now)
        if confirmed:
            return True
        again = signatures.get_signature(line, signature_id)
    if again is not None and again.state == SignatureState.CONFIRMED:
        return False  # pressed twice: the first press confirmed it
    raise RuleBroken(REMOVED if again is not None and again.hold == Hold.REMOVED else WITHDRAWN)


@cache
def _confirm(chosen: tuple[str, ...]) -> sa.Executable:
    column = _signature.c
    typed = (column[name] for name in ("confirmed_at", *chosen))
    return (
        sa.update(Signature)
        .where(column.id == sa.bindparam("signature"), column.state == SignatureState.PENDING)
        .values(binds(typed) | {"state": SignatureState.CONFIRMED, "mail_count": 0})
        .returning(column.country, column.region, column.hold)
    )


def change_choices(
    db: Session, signature_id: UUID, *, choices: Choices, now: datetime
) -> SignatureLine:
    """Change what a confirmed signature shows and allows; returns it as it was.

    Name and whether it is handed over stay as they are once nothing can be confirmed any more: the
    dossier is made of them. Raises RuleBroken if it is not confirmed.
    """
    line = signatures.get_signature(db, signature_id)
    if line is None or line.state != SignatureState.CONFIRMED or line.forgotten_at:
        raise RuleBroken("This signature is not there any more, so nothing can be changed.")
    values: dict[str, Any] = {
        "wants_updates": choices.wants_updates,
        "name_is_public": choices.name_is_public,
    }
    if rules.can_confirm(line.petition_state, line.closes_on, line.closed_at, now):
        values = asdict(choices)
    db.connection().execute(
        sa.update(Signature)
        .where(_signature.c.id == signature_id, _signature.c.state == SignatureState.CONFIRMED)
        .values(**values)
    )
    return line


def withdraw_signature(db: Session, signature_id: UUID, *, now: datetime) -> bool:
    """Take a signature back and erase what is known of the person; False if done before."""
    column = _signature.c
    query = (
        sa.select(column.state, column.hold, column.petition_id, column.country, column.region)
        .where(_signature.c.id == signature_id)
        .with_for_update()
    )
    found = db.connection().execute(query).first()
    if found is None or found.state == SignatureState.WITHDRAWN:
        return False
    db.connection().execute(
        sa.update(Signature)
        .where(_signature.c.id == signature_id)
        .values(state=SignatureState.WITHDRAWN, confirmed_at=None, signed_at=now, **NOBODY)
    )
    if found.state == SignatureState.CONFIRMED and found.hold == Hold.NONE:
        place = {"country": found.country, "region": found.region}
        counter.step(db, found.petition_id, -1, **place, at=now)
    notifications.services.drop(db, subject_id=signature_id, kinds=[CONFIRM_SIGNATURE])
    return True


#: what a row says of somebody who wants to be forgotten
NOBODY: dict[str, Any] = {
    "name": "",
    "name_is_public": False,
    "name_is_handed_over": False,
    "address_sealed": "",
    "domain_hash": "",
    "network_hash": "",
    "country": "",
    "region": "",
    "wants_updates": False,
}


def forget_unconfirmed(db: Session, *, now: datetime) -> int:
    """Delete signatures nobody confirmed in time; says how many."""
    statement = sa.delete(Signature).where(
        _signature.c.state == SignatureState.PENDING,
        _signature.c.signed_at < now - rules.UNCONFIRMED_KEPT,
    )
    return db.connection().execute(statement).rowcount
