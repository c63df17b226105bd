"""Looking again at what passed: who is told when, and moving the day."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from guilds.models import Guild, GuildState, Membership, Role
from notifications.models import Notice
from tests.builders import MEANS, NOW, make_vote
from tests.conftest import Clock
from voting import casting, closing, jobs, reviewing
from voting.models import Choice, Proposal, ProposalState

DAY = timedelta(days=1)
REVIEW_AT = NOW + 60 * DAY


@pytest.fixture
def passed(db: Session, guild: Guild, alice: User, bob: User) -> Proposal:
    """Bob's, to be looked at again in sixty days; Alice is admin."""
    proposal = make_vote(db, guild, bob, review_at=REVIEW_AT)
    casting.cast_ballot(db, proposal, actor=bob, marks=Choice.YES, now=NOW)
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    assert proposal.state == ProposalState.PASSED
    db.commit()
    return proposal


def told(db: Session) -> set[object]:
    return {notice.user_id for notice in db.exec(select(Notice)) if notice.kind == "voting.review"}


def test_who_organises_then_and_the_author_are_told_once(
    db: Session, passed: Proposal, guild: Guild, alice: User, bob: User, charlie: User
) -> None:
    joined = Membership(guild_id=guild.id, user_id=charlie.id, role=Role.ORGANISER, joined_at=NOW)
    db.add(joined)
    db.commit()
    assert jobs.begin_due_reviews(db, REVIEW_AT - timedelta(seconds=1)) == 0
    assert jobs.begin_due_reviews(db, REVIEW_AT) == 1
    assert jobs.begin_due_reviews(db, REVIEW_AT + DAY) == 0
    assert told(db) == {alice.id, bob.id, charlie.id}
    done = db.exec(select(AuditEntry.action)).all()
    assert done.count("voting.review_due") == 1


def test_a_dissolved_guild_and_what_is_long_past_are_left_alone(
    db: Session, passed: Proposal, guild: Guild
) -> None:
    assert jobs.begin_due_reviews(db, REVIEW_AT + 31 * DAY) == 0
    guild.state = GuildState.DISSOLVED
    db.add(guild)
    db.commit()
    assert jobs.begin_due_reviews(db, REVIEW_AT) == 0
    assert passed.review_at == REVIEW_AT


def test_the_day_moves_and_with_it_who_is_told_when(
    db: Session, passed: Proposal, alice: User, bob: User, charlie: User
) -> None:
    jobs.begin_due_reviews(db, REVIEW_AT)
    later = REVIEW_AT + 30 * DAY
    with pytest.raises(NotAllowed):
        reviewing.move_review(db, passed, review_at=later, actor=charlie, now=REVIEW_AT)
    with pytest.raises(RuleBroken, match="still to come"):
        reviewing.move_review(db, passed, review_at=NOW, actor=bob, now=REVIEW_AT)
    reviewing.move_review(db, passed, review_at=later, actor=bob, now=REVIEW_AT)
    assert told(db) == set()
    db.commit()
    assert jobs.begin_due_reviews(db, later - DAY) == 0
    assert jobs.begin_due_reviews(db, later) == 1
    assert told(db) == {alice.id, bob.id}


def test_organisers_choose_the_day_on_a_page(
    client: FlaskClient,
    db: Session,
    sign_in: Callable[[FlaskClient, User], None],
    passed: Proposal,
    guild: Guild,
    alice: User,
    charlie: User,
    clock_at: Clock,
) -> None:
    path = f"/decisions/{passed.id}/review"
    sign_in(client, alice)
    clock_at(REVIEW_AT)
    assert "choose a later day" in client.get(f"/decisions/{passed.id}").text
    assert client.get(path).status_code == 200
    for day in ("", "nonsense", "2026-03-01", "0001-01-01", "9999-12-31"):
        assert client.post(path, data={"review_on": day}).status_code == 422
    assert client.post(path, data={"review_on": "2026-12-01"}).status_code == 303
    assert str(passed.review_at) == "2026-12-01 09:00:00+00:00"
    joined = Membership(guild_id=guild.id, user_id=charlie.id, role=Role.MEMBER, joined_at=NOW)
    db.add(joined)
    sign_in(client, charlie)
    assert client.get(path).status_code == 403
    assert client.post(path, data={"review_on": "2026-12-01"}).status_code == 403
