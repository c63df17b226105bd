"""Deeds on accounts; none tells whether an address has an account: the mail does, to its owner.

Passwords are hashed before the write transaction begins, so services get hashes, never passwords.
`may_write` is False if the mailbox has had enough mail for now: all is done but the mail.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, delete

from accounts import queries, rules
from accounts.identity import token_hash
from accounts.models import AddressRequest, RequestPurpose, SignedIn, SignUp, User
from accounts.signals import account_erasing, account_exporting, mail_owed
from core.addresses import fold
from core.database import table_of
from core.errors import RuleBroken
from core.vault import Vault

TAKEN = "Somebody has this handle already. Choose another."


def address_hash(vault: Vault, address: str) -> str:
    """What stands for a mailbox in tables of accounts."""
    return vault.keyed_hash("account address", fold(address))


@dataclass(frozen=True)
class Newcomer:
    """What a person gave to make an account; the password is hashed already."""

    handle: str
    display_name: str
    address: str
    password_hash: str
    time_zone: str
    next_path: str | None = None
    is_founder: bool = False


def begin_sign_up(
    db: Session, newcomer: Newcomer, *, vault: Vault, now: datetime, may_write: bool = True
) -> SignUp:
    """Keep a sign-up and owe its mail; the same rows whether or not the address has an account."""
    sign_up = SignUp(
        handle=newcomer.handle,
        display_name=newcomer.display_name,
        address_sealed=vault.seal(newcomer.address),
        address_hash=address_hash(vault, newcomer.address),
        password_hash=newcomer.password_hash,
        time_zone=newcomer.time_zone,
        next_path=newcomer.next_path,
        is_founder=newcomer.is_founder,
        expires_at=now + rules.SIGN_UP_LASTS,
    )
    db.add(sign_up)
    db.flush()
    if may_write:
        mail_owed.send("accounts.confirm", db=db, subject_id=sign_up.id, now=now)
    return sign_up


def confirm_sign_up(db: Session, sign_up: SignUp, *, now: datetime) -> User:
    """Turn a confirmed sign-up into an account. A handle taken meanwhile gets a number behind it.

    Raises RuleBroken if the address got an account since, or a founder was faster.
    """
    if queries.get_user_by_address(db, sign_up.address_hash) is not None:
        raise RuleBroken("This address has an account already. Sign in, or reset its password.")
    if sign_up.is_founder and queries.any_account(db):
        raise RuleBroken("This place has been founded by somebody else. Make an ordinary account.")
    user = User(
        handle=_free_handle(db, sign_up.handle),
        display_name=sign_up.display_name,
        address_sealed=sign_up.address_sealed,
        address_hash=sign_up.address_hash,
        password_hash=sign_up.password_hash,
        time_zone=sign_up.time_zone,
        is_operator=sign_up.is_founder,
        created_at=now,
    )
    db.add(user)
    db.exec(delete(SignUp).where(col(SignUp.address_hash) == sign_up.address_hash))
    db.flush()
    return user


def _free_handle(db: Session, wanted: str) -> str:
    handle = wanted
    while queries.get_user_by_login(db, handle, "") is not None:
        handle = rules.another_handle(wanted)
    return handle


def sign_in(db: Session, user: User, *, device: str, now: datetime) -> str:
    """Remember a new place where a person is signed in; returns the token for its cookie."""
    token = secrets.token_urlsafe(32)
    db.add(
        SignedIn(
            user_id=user.id,
            token_hash=token_hash(token),
            device=device,
            created_at=now,
            expires_at=now + rules.SIGNED_IN_FOR,
        )
    )
    return token


def end_sign_in(db: Session, user: User, signed_in_id: UUID) -> bool:
    """End one of a person's own sign-ins; False if there was none."""
    statement = delete(SignedIn).where(
        col(SignedIn.id) == signed_in_id, col(SignedIn.user_id) == user.id
    )
    return db.exec(statement).rowcount == 1


def end_other_sign_ins(db: Session, user_id: UUID, *, keep: UUID | None) -> int:
    statement = delete(SignedIn).where(col(SignedIn.user_id) == user_id)
    if keep is not None:
        statement = statement.where(col(SignedIn.id) != keep)
    return db.exec(statement).rowcount


def ask_for_reset(
    db: Session, address: str, *, vault: Vault, now: datetime, may_write: bool = True
) -> None:
    """Keep the wish to reset a password, for an address that may be nobody's."""
    wish = AddressRequest(
        purpose=RequestPurpose.RESET,
        address_sealed=vault.seal(address),
        address_hash=address_hash(vault, address),
        expires_at=now + rules.RESET_LASTS,
    )
    db.add(wish)
    db.flush()
    if may_write:
        mail_owed.send("accounts.reset", db=db, subject_id=wish.id, now=now)


def reset_password(db: Session, wish: AddressRequest, password_hash: str) -> User:
    """Set a new password by a reset link, used once; every sign-in ends."""
    user = queries.get_user_by_address(db, wish.address_hash)
    if user is None or not _use_up(db, wish):
        raise RuleBroken("This link was used already, or has lapsed. Ask for another one.")
    _set_password(db, user, password_hash, keep=None)
    return user


def _set_password(db: Session, user: User, password_hash: str, *, keep: UUID | None) -> None:
    """With the old password go all sign-ins but one, and every link asked for meanwhile."""
    user.password_hash = password_hash
    db.add(user)
    end_other_sign_ins(db, user.id, keep=keep)
    asked = col(AddressRequest.address_hash) == user.address_hash
    db.exec(delete(AddressRequest).where(asked | (col(AddressRequest.user_id) == user.id)))


def _use_up(db: Session, wish: AddressRequest) -> bool:
    """Delete the wish; only one of two at once succeeds."""
    return db.exec(delete(AddressRequest).where(col(AddressRequest.id) == wish.id)).rowcount == 1


def change_password(db: Session, user_id: UUID, password_hash: str, *, keep: UUID) -> None:
    """Set a new password; every other sign-in ends."""
    _set_password(db, db.get_one(User, user_id), password_hash, keep=keep)


def ask_for_address_change(
    db: Session,
    user_id: UUID,
    address: str,
    *,
    vault: Vault,
    now: datetime,
    may_write: bool = True,
) -> None:
    """Owe a mail to the new address; nothing changes until its link is used."""
    wish = AddressRequest(
        purpose=RequestPurpose.CHANGE_ADDRESS,
        user_id=user_id,
        address_sealed=vault.seal(address),
        address_hash=address_hash(vault, address),
        expires_at=now + rules.ADDRESS_CHANGE_LASTS,
    )
    db.add(wish)
    db.flush()
    if may_write:
        mail_owed.send("accounts.change_address", db=db, subject_id=wish.id, now=now)


def change_address(db: Session, wish: AddressRequest) -> None:
    """Give the account its new, confirmed address. Raises RuleBroken if another account has it."""
    if queries.get_user_by_address(db, wish.address_hash) is not None:
        raise RuleBroken("This address belongs to an account already.")
    if wish.user_id is None or not _use_up(db, wish):
        raise RuleBroken("This link was used already, or has lapsed. Ask for another one.")
    user = db.get_one(User, wish.user_id)
    user.address_sealed, user.address_hash = wish.address_sealed, wish.address_hash
    db.add(user)


@dataclass(frozen=True)
class Profile:
    """What a person says about themselves and how they wish to be told things."""

    handle: str
    display_name: str
    time_zone: str
    language: str
    mails_are_discreet: bool


def change_profile(db: Session, user_id: UUID, profile: Profile) -> None:
    """Raises RuleBroken(TAKEN) if somebody else has the handle."""
    other = queries.get_user_by_login(db, profile.handle, "")
    if other is not None and other.id != user_id:
        raise RuleBroken(TAKEN)
    user = db.get_one(User, user_id)
    user.handle = profile.handle
    user.display_name = profile.display_name
    user.time_zone = profile.time_zone
    user.language = profile.language
    user.mails_are_discreet = profile.mails_are_discreet
    db.add(user)
    db.flush()


def export(db: Session, user: User, *, vault: Vault, now: datetime) -> dict[str, Any]:
    """Everything kept about a person, by room, as plain JSON data."""
    account = {
        "handle": user.handle,
        "display_name": user.display_name,
        "address": vault.unseal(user.address_sealed),
        "time_zone": user.time_zone,
        "language": user.language,
        "mails_are_discreet": user.mails_are_discreet,
        "is_operator": user.is_operator,
        "created_at": user.created_at.isoformat(),
        "signed_in": [
            {"device": place.device, "since": place.created_at.isoformat()}
            for place in queries.signed_in_places(db, user.id, now)
        ],
    }
    sections = dict(answer for _, answer in account_exporting.send(user, db=db))
    return {"exported_at": now.isoformat(), "account": account, **sections}


def erase(db: Session, user_id: UUID, *, now: datetime) -> None:
    """Delete the account and all that is only theirs; what was counted stays, nameless.

    Raises RuleBroken where a rule of another room forbids it (the last admin of a guild).
    """
    user = db.get_one(User, user_id)
    account_erasing.send(user, db=db, now=now)
    db.flush()
    db.delete(user)
    db.flush()


def forget_lapsed(db: Session, now: datetime) -> int:
    """Delete sign-ups, wishes and sign-ins whose time is over."""
    tables = [table_of(kind) for kind in (SignUp, AddressRequest, SignedIn)]
    return sum(
        db.connection().execute(table.delete().where(table.c.expires_at <= now)).rowcount
        for table in tables
    )
