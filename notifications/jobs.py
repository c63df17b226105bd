"""What the clock does for notices; `deliver` is wired in app.py, where the mailer is known."""

from datetime import datetime

from sqlmodel import Session

from notifications import services


def forget_old(db: Session, now: datetime) -> int:
    """Delete what was settled long ago."""
    forgotten = services.forget_old(db, now=now)
    db.commit()
    return forgotten
