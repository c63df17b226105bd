"""What authors, supporters and amenders are told, openly and discreetly."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from accounts.models import User
from core.mail import Message, Writer
from guilds.membership import add_member
from guilds.models import Guild, Role
from notifications.models import Notice
from tests.builders import MEANS, NOW, make_guild, make_proposal, make_user, make_vote
from tests.conftest import Clock
from voting import (
    amending,
    casting,
    closing,
    expiring,
    jobs,
    memberships,
    rules,
    services,
    writing,
)
from voting.debate_models import Amendment
from voting.models import Choice, Proposal
from voting.notices import NOTICES
from voting.question import Case

DAY = timedelta(days=1)

pytestmark = pytest.mark.usefixtures("clock_at")


@pytest.fixture
def alice(db: Session) -> User:
    return make_user(db, "alice", discreet=False)


@pytest.fixture
def bob(db: Session) -> User:
    return make_user(db, "bob", discreet=False, time_zone="Europe/Lisbon")


def compose(db: Session, writer: Writer, kind: str, user: User) -> Message | None:
    query = select(Notice).where(Notice.kind == kind, Notice.user_id == user.id)
    return NOTICES[kind](db, db.exec(query).one(), writer)


def told(db: Session, writer: Writer, kind: str, user: User) -> Message:
    message = compose(db, writer, kind, user)
    assert message is not None
    return message


def amended(db: Session, proposal: Proposal, actor: User) -> Amendment:
    return amending.propose_amendment(
        db, proposal, text="Oaks.", reason="They last.", base_version=1, actor=actor, now=NOW
    )


def test_members_hear_of_a_debate_until_voting_opens(
    db: Session, writer: Writer, guild: Guild, alice: User, bob: User
) -> None:
    proposal = make_proposal(db, guild, bob)
    query = select(Notice.user_id).where(Notice.kind == "voting.debated")
    assert bob.id not in db.exec(query).all()
    message = told(db, writer, "voting.debated", alice)
    assert message.subject == f"River guild debates: {proposal.title}"
    assert f'debates "{proposal.title}". Voting opens on' in message.body
    assert "or offer other words" in message.body
    assert message.discreet_subject == "Something in one of your guilds waits for you"
    assert proposal.title not in (message.discreet_body or "")
    services.open_voting(db, proposal, now=proposal.opens_at)
    assert compose(db, writer, "voting.debated", alice) is None


def test_whom_a_proposal_is_about_is_told_so_and_nobody_else(
    db: Session, writer: Writer, guild: Guild, alice: User, bob: User, charlie: User
) -> None:
    add_member(db, guild, charlie, role=Role.MEMBER, now=NOW)
    case = Case("They hold the keys.", 2 * DAY)
    proposal = memberships.propose_role(
        db, guild, bob.id, Role.ORGANISER, case, actor=alice, now=NOW
    )
    assert '". It is about you. Voting' in told(db, writer, "voting.debated", bob).body
    assert "about you" not in told(db, writer, "voting.debated", charlie).body
    services.open_voting(db, proposal, now=proposal.opens_at)
    assert "It is about you." in told(db, writer, "voting.opened", bob).body
    assert "about you" not in told(db, writer, "voting.opened", charlie).body


def test_what_seeks_supporters_is_told_to_members_once_it_is_heard(
    db: Session, writer: Writer, seeking: Proposal, alice: User, bob: User, charlie: User
) -> None:
    query = select(Notice.user_id).where(Notice.kind == "voting.debated")
    services.support(db, seeking, actor=alice, now=NOW)
    assert db.exec(query).all() == []
    services.support(db, seeking, actor=charlie, now=NOW)
    assert set(db.exec(query)) == {alice.id, charlie.id}
    services.withdraw(db, seeking, actor=bob, now=NOW)
    assert db.exec(query).all() == []


def test_where_voting_opens_at_once_members_hear_of_that_alone(
    db: Session, alice: User, bob: User
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob], slug="swift", charter="affinity-group")
    make_proposal(db, guild, bob)
    kinds = db.exec(select(Notice.kind).where(Notice.user_id == alice.id)).all()
    assert set(kinds) == {"voting.opened", "voting.closes_soon"}


def test_the_author_hears_that_it_is_heard(
    db: Session, writer: Writer, seeking: Proposal, alice: User, bob: User, charlie: User
) -> None:
    for person in (alice, charlie):
        services.support(db, seeking, actor=person, now=NOW)
    message = told(db, writer, "voting.heard", bob)
    assert "has the support of 2 members of Far guild: the guild hears it." in message.body
    assert "voting opens on" in message.body
    services.withdraw(db, seeking, actor=bob, now=NOW)
    assert compose(db, writer, "voting.heard", bob) is None


def test_the_author_hears_of_too_little_support(
    db: Session, writer: Writer, seeking: Proposal, bob: User
) -> None:
    expiring.end_support(db, seeking, now=NOW + rules.SUPPORT_LENGTH)
    assert "0 members, and 2 were needed" in told(db, writer, "voting.not_supported", bob).body
    bob.mails_are_discreet = True
    message = told(db, writer, "voting.not_supported", bob)
    assert "Far guild" not in (message.discreet_body or "") + (message.discreet_subject or "")
    assert "willows" not in (message.discreet_body or "") + (message.discreet_subject or "")


def test_supporters_hear_of_a_new_text_while_they_support_it(
    db: Session, writer: Writer, seeking: Proposal, alice: User, bob: User
) -> None:
    services.support(db, seeking, actor=alice, now=NOW)
    writing.edit_text(db, seeking, title="Oaks", text="Oaks.", seen_version=1, actor=bob, now=NOW)
    message = told(db, writer, "voting.text_changed", alice)
    assert 'The text of "Oaks", which you support' in message.body
    assert f"/decisions/{seeking.id}/versions" in message.body
    services.take_back_support(db, seeking, actor=alice, now=NOW)
    assert compose(db, writer, "voting.text_changed", alice) is None


def test_amendments_are_told_to_the_author_and_answered(
    db: Session, writer: Writer, guild: Guild, alice: User, bob: User
) -> None:
    proposal = make_proposal(db, guild, alice)
    amendment = amended(db, proposal, bob)
    message = told(db, writer, "voting.amended", alice)
    assert "Why: They last." in message.body
    assert f"/amendments/{amendment.id}" in message.body
    amending.decline(db, amendment, actor=alice, answer="Too slow.", now=NOW)
    message = told(db, writer, "voting.answered", bob)
    assert "its author declined it; members may still carry it in" in message.body
    assert "Too slow." in message.body
    bob.mails_are_discreet = True
    assert "slow" not in (told(db, writer, "voting.answered", bob).discreet_body or "slow")


def test_a_review_says_what_was_decided_until_the_day_is_moved(
    db: Session, writer: Writer, guild: Guild, alice: User, bob: User, clock_at: Clock
) -> None:
    proposal = make_vote(db, guild, bob, review_at=NOW + 60 * DAY)
    casting.cast_ballot(db, proposal, actor=bob, marks=Choice.YES, now=NOW)
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    db.commit()
    jobs.begin_due_reviews(db, clock_at(NOW + 60 * DAY))
    message = told(db, writer, "voting.review", alice)
    assert message.subject.startswith("Time to look at it again:")
    assert "quorum reached.\n1 yes and 0 no; " in message.body
    proposal.review_at = NOW + 90 * DAY
    db.add(proposal)
    db.flush()
    assert compose(db, writer, "voting.review", alice) is None
