"""Casting a ballot: open ones here; secret ones go to the sealed box (voting.secrecy)."""

import secrets
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session

from accounts.models import User
from core.errors import RuleBroken
from guilds.membership import took_part
from guilds.queries import get_role
from voting import consenting, queries, rules
from voting.models import Ballot, Choice, Elector, Proposal
from voting.steps import lock

NONCE_BYTES = 16


def cast_ballot(
    db: Session, proposal: Proposal, *, actor: User, marks: str, reason: str = "", now: datetime
) -> Ballot:
    """Cast an open ballot, or change one's own. Counters and ballot move together under the lock.

    marks: as voting.marks writes them for the proposal's method. Raises RuleBroken with the reason
    why this person cannot vote now, or for an objection without a reason.
    """
    proposal = lock(db, proposal)
    if proposal.decision_rule.is_secret:
        raise ValueError("a secret ballot goes into the sealed box (voting.secrecy)")
    elector, _, ballot = _ask_seat(db, proposal, actor=actor, now=now)
    refusal = consenting.reason_refusal(proposal.method, marks, reason)
    if refusal is not None:
        raise RuleBroken(refusal)
    took_part(db, proposal.guild_id, actor.id, now)
    if ballot is None:
        ballot = Ballot(
            id=uuid4(),
            proposal_id=proposal.id,
            user_id=actor.id,
            round=proposal.round,
            marks=marks,
            reason=reason,
            nonce=secrets.token_hex(NONCE_BYTES),
            cast_at=now,
        )
        proposal.ballot_count += 1
    else:
        if not proposal.decision_rule.is_changeable:
            raise RuleBroken("The charter makes a ballot final once it is cast.")
        _count(proposal, ballot.marks, -1)
        ballot.marks, ballot.reason, ballot.cast_at = marks, reason, now
        ballot.nonce = secrets.token_hex(NONCE_BYTES)
    _count(proposal, marks, +1)
    elector.has_voted = True
    db.add_all([ballot, elector, proposal])
    db.flush()
    return ballot


def ask_elector(db: Session, proposal: Proposal, *, actor: User, now: datetime) -> Elector:
    """The seat of who may vote now. Raises RuleBroken with the reason for who may not."""
    return _ask_seat(db, proposal, actor=actor, now=now).elector


def _ask_seat(db: Session, proposal: Proposal, *, actor: User, now: datetime) -> queries.Seat:
    """The same, with the ballot cast before: read together, as all others wait meanwhile."""
    seat = queries.seat(db, proposal, actor.id)
    role = seat.role if seat else get_role(db, proposal.guild_id, actor)
    refusal = rules.vote_refusal(
        proposal.state,
        proposal.closes_at,
        now,
        is_elector=seat is not None,
        is_member=role is not None,
    )
    if refusal is not None or seat is None:
        raise RuleBroken(refusal or "You have no ballot here.")
    return seat


def _count(proposal: Proposal, marks: str, step: int) -> None:
    """Move the running count of a question; other methods are counted at the close."""
    match marks:
        case Choice.YES:
            proposal.yes_count += step
        case Choice.NO:
            proposal.no_count += step
        case Choice.ABSTAIN:
            proposal.abstain_count += step
