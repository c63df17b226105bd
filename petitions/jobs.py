"""What the clock does: close petitions whose last day is over, forget who signed long ago."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

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
    telling,
)

log = logging.getLogger("guilds.petitions")

#: petitions one round takes at most; the next round takes the rest
BATCH = 100


def _each(db: Session, keys: Sequence[UUID], deed: Callable[[UUID], int]) -> int:
    """Do one deed for each, a transaction each; says how many it did.

    One that fails does not stop the rest; the next round tries it again.
    """
    done = 0
    for key in keys:
        try:
            done += deed(key)
            db.commit()
        except Exception:
            db.rollback()
            log.exception("%s failed for %s", getattr(deed, "__qualname__", deed), key)
    return done


def close_due_petitions(db: Session, now: datetime) -> int:
    """Close each petition that is due."""
    due = queries.due_to_close(db, now, BATCH)
    db.commit()
    return _each(db, due, lambda key: life.close_petition(db, key, now=now))


def forget_signatories(db: Session, now: datetime) -> int:
    """Delete what was never confirmed, and who signed what ended long ago; some rows at a time."""
    forgotten = signing.forget_unconfirmed(db, now=now)
    db.commit()
    due = erasing.due_to_erase(db, now, BATCH)
    db.commit()

    def erase(petition_id: UUID) -> int:
        erasing.begin(db, petition_id, now=now)
        db.commit()
        while erasing.erase_some(db, petition_id):
            db.commit()
        return 1

    return forgotten + _each(db, due, erase)


def settle_unanswered(db: Session, now: datetime) -> int:
    """Settle each petition that heard nothing for a year."""
    due = answers.due_to_settle(db, now, BATCH)
    db.commit()
    return _each(db, due, lambda key: answers.settle_unanswered(db, key, now=now))


def make_due_dossiers(db: Session, now: datetime, *, means: dossier.Means) -> int:
    """Make the dossier of each closed petition that needs one; says how many were made."""
    due = dossier.due_petitions(db, now, BATCH)
    db.commit()
    return _each(db, due, lambda key: dossier.make_dossier(db, key, means, now=now))


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
    """Add what began or ceased to count to the counters; says how many petitions that was."""

    def fold(petition_id: UUID) -> int:
        counter.fold(db, petition_id, now=now)
        return 1

    return _each(db, counter.waiting(db), fold)


def tell_milestones(db: Session, now: datetime) -> int:
    """Tell organisers of milestones that have stood for a while."""
    due = milestones.waiting(db, now, BATCH)
    return _each(db, due, lambda key: milestones.tell(db, key, now=now))


def tell_signatories(db: Session, _now: datetime) -> int:
    """Owe each thing that signatories are told of to a batch of those who wished for it."""
    return _each(db, telling.unfinished(db, BATCH), lambda key: telling.tell_next(db, key))


JOBS = (
    # pages say how old a count is: this long at most while the clock ticks
    Job("fold-counts", fold_counts, every=timedelta(seconds=2), slotted=False),
    Job("tell-milestones", tell_milestones, every=timedelta(minutes=1)),
    Job("tell-signatories", tell_signatories, every=timedelta(seconds=5), slotted=False),
    Job("close-petitions", close_due_petitions, every=timedelta(seconds=30), slotted=False),
    Job("forget-signatories", forget_signatories, every=timedelta(hours=1)),
    Job("clear-desks", clear_desks, every=timedelta(hours=1)),
    Job("settle-unanswered", settle_unanswered, every=timedelta(hours=1)),
)


def jobs(means: dossier.Means) -> tuple[Job, ...]:
    """All of them, those that need more than the database included."""
    make = partial(make_due_dossiers, means=means)
    return (*JOBS, Job("make-dossiers", make, every=timedelta(minutes=1)))
