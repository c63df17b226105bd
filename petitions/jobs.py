"""What the clock does: close petitions whose last day is over, forget who signed long ago."""

import logging
from datetime import datetime, timedelta

from sqlmodel import Session

from core.scheduling import Job
from petitions import counter, life, queries, signing

log = logging.getLogger("guilds.petitions")

#: petitions one round takes at most; the next round takes the rest
BATCH = 100


def close_due_petitions(db: Session, now: datetime) -> int:
    """Close each petition that is due, one transaction each; one failing does not stop the rest."""
    closed = 0
    due = queries.due_to_close(db, now, BATCH)
    db.commit()
    for petition_id in due:
        try:
            closed += life.close_petition(db, petition_id, now=now)
            db.commit()
        except Exception:  # the next petition must still close
            db.rollback()
            log.exception("petition %s cannot be closed; the next round tries again", petition_id)
    return closed


def forget_signatories(db: Session, now: datetime) -> int:
    """Delete what was never confirmed, and who signed what closed long ago."""
    forgotten = signing.forget_unconfirmed(db, now=now)
    db.commit()
    for petition_id in queries.due_to_forget(db, now, BATCH):
        signing.forget_signatories(db, petition_id, now=now)
        db.commit()
        forgotten += 1
    return forgotten


def fold_counts(db: Session, now: datetime) -> int:
    """Add what began or ceased to count to the counters, a transaction a petition."""
    waiting = counter.waiting(db)
    for petition_id in waiting:
        counter.fold(db, petition_id, now=now)
        db.commit()
    return len(waiting)


JOBS = (
    # pages say how old a count is: this long at most while the clock ticks
    Job("fold-counts", fold_counts, every=timedelta(seconds=2), slotted=False),
    Job("close-petitions", close_due_petitions, every=timedelta(seconds=30), slotted=False),
    Job("forget-signatories", forget_signatories, every=timedelta(hours=1)),
)
