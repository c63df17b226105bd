"""What happens at the same instant, on a real PostgreSQL: threads with sessions of their own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from accounts.models import User
from core.database import open_session
from core.errors import RuleBroken
from notifications.models import Notice
from tests.builders import MEANS, NOW, make_guild, make_proposal, make_user, make_vote
from voting import casting, closing, jobs, queries, results, signals
from voting.ballots import counted_marks
from voting.models import Ballot, Choice, Proposal, ProposalState, Tally

pytestmark = pytest.mark.postgres
ROUNDS = 10


def at_once(engine: Engine, *deeds: Callable[[Session], Any]) -> list[Any]:
    """Start each deed in a thread with its own session; what each returned, or the broken rule."""
    gate = threading.Barrier(len(deeds))

    def run(deed: Callable[[Session], Any]) -> Any:
        with open_session(engine) as db:
            gate.wait()
            try:
                answer = deed(db)
                db.commit()
            except RuleBroken as error:
                return error
            return answer

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


def cast(proposal: Proposal, user: User, choice: Choice, now: datetime = NOW) -> Any:
    def deed(db: Session) -> Any:
        found = db.get_one(Proposal, proposal.id)
        return casting.cast_ballot(db, found, actor=user, marks=choice, now=now)

    return deed


def close(now: datetime) -> Callable[[Session], int]:
    return lambda db: jobs.close_due_proposals(db, now, means=MEANS)


def recounted(db: Session, proposal: Proposal) -> Tally:
    return results.tally_of(counted_marks(db, proposal), proposal)


def make_electorate(db: Session, size: int) -> tuple[Proposal, list[User]]:
    people = [make_user(db, f"member{number}") for number in range(size)]
    guild = make_guild(db, admins=people[:1], members=people[1:])
    proposal = make_vote(db, guild, people[0])
    db.commit()
    return proposal, people


def test_two_ballots_of_one_person_at_once_are_one_ballot(db: Session, engine: Engine) -> None:
    proposal, people = make_electorate(db, 3)
    for _ in range(ROUNDS):
        at_once(
            engine,
            *(cast(proposal, people[0], choice) for choice in (Choice.YES, Choice.NO) * 2),
        )
    ballots = db.exec(select(Ballot)).all()
    db.refresh(proposal)
    assert len(ballots) == 1
    assert proposal.tally.ballots == 1
    assert proposal.tally == recounted(db, proposal)


def test_ballots_of_many_people_at_once_all_count(db: Session, engine: Engine) -> None:
    proposal, people = make_electorate(db, 8)
    at_once(engine, *(cast(proposal, person, Choice.YES) for person in people))
    db.refresh(proposal)
    assert proposal.tally == (8, 0, 0, 8, 8) == recounted(db, proposal)


def test_a_ballot_against_the_close_is_counted_or_refused(db: Session, engine: Engine) -> None:
    for number in range(ROUNDS):
        people = [make_user(db, f"round{number}-{place}") for place in range(4)]
        guild = make_guild(db, admins=people[:1], members=people[1:], slug=f"round-{number}")
        proposal = make_vote(db, guild, people[0])
        last = proposal.closes_at - timedelta(microseconds=1)
        db.commit()
        answers = at_once(
            engine,
            *(cast(proposal, person, Choice.YES, last) for person in people),
            close(proposal.closes_at),
        )
        accepted = sum(not isinstance(answer, RuleBroken) for answer in answers[:-1])
        if answers[-1] == 0:  # the close passed over a row that a ballot held: its next round
            jobs.close_due_proposals(db, proposal.closes_at, means=MEANS)
        db.refresh(proposal)
        assert proposal.state in {ProposalState.PASSED, ProposalState.FAILED}
        assert proposal.tally.ballots == accepted == recounted(db, proposal).ballots


def test_two_closes_at_once_decide_once(db: Session, engine: Engine) -> None:
    heard: list[Any] = []

    def hear(proposal: Proposal, *, db: Session, now: datetime) -> None:
        heard.append(proposal.id)

    proposal, people = make_electorate(db, 3)
    for person in people:
        casting.cast_ballot(db, proposal, actor=person, marks=Choice.YES, now=NOW)
    db.commit()
    later = proposal.closes_at + timedelta(minutes=1)
    with signals.proposal_decided.connected_to(hear):
        done = at_once(
            engine,
            close(proposal.closes_at),
            close(later),
            lambda db: closing.close_proposal(
                db, db.get_one(Proposal, proposal.id), MEANS, now=later
            ),
        )
    assert sum(done) == 1
    assert heard == [proposal.id]
    told = db.exec(select(Notice).where(Notice.kind == "voting.decided")).all()
    assert len(told) == len(people)


def test_two_openings_at_once_take_one_electorate(db: Session, engine: Engine) -> None:
    people = [make_user(db, f"member{number}") for number in range(3)]
    guild = make_guild(db, admins=people[:1], members=people[1:])
    proposal = make_proposal(db, guild, people[0])
    db.commit()
    opens_at = proposal.opens_at
    done = at_once(engine, *[lambda db: jobs.open_due_proposals(db, opens_at) for _ in range(4)])
    assert sum(done) == 1
    assert len(queries.elector_ids(db, proposal.id)) == 3
