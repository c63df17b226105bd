"""Consent in rounds: answering when asked, taking a change in, beginning another round.

Closing (voting.closing) asks `goes_on` after its count. Rules and words: voting.consenting.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, delete

import notifications.services
from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from guilds.charter import Method
from guilds.membership import took_part
from guilds.queries import get_role
from voting import ballots, consenting, queries, substance, writing
from voting.casting import cast_ballot
from voting.models import (
    Choice,
    ConsentRound,
    Elector,
    Proposal,
    ProposalState,
    Representation,
)
from voting.notices import PENDING
from voting.round_notices import NEXT_ROUND, OBJECTED
from voting.steps import lock, move, note
from voting.substance import Terms


class AskedAnew(RuleBroken):
    """The answer is to a round that is over: its text is not the one asked about now."""


def answer(
    db: Session,
    proposal: Proposal,
    *,
    actor: User,
    choice: Choice,
    reason: str,
    asked: int,
    now: datetime,
) -> None:
    """Consent, object with a reason or stand aside; once all have and nobody objects, it closes.

    asked: the round the person answers. Raises AskedAnew if that one is over; RuleBroken with the
    reason why this person cannot answer now, or for an objection that gives none.
    """
    proposal = lock(db, proposal)
    refusal = consenting.asked_refusal(asked, proposal.round)
    if refusal is not None:
        raise AskedAnew(refusal)
    before = ballots.my_ballot(db, proposal, actor.id)
    objected = before is not None and before.marks == Choice.NO
    cast_ballot(db, proposal, actor=actor, marks=choice, reason=reason, now=now)
    if (choice == Choice.NO) != objected:
        _tell_of_objection(db, proposal, actor=actor, is_new=not objected, now=now)
    if consenting.is_settled(proposal.tally):
        proposal.closes_at = now
        db.add(proposal)
        db.flush()


def _tell_of_objection(
    db: Session, proposal: Proposal, *, actor: User, is_new: bool, now: datetime
) -> None:
    """On record without its reason, which can be changed; to the author once in ten minutes."""
    action = "voting.objected" if is_new else "voting.objection_resolved"
    note(db, action, proposal, actor=actor, now=now)
    if is_new and proposal.author_id is not None and proposal.author_id != actor.id:
        due_at = now.replace(minute=now.minute // 10 * 10, second=0, microsecond=0)
        notifications.services.owe(
            db, OBJECTED, subject_id=proposal.id, due_at=due_at, user_ids=[proposal.author_id]
        )


def integrate(
    db: Session,
    proposal: Proposal,
    *,
    actor: User,
    text: str,
    asked: int,
    now: datetime,
    terms: Terms | None = None,
    amendment_id: UUID | None = None,
) -> None:
    """Take a change into the text and ask again: answers to the old text count no more.

    asked: the round whose text the author had before them. terms: what it asks besides its words,
    if that changes. Raises AskedAnew if that round is over; NotAllowed, RuleBroken in words, also
    if nothing is changed.
    """
    proposal = lock(db, proposal)
    _ask_to_integrate(db, proposal, actor=actor, asked=asked, now=now)
    terms = substance.checked(db, proposal, terms, now=now)
    if text == proposal.text and terms is None:
        raise RuleBroken("Nothing is different from before: nothing was taken in.")
    took_part(db, proposal.guild_id, actor.id, now)
    note(
        db,
        "voting.integrated",
        proposal,
        actor=actor,
        now=now,
        reason=f"in round {proposal.round}: {consenting.tally_in_words(proposal.tally)}",
    )
    _begin_next(db, proposal, is_integrated=True, now=now)
    writing.add_version(
        db,
        proposal,
        title=proposal.title,
        text=text,
        terms=terms,
        now=now,
        amendment_id=amendment_id,
    )


def _ask_to_integrate(
    db: Session, proposal: Proposal, *, actor: User, asked: int, now: datetime
) -> None:
    """Raises NotAllowed, RuleBroken or AskedAnew for who may not, or not now."""
    is_author = proposal.author_id == actor.id
    refusal = consenting.integrate_refusal(
        proposal,
        now,
        is_author=is_author,
        is_member=get_role(db, proposal.guild_id, actor) is not None,
    )
    if refusal is not None:
        raise RuleBroken(refusal) if is_author else NotAllowed(refusal)
    refusal = consenting.asked_refusal(asked, proposal.round)
    if refusal is not None:
        raise AskedAnew(refusal)


def goes_on(db: Session, proposal: Proposal, *, now: datetime) -> bool:
    """After the count of a vote: begin another round if objections ask for one; says whether.

    The proposal is locked and counted by the caller.
    """
    if not consenting.goes_on(proposal.method, proposal.failed_by, proposal.round):
        return False
    proposal.state = ProposalState.VOTING  # the round failed, not the proposal
    said = f"round {proposal.round}: {consenting.tally_in_words(proposal.tally)}"
    note(db, "voting.another_round", proposal, actor=None, now=now, reason=said)
    _begin_next(db, proposal, is_integrated=False, now=now)
    return True


def set_review(db: Session, proposal: Proposal, *, now: datetime) -> None:
    """What is adopted by consent is looked at again: on the day its author chose, or a later."""
    if proposal.method == Method.CONSENT and proposal.state == ProposalState.PASSED:
        proposal.review_at = consenting.review_at(proposal.review_at, now)
        db.add(proposal)


def _begin_next(db: Session, proposal: Proposal, *, is_integrated: bool, now: datetime) -> None:
    """Keep the round's numbers, send its electorate home, and talk again."""
    tally = proposal.tally
    db.add(
        ConsentRound(
            proposal_id=proposal.id,
            number=proposal.round,
            version=proposal.version,
            is_integrated=is_integrated,
            opened_at=proposal.opens_at,
            ended_at=now,
            electorate_count=tally.electorate,
            yes_count=tally.yes,
            no_count=tally.no,
            abstain_count=tally.abstain,
        )
    )
    told = queries.elector_ids(db, proposal.id)
    _dismiss(db, proposal.id)
    _reset(proposal, now)
    db.add(proposal)
    db.flush()
    kinds = [*PENDING, OBJECTED, NEXT_ROUND]
    notifications.services.drop(db, subject_id=proposal.id, kinds=kinds)
    notifications.services.owe(db, NEXT_ROUND, subject_id=proposal.id, due_at=now, user_ids=told)


def _dismiss(db: Session, proposal_id: UUID) -> None:
    """Who may answer, and who is represented by whom, is taken anew when the next round asks."""
    db.exec(delete(Elector).where(col(Elector.proposal_id) == proposal_id))
    db.exec(delete(Representation).where(col(Representation.proposal_id) == proposal_id))


def _reset(proposal: Proposal, now: datetime) -> None:
    voting = timedelta(minutes=proposal.voting_minutes)
    talk = consenting.talk_length(proposal.decision_rule.deliberation, voting)
    proposal.round += 1
    move(proposal, ProposalState.DELIBERATION)
    proposal.opens_at = now + talk
    proposal.closes_at = proposal.opens_at + voting
    proposal.electorate_count = proposal.member_count = None
    proposal.ballot_count = proposal.represented_count = 0
    proposal.yes_count = proposal.no_count = proposal.abstain_count = 0
    proposal.failed_by = proposal.decided_at = None
    proposal.result = proposal.root_hash = None
