"""Secret ballots at the same instant, in several processes, and through a crash."""

import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from accounts.models import User
from core.errors import RuleBroken
from tests import processes
from tests.builders import KEYS, MEANS, NOW
from tests.racing import at_once
from tests.voting.secret import cast, make_secret_vote
from voting import jobs, queries, secrecy
from voting.ballot_keys import BallotKeys
from voting.models import Ballot, Elector, Proposal, ProposalState, Receipt, SealedBallot

ROUNDS = 10


def casting(
    proposal: Proposal, voter: User, marks: str, now: Any = NOW
) -> Callable[[Session], str]:
    def deed(db: Session) -> str:
        return cast(db, db.get_one(Proposal, proposal.id), voter, marks, now=now)

    return deed


@pytest.mark.postgres
def test_two_secret_ballots_of_one_person_at_once_are_one(db: Session, engine: Engine) -> None:
    proposal, people = make_secret_vote(db, 3)
    db.commit()
    answers = at_once(engine, *(casting(proposal, people[0], m) for m in ("yes", "no") * 3))
    assert sum(isinstance(answer, str) for answer in answers) == 1
    assert sum(isinstance(answer, RuleBroken) for answer in answers) == 5
    db.refresh(proposal)
    assert (proposal.ballot_count, queries.voted_count(db, proposal.id)) == (1, 1)
    assert len(db.exec(select(SealedBallot)).all()) == 1


@pytest.mark.postgres
def test_first_ballots_at_once_share_one_key(db: Session, engine: Engine) -> None:
    for number in range(ROUNDS):
        proposal, people = make_secret_vote(db, 6, slug=f"{number}-round")
        db.commit()
        at_once(engine, *(casting(proposal, person, "yes") for person in people))
        assert jobs.close_due_proposals(db, proposal.closes_at, means=MEANS) == 1
        db.refresh(proposal)
        assert (proposal.state, proposal.yes_count) == (ProposalState.PASSED, 6)


@pytest.mark.postgres
def test_a_secret_ballot_against_the_close_is_counted_or_refused(
    db: Session, engine: Engine
) -> None:
    for number in range(ROUNDS):
        proposal, people = make_secret_vote(db, 7, slug=f"{number}-round")
        last = proposal.closes_at - timedelta(microseconds=1)
        for person in people[:3]:
            cast(db, proposal, person, "yes")
        db.commit()
        closes_at = proposal.closes_at
        answers = at_once(
            engine,
            *(casting(proposal, person, "yes", last) for person in people[3:]),
            lambda db, at=closes_at: jobs.close_due_proposals(db, at, means=MEANS),
        )
        accepted = 3 + sum(isinstance(answer, str) for answer in answers)
        jobs.close_due_proposals(db, closes_at, means=MEANS)
        db.refresh(proposal)
        assert proposal.state == ProposalState.PASSED
        assert proposal.yes_count == proposal.ballot_count == accepted
        given = set(db.exec(select(Receipt.code).where(Receipt.proposal_id == proposal.id)))
        assert {answer for answer in answers if isinstance(answer, str)} <= given
        assert KEYS.get(proposal.id) is None


@pytest.mark.postgres
def test_the_close_against_the_clearing_of_keys_leaves_no_box_shut(
    db: Session, engine: Engine
) -> None:
    """Several clocks close, clear and close again while people still cast in other votes."""
    for number in range(ROUNDS):
        proposal, people = make_secret_vote(db, 4, slug=f"{number}-round")
        for person in people:
            cast(db, proposal, person, "yes")
        db.commit()
        at = proposal.closes_at
        later, voters = make_secret_vote(db, 3, slug=f"{number}-later", now=at)
        db.commit()
        at_once(
            engine,
            *[lambda db, at=at: jobs.close_due_proposals(db, at, means=MEANS) for _ in range(2)],
            *(casting(later, person, "no", at) for person in voters),
        )
        jobs.close_due_proposals(db, at, means=MEANS)
        jobs.close_due_proposals(db, later.closes_at, means=MEANS)
        db.refresh(proposal)
        db.refresh(later)
        assert (proposal.yes_count, later.no_count) == (4, 3)
        assert proposal.box_fault == later.box_fault == ""


# --- processes ---

CAST = """
import sys
from pathlib import Path
from uuid import UUID
from accounts.models import User
from core.database import make_engine, open_session
from tests.builders import NOW
from voting import secrecy
from voting.ballot_keys import BallotKeys
from voting.models import Proposal

url, folder, proposal_id, crash, *voters = sys.argv[1:]
keys = BallotKeys(Path(folder))
if crash:
    import os, signal
    make = BallotKeys.make
    def make_and_die(self, proposal_id):
        make(self, proposal_id)
        os.kill(os.getpid(), signal.SIGKILL)
    BallotKeys.make = make_and_die
engine = make_engine(url)
for voter in voters:
    with open_session(engine) as db:
        proposal, user = db.get_one(Proposal, UUID(proposal_id)), db.get_one(User, UUID(voter))
        secrecy.cast_secret(db, proposal, actor=user, marks="yes", keys=keys, now=NOW)
        db.commit()
"""


def start(
    url: str, folder: Path, proposal_id: UUID, voters: list[UUID], *, crash: bool = False
) -> processes.Worker:
    arguments = [url, str(folder), str(proposal_id), "crash" if crash else ""]
    return processes.run(CAST, [*arguments, *map(str, voters)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "ballot-keys"


def test_ballots_of_several_processes_open_with_one_key(
    db: Session, database_url: str, folder: Path
) -> None:
    proposal, people = make_secret_vote(db, 12)
    voters = [person.id for person in people]
    db.commit()
    workers = [start(database_url, folder, proposal.id, voters[n::3]) for n in range(3)]
    assert [worker.wait(60) for worker in workers] == [0, 0, 0]
    db.expire_all()
    assert proposal.ballot_count == 12
    assert secrecy.open_box(db, proposal, BallotKeys(folder), now=proposal.closes_at)
    assert len(db.exec(select(Ballot)).all()) == 12


def test_a_process_killed_between_key_and_commit_loses_nothing(
    db: Session, database_url: str, folder: Path
) -> None:
    proposal, people = make_secret_vote(db, 4)
    proposal_id, voters = proposal.id, [person.id for person in people]
    db.commit()
    killed = start(database_url, folder, proposal_id, voters[:1], crash=True)
    assert killed.wait(60) == -signal.SIGKILL
    db.expire_all()
    assert BallotKeys(folder).get(proposal_id) is not None
    assert not db.exec(select(Elector).where(col(Elector.has_voted))).all()
    db.rollback()
    assert start(database_url, folder, proposal_id, voters).wait(60) == 0
    db.expire_all()
    assert secrecy.open_box(db, proposal, BallotKeys(folder), now=proposal.closes_at)
    assert len(db.exec(select(Ballot)).all()) == 4
