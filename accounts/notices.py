"""Mails that prove an address is somebody's own. They go to the address typed, whoever owns it."""

from collections.abc import Callable

from sqlmodel import Session

from accounts.models import AddressRequest, SignUp
from accounts.queries import get_user_by_address
from core.mail import Due, Message, Writer


def confirm(db: Session, notice: Due, writer: Writer) -> Message | None:
    """To a newcomer: confirm. To who has an account already: somebody tried; here is the way in."""
    sign_up = db.get(SignUp, notice.subject_id)
    if sign_up is None:
        return None
    to = writer.vault.unseal(sign_up.address_sealed)
    if get_user_by_address(db, sign_up.address_hash) is not None:
        return writer.message(
            "accounts/already_here",
            subject="You have an account at Dream Guilds already",
            path="/sign-in",
            to=to,
        )
    return writer.message(
        "accounts/confirm",
        subject="Confirm your address for Dream Guilds",
        path=f"/confirm/{writer.vault.link_token('sign-up', sign_up.id)}",
        to=to,
        handle=sign_up.handle,
    )


def reset(db: Session, notice: Due, writer: Writer) -> Message | None:
    """To the owner of an account: a link to a new password. To nobody, if there is no account."""
    wish = db.get(AddressRequest, notice.subject_id)
    if wish is None or get_user_by_address(db, wish.address_hash) is None:
        return None
    return writer.message(
        "accounts/reset",
        subject="Choose a new password for Dream Guilds",
        path=f"/reset/{writer.vault.link_token('reset', wish.id)}",
        to=writer.vault.unseal(wish.address_sealed),
    )


def change_address(db: Session, notice: Due, writer: Writer) -> Message | None:
    """To the new address: a link that makes it the account's."""
    wish = db.get(AddressRequest, notice.subject_id)
    if wish is None:
        return None
    return writer.message(
        "accounts/change_address",
        subject="Confirm your new address for Dream Guilds",
        path=f"/new-address/{writer.vault.link_token('new-address', wish.id)}",
        to=writer.vault.unseal(wish.address_sealed),
    )


NOTICES: dict[str, Callable[[Session, Due, Writer], Message | None]] = {
    "accounts.confirm": confirm,
    "accounts.reset": reset,
    "accounts.change_address": change_address,
}
