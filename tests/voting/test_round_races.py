"""Consent at the same instant as a change of what is consented to, on a real PostgreSQL."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from accounts.models import User
from core.errors import RuleBroken
from tests.builders import MEANS, NOW, make_guild, make_user, make_vote
from tests.racing import Deed, at_once
from voting import closing, jobs, round_queries, rounds, services
from voting.models import Ballot, Choice, Proposal, ProposalState

pytestmark = pytest.mark.postgres
ROUNDS = 8


def make_circle(db: Session, number: int) -> tuple[Proposal, list[User]]:
    people = [make_user(db, f"round{number}-{place}") for place in range(4)]
    guild = make_guild(
        db, admins=people[:1], members=people[1:], slug=f"c-{number}", charter="consent-circle"
    )
    proposal = make_vote(db, guild, people[0])
    db.commit()
    return proposal, people


def answer(proposal: Proposal, user: User, choice: Choice, now: datetime = NOW) -> Deed:
    def deed(db: Session) -> Ballot:
        found = db.get_one(Proposal, proposal.id)
        reason = "No shade." if choice == Choice.NO else ""
        return rounds.answer(db, found, actor=user, choice=choice, reason=reason, asked=1, now=now)

    return deed


def integrate(proposal: Proposal, author: User, now: datetime = NOW) -> Deed:
    def deed(db: Session) -> None:
        found = db.get_one(Proposal, proposal.id)
        rounds.integrate(db, found, actor=author, text="A new text.", asked=1, now=now)

    return deed


def close(now: datetime) -> Deed:
    return lambda db: jobs.close_due_proposals(db, now, means=MEANS)


def test_a_consent_to_the_old_text_never_counts_for_the_new_one(
    db: Session, engine: Engine
) -> None:
    for number in range(ROUNDS):
        proposal, people = make_circle(db, number)
        given = at_once(
            engine,
            answer(proposal, people[1], Choice.YES),
            integrate(proposal, people[0]),
            answer(proposal, people[2], Choice.YES),
            answer(proposal, people[3], Choice.NO),
        )
        db.refresh(proposal)
        assert not isinstance(given[1], RuleBroken)
        assert (proposal.version, proposal.round) == (2, 2)
        assert proposal.tally.ballots == 0
        accepted = sum(one is None for one in (given[0], *given[2:]))
        assert accepted + sum(isinstance(one, rounds.AskedAnew) for one in given) == 3
        [ended] = round_queries.ended_rounds(db, proposal.id)
        assert ended.tally.ballots == accepted
        services.open_voting(db, proposal, now=proposal.opens_at)
        db.commit()
        late = at_once(
            engine,
            *(answer(proposal, one, Choice.YES, proposal.opens_at) for one in people),
        )
        assert all(isinstance(one, rounds.AskedAnew) for one in late)
        closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
        assert proposal.tally.ballots == 0
        assert proposal.state == ProposalState.FAILED
        db.commit()


def test_a_change_taken_in_against_the_close_begins_one_round(db: Session, engine: Engine) -> None:
    for number in range(ROUNDS):
        proposal, people = make_circle(db, number)
        for person, choice in zip(people, (Choice.YES, Choice.NO), strict=False):
            answer(proposal, person, choice)(db)
        db.commit()
        ends_at = proposal.closes_at
        last = ends_at - timedelta(microseconds=1)
        at_once(engine, close(ends_at), integrate(proposal, people[0], last), close(ends_at))
        jobs.close_due_proposals(db, ends_at, means=MEANS)  # if the row was held both times
        db.refresh(proposal)
        assert (proposal.state, proposal.round) == (ProposalState.DELIBERATION, 2)
        [ended] = round_queries.ended_rounds(db, proposal.id)
        assert ended.is_integrated == (proposal.version == 2)
        assert len(db.exec(select(Ballot).where(Ballot.proposal_id == proposal.id)).all()) == 2


def test_the_last_answers_at_once_settle_it_once(db: Session, engine: Engine) -> None:
    for number in range(ROUNDS):
        proposal, people = make_circle(db, number)
        at_once(engine, *(answer(proposal, person, Choice.YES) for person in people))
        db.refresh(proposal)
        assert proposal.tally[:4] == (4, 0, 0, 4)
        assert proposal.closes_at == NOW
        db.commit()
        assert sum(at_once(engine, close(NOW), close(NOW))) <= 1
        jobs.close_due_proposals(db, NOW, means=MEANS)
        db.refresh(proposal)
        assert proposal.state == ProposalState.PASSED
