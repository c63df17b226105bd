from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from accounts.models import User
from core.mail import Message, Writer
from guilds.models import Guild
from notifications.models import Notice
from tests.builders import MEANS, NOW, make_user, make_vote
from tests.conftest import Clock
from voting import casting, closing
from voting.models import Choice, Proposal
from voting.notices import NOTICES

pytestmark = pytest.mark.usefixtures("clock_at")


@pytest.fixture
def alice(db: Session) -> User:
    return make_user(db, "alice", time_zone="Europe/Lisbon")


@pytest.fixture
def bob(db: Session) -> User:
    return make_user(db, "bob", time_zone="Asia/Kolkata")


@pytest.fixture
def vote(db: Session, guild: Guild, alice: User) -> Proposal:
    return make_vote(db, guild, alice)


def compose(db: Session, writer: Writer, kind: str, user: User) -> Message | None:
    query = select(Notice).where(Notice.kind == kind, Notice.user_id == user.id)
    notice = db.exec(query.order_by(col(Notice.due_at))).one()
    return NOTICES[kind](db, notice, writer)


def test_the_opening_is_told_in_the_reader_s_zone_and_discreetly(
    db: Session, writer: Writer, vote: Proposal, bob: User
) -> None:
    message = compose(db, writer, "voting.opened", bob)
    assert message is not None
    assert message.subject == "River guild votes: Plant willows on the east bank"
    assert message.path == f"/decisions/{vote.id}"
    assert "Thu 5 March 2026, 17:30 (Kolkata)" in message.body
    discreet = f"{message.discreet_subject} {message.discreet_body}"
    assert "http://localhost/decisions/" in discreet
    for telling in ("River", "willows", "vote", "ballot"):
        assert telling not in discreet


def test_who_has_voted_is_not_reminded(
    db: Session, writer: Writer, vote: Proposal, alice: User, bob: User
) -> None:
    casting.cast_ballot(db, vote, actor=alice, marks=Choice.NO, now=NOW)
    assert compose(db, writer, "voting.closes_soon", alice) is None
    assert compose(db, writer, "voting.opened", alice) is None
    message = compose(db, writer, "voting.closes_soon", bob)
    assert message is not None
    assert message.subject == "Your ballot is still missing: Plant willows on the east bank"


def test_what_is_over_or_withdrawn_reminds_nobody(
    db: Session, writer: Writer, vote: Proposal, bob: User, clock_at: Clock
) -> None:
    clock_at(vote.closes_at)
    assert compose(db, writer, "voting.closes_soon", bob) is None
    clock_at(vote.closes_at - timedelta(seconds=1))
    assert compose(db, writer, "voting.closes_soon", bob) is not None


def test_the_result_is_told_with_its_numbers_to_everyone(
    db: Session, writer: Writer, vote: Proposal, alice: User, bob: User
) -> None:
    casting.cast_ballot(db, vote, actor=alice, marks=Choice.YES, now=NOW)
    closing.close_proposal(db, vote, MEANS, now=vote.closes_at)
    for reader in (alice, bob):
        message = compose(db, writer, "voting.decided", reader)
        assert message is not None
        assert message.subject == "Passed: Plant willows on the east bank"
        assert (
            "1 of 2 members voted; 1 was needed: quorum reached.\n"
            "1 yes and 0 no; more than half of 1 is 1 or more: threshold reached.\n\n"
        ) in message.body
        assert "River" not in str(message.discreet_body)


def test_the_result_says_what_could_not_be_done(
    db: Session, writer: Writer, vote: Proposal, alice: User
) -> None:
    casting.cast_ballot(db, vote, actor=alice, marks=Choice.YES, now=NOW)
    closing.close_proposal(db, vote, MEANS, now=vote.closes_at)
    vote.carried_out_at, vote.not_carried_out = None, "The event was cancelled."
    db.add(vote)
    db.flush()
    message = compose(db, writer, "voting.decided", alice)
    assert message is not None
    assert (
        "could not be done: The event was cancelled.\nIts page says what can be done now."
        in message.body
    )
    assert "cancelled" not in str(message.discreet_body)
