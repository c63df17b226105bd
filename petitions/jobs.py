"""What the clock does: close petitions whose last day is over, forget who signed long ago."""

import logging
from datetime import datetime, timedelta
from functools import partial

from sqlmodel import Session

from core.scheduling import Job
from petitions import (
    answers,
    clearing,
    counter,
    dossier,
    erasing,
    life,
    milestones,
    queries,
    signing,
    updates,
)

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
    """Delete what was never confirmed, and who signed what ended long ago; some rows at a time."""
    forgotten = signing.forget_unconfirmed(db, now=now)
    db.commit()
    due = erasing.due_to_erase(db, now, BATCH)
    db.commit()
    for petition_id in due:
        erasing.begin(db, petition_id, now=now)
        db.commit()
        while erasing.erase_some(db, petition_id):
            db.commit()
        db.commit()
        forgotten += 1
    return forgotten


def settle_unanswered(db: Session, now: datetime) -> int:
    """Settle each petition that heard nothing for a year."""
    settled = 0
    due = answers.due_to_settle(db, now, BATCH)
    db.commit()
    for petition_id in due:
        settled += answers.settle_unanswered(db, petition_id, now=now)
        db.commit()
    return settled


def make_due_dossiers(db: Session, now: datetime, *, means: dossier.Means) -> int:
    """Make the dossier of each closed petition that needs one; says how many were made."""
    made = 0
    due = dossier.due_petitions(db, now, BATCH)
    db.commit()
    for petition_id in due:
        try:
            made += dossier.make_dossier(db, petition_id, means, now=now)
            db.commit()
        except Exception:  # the next one must still be made
            db.rollback()
            log.exception("dossier of %s cannot be made; the next round tries again", petition_id)
    return made


def clear_desks(db: Session, now: datetime) -> int:
    """End what the desks can no longer undo, erase who was removed, empty closed desks."""
    done = clearing.make_final(db, now=now)
    done += clearing.forget_removed(db, now=now)
    db.commit()
    for petition_id in clearing.due_to_clear(db, now):
        while clearing.empty_marks(db, petition_id):
            db.commit()
        clearing.set_cleared(db, petition_id, now=now)
        db.commit()
        done += 1
    return done


def fold_counts(db: Session, now: datetime) -> int:
    """Add what began or ceased to count to the counters, a transaction a petition."""
    waiting = counter.waiting(db)
    for petition_id in waiting:
        counter.fold(db, petition_id, now=now)
        db.commit()
    return len(waiting)


def tell_milestones(db: Session, now: datetime) -> int:
    """Tell organisers of milestones that have stood for a while, a transaction a petition."""
    told = 0
    due = milestones.waiting(db, now, BATCH)
    for petition_id in due:
        told += milestones.tell(db, petition_id, now=now)
        db.commit()
    return told


def owe_updates(db: Session, now: datetime) -> int:
    """Owe each piece of fresh news to a batch of those who wished for it."""
    owed = 0
    for update_id in updates.to_owe(db, BATCH):
        owed += updates.owe_next(db, update_id, now=now)
        db.commit()
    return owed


JOBS = (
    # pages say how old a count is: this long at most while the clock ticks
    Job("fold-counts", fold_counts, every=timedelta(seconds=2), slotted=False),
    Job("tell-milestones", tell_milestones, every=timedelta(minutes=1)),
    Job("owe-updates", owe_updates, every=timedelta(seconds=5), slotted=False),
    Job("close-petitions", close_due_petitions, every=timedelta(seconds=30), slotted=False),
    Job("forget-signatories", forget_signatories, every=timedelta(hours=1)),
    Job("clear-desks", clear_desks, every=timedelta(hours=1)),
    Job("settle-unanswered", settle_unanswered, every=timedelta(hours=1)),
)


def jobs(means: dossier.Means) -> tuple[Job, ...]:
    """All of them, those that need more than the database included."""
    make = partial(make_due_dossiers, means=means)
    return (*JOBS, Job("make-dossiers", make, every=timedelta(minutes=1)))
