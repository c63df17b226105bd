"""The clock's part in deciding: voting opens and closes when due, whoever ticks first."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlmodel import Session

from core.scheduling import Job
from voting import closing, due, expiring, reviewing, rules, secrecy, services
from voting.models import Proposal
from voting.steps import lock_proposal

log = logging.getLogger("guilds.voting")
#: proposals one round looks at; the next round goes on
ROUND = 500


def open_due_proposals(db: Session, now: datetime) -> int:
    """Open voting on every proposal whose debate is over."""
    found = due.to_open(db, now, ROUND)
    return _each(db, found, lambda proposal: services.open_voting(db, proposal, now=now))


def close_due_proposals(db: Session, now: datetime, *, means: closing.Means) -> int:
    """Count and decide every vote whose time is over; then no key of a counted box is kept.

    If the clock dies between the two, the next round destroys the key.
    """
    found = due.to_close(db, now, ROUND)
    done = _each(db, found, lambda proposal: closing.close_proposal(db, proposal, means, now=now))
    secrecy.forget_keys(db, means.keys)
    db.commit()
    return done


def expire_due_drafts(db: Session, now: datetime) -> int:
    """Let drafts end that nobody touches."""
    found = due.drafts_to_expire(db, now - rules.DRAFT_LENGTH, ROUND)
    return _each(db, found, lambda proposal: expiring.expire_draft(db, proposal, now=now))


def end_due_support(db: Session, now: datetime) -> int:
    """End each search for supporters whose time is over."""
    found = due.support_to_end(db, now, ROUND)
    return _each(db, found, lambda proposal: expiring.end_support(db, proposal, now=now))


def begin_due_reviews(db: Session, now: datetime) -> int:
    """Tell of each decision that it is time to look at it again."""
    found = due.to_review(db, now, ROUND)
    return _each(db, found, lambda proposal: reviewing.begin_review(db, proposal, now=now))


def _each(db: Session, found: list[UUID], deed: Callable[[Proposal], bool]) -> int:
    """Do the deed for each, commit each; passes over what another process holds and what fails."""
    db.rollback()  # the list was read in a transaction of its own
    done = 0
    for proposal_id in found:
        try:
            proposal = lock_proposal(db, proposal_id, skip_locked=True)
            done += proposal is not None and deed(proposal)
            db.commit()
        except Exception:  # one broken proposal must not stop the others
            db.rollback()
            log.exception("proposal %s cannot move on; the next round tries again", proposal_id)
    return done


def jobs(means: closing.Means) -> tuple[Job, ...]:
    """Each claims its proposals by row lock, so every scheduler may run them."""
    close = partial(close_due_proposals, means=means)
    often = timedelta(seconds=10)
    return (
        Job("open-proposals", open_due_proposals, every=often, slotted=False),
        Job("close-proposals", close, every=often, slotted=False),
        Job("end-support", end_due_support, every=timedelta(minutes=1), slotted=False),
        Job("begin-reviews", begin_due_reviews, every=timedelta(minutes=10), slotted=False),
        Job("expire-drafts", expire_due_drafts, every=timedelta(hours=1), slotted=False),
    )
