"""Closing a vote: count, decide, tell, carry out, as one deed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col

import notifications.services
from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from guilds.charter import ONE_QUESTION
from guilds.membership import lock as lock_guild
from guilds.models import Guild, Membership
from guilds.queries import get_role
from voting import (
    amending,
    ballots,
    box,
    bundles,
    delegations,
    mandates,
    queries,
    results,
    rounds,
    rules,
    secrecy,
    signals,
    verdicts,
)
from voting.ballot_keys import BallotKeys
from voting.marks import IN_STACKS, Paper
from voting.models import Proposal, ProposalState
from voting.notices import DECIDED, PENDING
from voting.signing import Signer
from voting.steps import lock, move, note


@dataclass(frozen=True)
class Means:
    """What a close needs besides the database. mandates: app.MANDATES; keys: of secret boxes."""

    mandates: mandates.Mandates
    keys: BallotKeys
    signer: Signer


#: ballots from which on arrays count them; below, grouping them takes less than loading numpy
VERY_MANY = 3000
#: where the app keeps its Means
EXTENSION = "guilds.voting"


def close_proposal(db: Session, proposal: Proposal, means: Means, *, now: datetime) -> bool:
    """Count, decide, tell all members, and carry out what was decided; False if it is not due.

    Ballots are counted anew from their rows. Objections to what is decided by consent may lead to
    another round instead (voting.rounds). A secret box that cannot be opened waits
    (voting.secrecy).
    """
    proposal = lock(db, proposal)
    if proposal.state != ProposalState.VOTING or now < proposal.closes_at:
        return False
    if proposal.decision_rule.is_secret:
        if not secrecy.open_box(db, proposal, means.keys, now=now):
            return False
        unseen = secrecy.unseen_outcome(proposal)
    else:
        unseen = None
    passed = _count(db, proposal, now) if unseen is None else _turn_down(db, proposal, unseen, now)
    if rounds.goes_on(db, proposal, now=now):
        return True
    rounds.set_review(db, proposal, now=now)
    amending.lose_pending(db, proposal, now=now)
    if proposal.root_hash is not None:
        bundles.sign_bundle(db, proposal, means.signer, now=now)
    explained = "; ".join(verdicts.result_in_words(proposal))
    note(db, f"voting.{proposal.state}", proposal, actor=None, now=now, reason=explained)
    notifications.services.drop(db, subject_id=proposal.id, kinds=PENDING)
    notifications.services.owe_each(
        db,
        DECIDED,
        subject_id=proposal.id,
        due_at=now,
        user_id=col(Membership.user_id),
        where=col(Membership.guild_id) == proposal.guild_id,
    )
    if passed:
        mandates.carry_out(db, proposal, means.mandates, now=now)
    signals.proposal_decided.send(proposal, db=db, now=now)
    return True


def _turn_down(db: Session, proposal: Proposal, outcome: verdicts.Outcome, now: datetime) -> bool:
    """Decide without a count, as nobody may or can see the ballots; nothing passes that way."""
    move(proposal, outcome.state)
    proposal.failed_by = outcome.failed_by
    proposal.decided_at = now
    db.add(proposal)
    db.flush()
    return False


def _count(db: Session, proposal: Proposal, now: datetime) -> bool:
    """Close the box, count it, keep every number with the proposal; says whether it passed."""
    delegations.count_in(db, proposal)
    paper = queries.paper(db, proposal)
    cast = cast_in(db, proposal, paper)
    root = root_of(db, proposal, cast)
    tally = results.tally_of(cast, proposal)
    decision, counts = results.count(proposal, paper, cast, root=root)
    proposal.ballot_count = tally.ballots
    if proposal.method in ONE_QUESTION:
        proposal.yes_count, proposal.no_count, proposal.abstain_count = tally[:3]
    move(proposal, decision.state)
    proposal.failed_by = decision.failed_by
    proposal.result = {
        **counts.as_json(paper.names),
        "ties": [tie.as_json(paper.names) for tie in counts.ties],
    }
    proposal.root_hash = root.hex()
    proposal.decided_at = now
    db.add(proposal)
    db.flush()
    return proposal.state == ProposalState.PASSED


def cast_in(db: Session, proposal: Proposal, paper: Paper) -> results.Cast:
    """What lies in the box, the way in which so many ballots are counted best."""
    if proposal.method in IN_STACKS and proposal.ballot_count >= VERY_MANY:
        stacks = ballots.stacked_marks(db, proposal, len(paper.names))
        if stacks is not None:
            return stacks
    return ballots.counted_marks(db, proposal)


def root_of(db: Session, proposal: Proposal, cast: results.Cast) -> bytes:
    """The root hash of the box, from what was read for the count if it tells every ballot."""
    if isinstance(cast, Mapping):
        return box.root_of(ballots.entries(db, proposal))
    from voting.fastbox import root_of_stacks  # brings numpy, as voting.results says

    return root_of_stacks(cast)


def try_again(db: Session, proposal: Proposal, means: Means, *, actor: User, now: datetime) -> bool:
    """Carry out what could not be at the close; says whether it was done this time.

    Raises NotAllowed for who does not organise; RuleBroken if there is nothing left to do, or it
    never can be done any more.
    """
    proposal = lock(db, proposal)
    if not rules.can_carry_out(get_role(db, proposal.guild_id, actor)):
        raise NotAllowed("Organisers of the guild carry out what was decided.")
    if proposal.state != ProposalState.PASSED or proposal.carried_out_at is not None:
        raise RuleBroken("There is nothing left to carry out here.")
    lock_guild(db, db.get_one(Guild, proposal.guild_id))  # no newer decision comes in between
    lapsed = mandates.why_never(db, proposal, means.mandates, now=now)
    if lapsed is not None:
        raise RuleBroken(f"This can never be carried out any more. {lapsed}")
    return mandates.carry_out(db, proposal, means.mandates, actor=actor, now=now)
