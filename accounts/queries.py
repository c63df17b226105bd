"""Reading accounts."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.models import AddressRequest, RequestPurpose, SignedIn, SignUp, User


def any_account(db: Session) -> bool:
    return db.exec(select(User.id).limit(1)).first() is not None


def get_user_by_login(db: Session, handle: str, address_hash: str) -> User | None:
    """Whoever has this handle or this address; a handle holds no "@", so the two never mix."""
    query = select(User).where(
        sa.or_(col(User.handle) == handle, col(User.address_hash) == address_hash)
    )
    return db.exec(query).first()


def get_user_by_address(db: Session, address_hash: str) -> User | None:
    return db.exec(select(User).where(User.address_hash == address_hash)).first()


def get_sign_up(db: Session, sign_up_id: UUID, now: datetime) -> SignUp | None:
    """A sign-up that has not lapsed."""
    return db.exec(select(SignUp).where(SignUp.id == sign_up_id, SignUp.expires_at > now)).first()


def get_request(
    db: Session, request_id: UUID, purpose: RequestPurpose, now: datetime
) -> AddressRequest | None:
    """A reset or change of address that has not lapsed."""
    query = select(AddressRequest).where(
        AddressRequest.id == request_id,
        AddressRequest.purpose == purpose,
        AddressRequest.expires_at > now,
    )
    return db.exec(query).first()


def signed_in_places(db: Session, user_id: UUID, now: datetime) -> list[SignedIn]:
    """Where a person is signed in, newest first; at most 100."""
    query = (
        select(SignedIn)
        .where(SignedIn.user_id == user_id, SignedIn.expires_at > now)
        .order_by(col(SignedIn.created_at).desc())
        .limit(100)
    )
    return list(db.exec(query))
