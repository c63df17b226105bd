"""What the clock does for events."""

from datetime import datetime, timedelta

from sqlmodel import Session

from core.scheduling import Job
from events import attendances


def forget_attendances(db: Session, now: datetime) -> int:
    """Delete who came to events that ended a week ago, and guests who never confirmed."""
    forgotten = attendances.forget_unconfirmed(db, now)
    db.commit()
    while ended := attendances.ended_events(db, now):
        for event_id in ended:
            forgotten += attendances.forget_attendances(db, event_id)
            db.commit()
    return forgotten


JOBS = (Job("forget-attendances", forget_attendances, every=timedelta(hours=1)),)
