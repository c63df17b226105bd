"""What time ends before it was ever voted on: drafts nobody touches, and the search for support."""

from datetime import datetime

from sqlmodel import Session, col, delete

from accounts.models import User
from audit.services import record
from voting import amending, queries, rules, signals
from voting.models import Proposal, ProposalState
from voting.notices import NOT_SUPPORTED
from voting.steps import lock, move, note
from voting.writing import tell_author


def expire_draft(db: Session, proposal: Proposal, *, now: datetime) -> bool:
    """Let a draft end that was long untouched; False if it is not due.

    It stays its author's alone: the record says that it happened, not what it was about.
    """
    proposal = lock(db, proposal)
    if proposal.state != ProposalState.DRAFT or now < proposal.put_at + rules.DRAFT_LENGTH:
        return False
    move(proposal, ProposalState.EXPIRED)
    proposal.decided_at = now
    db.add(proposal)
    db.flush()
    record(
        db,
        "voting.draft_expired",
        actor=None,
        subject=("proposal", proposal.id),
        now=now,
        summary="",
    )
    return True


def end_support(db: Session, proposal: Proposal, *, now: datetime) -> bool:
    """End the search for supporters when its time is over; False if it is not due."""
    proposal = lock(db, proposal)
    until = proposal.support_until
    if proposal.state != ProposalState.SUPPORT or until is None or now < until:
        return False
    move(proposal, ProposalState.NOT_SUPPORTED)
    proposal.decided_at = now
    db.add(proposal)
    db.flush()
    amending.lose_pending(db, proposal, now=now)
    needed = proposal.decision_rule.supporters
    reason = f"{proposal.support_count} of {needed} supporters"
    note(db, "voting.not_supported", proposal, actor=None, now=now, reason=reason)
    tell_author(db, proposal, NOT_SUPPORTED, now=now)
    signals.proposal_withdrawn.send(proposal, db=db, now=now)
    return True


def delete_drafts_of(user: User, *, db: Session, now: datetime) -> None:  # noqa: ARG001 - a receiver's signature
    """Reaction to an account being erased: nobody else ever saw them."""
    mine = (col(Proposal.author_id) == user.id) & queries.never_put()
    db.exec(delete(Proposal).where(mine))
