"""Who is asking: the sign-in behind the cookie, for Flask-Login and for views."""

import hashlib
from functools import cached_property
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from flask import g
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy.orm import make_transient_to_detached

from accounts.models import SignedIn, User
from core import clock
from core.database import table_of
from core.wire import Row, get_wire

manager = LoginManager()
# "strong" would tie a sign-in to the network address, which changes all the time over Tor
manager.session_protection = None


_user, _signed_in = table_of(User), table_of(SignedIn)
_COLUMNS = [column.name for column in _user.columns]
#: built once, as every page asks it
_BY_TOKEN = (
    sa.select(_user, _signed_in.c.id.label("signed_in_id"))
    .where(_signed_in.c.user_id == _user.c.id)
    .where(_signed_in.c.token_hash == sa.bindparam("token_hash"))
    .where(_signed_in.c.expires_at > sa.bindparam("now", type_=_signed_in.c.expires_at.type))
)


class Identity(UserMixin):  # type: ignore[misc] # Flask-Login has no types
    """What Flask-Login holds during a request: the person, and the place they are signed in at."""

    def __init__(self, row: Row, token: str) -> None:
        #: the account's columns, then the sign-in's key
        *account, self.signed_in_id = row
        self._account: dict[str, Any] = dict(zip(_COLUMNS, account, strict=True))
        self.token = token
        #: of the account
        self.id: UUID = self._account["id"]
        self.display_name: str = self._account["display_name"]
        self.handle: str = self._account["handle"]
        self.time_zone: str = self._account["time_zone"]
        self.is_operator: bool = self._account["is_operator"]

    @cached_property
    def user(self) -> User:
        """The account as it was read, belonging to no session; made where it is asked for."""
        user = User(**self._account)
        make_transient_to_detached(user)
        return user

    def get_id(self) -> str:
        """The token: the cookie names a sign-in, not a person; ending one ends the other."""
        return self.token


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@manager.user_loader  # type: ignore[untyped-decorator] # Flask-Login has no types
def load(token: str) -> Identity | None:
    """Find the sign-in, outside the request's session: a POST must not hold its lock for it."""
    if g.get("is_failing"):
        return None  # the page that says that the database is gone must not ask it
    rows = get_wire().run(_BY_TOKEN, {"token_hash": token_hash(token), "now": clock.now()})
    return Identity(rows[0], token) if rows else None


def me() -> User:
    """The person signed in, where strangers do not reach. Read-only: fetch anew to change."""
    return cast(User, current_user.user)


def person() -> Identity:
    """The same person by id alone, where no more of them is needed."""
    return cast(Identity, current_user._get_current_object())


def viewer() -> User | None:
    """The person signed in, or None for a stranger."""
    return cast(User, current_user.user) if current_user.is_authenticated else None
