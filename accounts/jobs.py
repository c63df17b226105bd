"""What the clock does for accounts."""

from datetime import datetime

from sqlmodel import Session

from accounts import services


def forget_lapsed(db: Session, now: datetime) -> int:
    """Delete what waited too long to be confirmed and sign-ins that have ended."""
    forgotten = services.forget_lapsed(db, now)
    db.commit()
    return forgotten
