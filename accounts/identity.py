"""Who is asking: the sign-in behind the cookie, for Flask-Login and for views."""

import hashlib
from typing import cast
from uuid import UUID

from flask_login import LoginManager, UserMixin, current_user
from sqlmodel import select

from accounts.models import SignedIn, User
from core import clock
from core.database import reading

manager = LoginManager()
# "strong" would tie a sign-in to the network address, which changes all the time over Tor
manager.session_protection = None


class Identity(UserMixin):  # type: ignore[misc] # Flask-Login has no types
    """What Flask-Login holds during a request: the person, and the place they are signed in at."""

    def __init__(self, user: User, signed_in_id: UUID, token: str) -> None:
        self.user = user
        self.signed_in_id = signed_in_id
        self.token = token
        self.display_name = user.display_name
        self.handle = user.handle
        self.time_zone = user.time_zone
        self.is_operator = user.is_operator

    def get_id(self) -> str:
        """The token: the cookie names a sign-in, not a person; ending one ends the other."""
        return self.token


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


@manager.user_loader  # type: ignore[untyped-decorator] # Flask-Login has no types
def load(token: str) -> Identity | None:
    """Find the sign-in in a short read-only session: a POST must not hold the write lock for it."""
    query = (
        select(User, SignedIn.id)
        .where(SignedIn.user_id == User.id)
        .where(SignedIn.token_hash == token_hash(token), SignedIn.expires_at > clock.now())
    )
    with reading() as db:
        row = db.exec(query).first()
        if row is None:
            return None
        user, signed_in_id = row
        db.expunge(user)
    return Identity(user, signed_in_id, token)


def me() -> User:
    """The person signed in, where strangers do not reach. Read-only: fetch anew to change."""
    return cast(User, current_user.user)


def viewer() -> User | None:
    """The person signed in, or None for a stranger."""
    return cast(User, current_user.user) if current_user.is_authenticated else None
