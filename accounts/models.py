"""People: the account, where it is signed in, and what waits for a confirmed address.

A person is a `User` only once the address is confirmed; until then there is a `SignUp` that lapses.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field

from core.database import Model, enum_type

HANDLE_LENGTH = 32
NAME_LENGTH = 80


class User(Model, table=True):
    """One person. Display name and handle may be pseudonyms; nothing asks for more."""

    #: public, unique, lower case; personal data
    handle: str = Field(unique=True, max_length=HANDLE_LENGTH)
    #: personal data
    display_name: str = Field(max_length=NAME_LENGTH)
    #: e-mail address, encrypted (core.vault); personal data
    address_sealed: str = Field(max_length=600)
    #: keyed hash of the folded address: uniqueness without reading it
    address_hash: str = Field(unique=True, max_length=64)
    password_hash: str = Field(max_length=200)
    time_zone: str = Field(default="UTC", max_length=64)
    language: str = Field(default="en", max_length=8)
    #: mails about attendance, ballots and a guild's inner matters say only that something waits
    mails_are_discreet: bool = Field(default=True)
    is_operator: bool = Field(default=False)
    created_at: datetime


class SignedIn(Model, table=True):
    """One place where a person is signed in; the cookie holds the token, we hold its hash."""

    __tablename__ = "signed_in"
    user_id: UUID = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    token_hash: str = Field(unique=True, max_length=64)
    #: such as "Firefox on Android": enough to recognise one's own, no more
    device: str = Field(max_length=60)
    created_at: datetime
    expires_at: datetime = Field(index=True)


class SignUp(Model, table=True):
    """An account that waits for its address to be confirmed; its link is made from its id."""

    __tablename__ = "sign_up"
    handle: str = Field(max_length=HANDLE_LENGTH)
    display_name: str = Field(max_length=NAME_LENGTH)
    address_sealed: str = Field(max_length=600)
    address_hash: str = Field(max_length=64)
    password_hash: str = Field(max_length=200)
    time_zone: str = Field(max_length=64)
    #: where the person was going, a path of our own
    next_path: str | None = Field(default=None, max_length=500)
    is_founder: bool = Field(default=False)
    expires_at: datetime = Field(index=True)


class RequestPurpose(StrEnum):
    RESET = "reset"
    CHANGE_ADDRESS = "change_address"


class AddressRequest(Model, table=True):
    """A wish that only the holder of an address can carry out; kept for known and unknown alike.

    RESET: `address_*` is the address typed, perhaps nobody's. CHANGE_ADDRESS: the new address.
    """

    __tablename__ = "address_request"
    purpose: RequestPurpose = Field(sa_type=enum_type(RequestPurpose))
    user_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="CASCADE", nullable=True, index=True
    )
    address_sealed: str = Field(max_length=600)
    address_hash: str = Field(max_length=64)
    expires_at: datetime = Field(index=True)
