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
    elector = ask_elector(db, proposal, actor=actor, now=now)
    refusal = consenting.reason_refusal(proposal.method, marks, reason)
    if refusal is not None:
        raise RuleBroken(refusal)
    ballot = queries.my_ballot(db, proposal, actor.id)
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
    took_part(db, proposal.guild_id, actor.id, now)
    db.add_all([ballot, elector, proposal])
    db.flush()
    return ballot


def ask_elector(db: Session, proposal: Proposal, *, actor: User, now: datetime) -> Elector:
    """The seat of who may vote now. Raises RuleBroken with the reason for who may not."""
    elector = queries.elector(db, proposal.id, actor.id)
    refusal = rules.vote_refusal(
        proposal.state,
        proposal.closes_at,
        now,
        is_elector=elector is not None,
        is_member=get_role(db, proposal.guild_id, actor) is not None,
    )
    if refusal is not None or elector is None:
        raise RuleBroken(refusal or "You have no ballot here.")
    return elector


def _count(proposal: Proposal, marks: str, step: int) -> None:
    """Move the running count of a question; other methods are counted at the close."""
    match marks:
        case Choice.YES:
            proposal.yes_count += step
        case Choice.NO:
            proposal.no_count += step
        case Choice.ABSTAIN:
            proposal.abstain_count += step
