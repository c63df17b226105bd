from datetime import timedelta
from typing import Any

import pytest
from blinker import Signal
from sqlmodel import Session, col, select

from accounts.models import User
from guilds.models import Guild
from tests.builders import MEANS, NOW, make_guild, make_proposal, make_user, make_vote
from voting import casting, jobs, signals
from voting.models import Choice, Proposal, ProposalState

DAY = timedelta(days=1)


@pytest.fixture
def guild(db: Session, bob: User) -> Guild:
    return make_guild(db, admins=[make_user(db, "alice")], members=[bob])


def states(db: Session) -> dict[str, ProposalState]:
    db.expire_all()
    return {p.title: p.state for p in db.exec(select(Proposal).order_by(col(Proposal.title)))}


def test_the_clock_opens_and_closes_what_is_due_and_nothing_else(
    db: Session, guild: Guild, bob: User
) -> None:
    make_proposal(db, guild, bob, title="first")
    make_proposal(db, guild, bob, title="second", now=NOW + DAY)
    db.commit()
    assert jobs.open_due_proposals(db, NOW + DAY - timedelta(seconds=1)) == 0
    assert jobs.open_due_proposals(db, NOW + DAY) == 1
    assert jobs.open_due_proposals(db, NOW + DAY) == 0
    assert states(db) == {
        "first": ProposalState.VOTING,
        "second": ProposalState.DELIBERATION,
    }
    early = NOW + 3 * DAY - timedelta(seconds=1)
    assert jobs.close_due_proposals(db, early, means=MEANS) == 0
    assert jobs.close_due_proposals(db, NOW + 3 * DAY, means=MEANS) == 1
    assert jobs.close_due_proposals(db, NOW + 3 * DAY, means=MEANS) == 0
    assert states(db)["first"] == ProposalState.FAILED


def test_one_that_fails_does_not_stop_the_rest(
    db: Session, guild: Guild, bob: User, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(proposal: Proposal, **_: Any) -> None:
        if proposal.title == "broken":
            raise RuntimeError

    for title in ("a", "broken", "c"):
        proposal = make_vote(db, guild, bob, title=title)
        casting.cast_ballot(db, proposal, actor=bob, marks=Choice.YES, now=NOW)
    db.commit()
    signal: Signal = signals.proposal_decided
    with signal.connected_to(fail):
        assert jobs.close_due_proposals(db, NOW + 9 * DAY, means=MEANS) == 2
    assert states(db) == {
        "a": ProposalState.PASSED,
        "broken": ProposalState.VOTING,
        "c": ProposalState.PASSED,
    }
    assert "cannot move on" in caplog.text
    assert jobs.close_due_proposals(db, NOW + 9 * DAY, means=MEANS) == 1
