import pytest
from sqlmodel import Session, select

from accounts.models import User
from core.mail import Message, Writer
from notifications.models import Notice
from tests.builders import MEANS, NOW, make_guild, make_user, make_vote
from voting import closing, notices, round_notices, rounds, services
from voting.models import Choice, Proposal

pytestmark = pytest.mark.usefixtures("clock_at")
SAYS = {**notices.NOTICES, **round_notices.NOTICES}


@pytest.fixture
def carla(db: Session) -> User:
    return make_user(db, "carla", time_zone="Asia/Kolkata")


@pytest.fixture
def asked(db: Session, alice: User, bob: User, carla: User) -> Proposal:
    circle = make_guild(db, admins=[alice], members=[bob, carla], charter="consent-circle")
    return make_vote(db, circle, alice)


def compose(db: Session, writer: Writer, kind: str, user: User) -> Message | None:
    query = select(Notice).where(Notice.kind == kind, Notice.user_id == user.id)
    return SAYS[kind](db, db.exec(query).one(), writer)


def answer(db: Session, proposal: Proposal, user: User, choice: Choice) -> None:
    reason = "It would lie in shade." if choice == Choice.NO else ""
    rounds.answer(
        db, proposal, actor=user, choice=choice, reason=reason, asked=proposal.round, now=NOW
    )


def says_nothing_telling(message: Message) -> bool:
    discreet = f"{message.discreet_subject} {message.discreet_body}".lower()
    telling = ("river", "willows", "objection", "round", "consent", "vote", "proposal")
    return not any(word in discreet for word in telling)


def test_asked_for_consent_is_told_in_its_words(
    db: Session, writer: Writer, asked: Proposal, bob: User
) -> None:
    message = compose(db, writer, "voting.opened", bob)
    assert message is not None
    assert "Say whether you consent, object and why, or stand aside." in message.body


def test_the_author_hears_of_objections_that_stand(
    db: Session, writer: Writer, asked: Proposal, alice: User, bob: User
) -> None:
    answer(db, asked, bob, Choice.NO)
    message = compose(db, writer, "voting.objected", alice)
    assert message is not None
    assert message.subject == "1 objection to answer: Plant willows on the east bank"
    assert 'An objection stands against your proposal "Plant willows' in message.body
    assert "shade" not in message.body
    assert says_nothing_telling(message)
    answer(db, asked, bob, Choice.YES)
    assert compose(db, writer, "voting.objected", alice) is None


def test_another_round_is_told_to_who_was_asked_until_it_asks_itself(
    db: Session, writer: Writer, asked: Proposal, bob: User, carla: User
) -> None:
    answer(db, asked, bob, Choice.NO)
    answer(db, asked, carla, Choice.YES)
    closing.close_proposal(db, asked, MEANS, now=asked.closes_at)
    message = compose(db, writer, "voting.next_round", carla)
    assert message is not None
    assert message.subject == "Round 2: Plant willows on the east bank"
    assert "goes into round 2: objections were left" in message.body
    assert "until Fri 6 March 2026, 17:30 (Kolkata)" in message.body
    assert says_nothing_telling(message)
    late = select(Notice).where(Notice.kind == "voting.debated")
    assert db.exec(late).all() == []  # of the first debate, where mails were held up till now
    services.open_voting(db, asked, now=asked.opens_at)
    assert compose(db, writer, "voting.next_round", carla) is None


def test_a_change_that_was_taken_in_is_named_as_the_cause(
    db: Session, writer: Writer, asked: Proposal, alice: User, bob: User
) -> None:
    rounds.integrate(db, asked, actor=alice, text="Other.", asked=1, now=NOW)
    message = compose(db, writer, "voting.next_round", bob)
    assert message is not None
    assert "round 2: a change was taken into the text" in message.body
