"""What passed and was not done undoes nothing by a press, once the guild has gone on."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from accounts.models import User
from core.errors import RuleBroken
from events.models import EventState
from guilds import admission
from guilds import services as guilds
from guilds.charter import DecisionKind, Method
from guilds.membership import add_member
from guilds.models import Guild, Role
from guilds.queries import get_role
from petitions import drafting
from petitions.models import Petition
from tests.builders import MEANS, NOW, make_event, make_guild, make_user, make_vote
from tests.voting.test_deeds import belated, close_with_yes, given_already
from voting import casting, closing, mandates, memberships
from voting.elections import role_deed
from voting.models import Proposal
from voting.question import Case, OptionFacts

DAY = timedelta(days=1)
LATER, LAST = NOW + 20 * DAY, NOW + 40 * DAY
CASE = Case("We know them.", 2 * DAY)
SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    return make_guild(db, admins=[alice], members=[bob], founded_at=NOW - 100 * DAY)


def decide_role(
    db: Session, guild: Guild, person: User, role: Role, *, by: list[User], now: datetime
) -> Proposal:
    proposal = memberships.propose_role(db, guild, person.id, role, CASE, actor=by[0], now=now)
    close_with_yes(db, proposal, *by)
    return proposal


def elect(db: Session, guild: Guild, person: User, *voters: User, now: datetime) -> Proposal:
    """An election of this person, by which all other organisers give the role back."""
    proposal = make_vote(
        db,
        guild,
        voters[0],
        kind=DecisionKind.ELECT,
        method=Method.APPROVAL,
        options=(OptionFacts("This one", user_id=person.id), OptionFacts("Nemo")),
        deed=role_deed(renews=True),
    )
    for voter in voters:
        casting.cast_ballot(db, proposal, actor=voter, marks="1-", now=proposal.opens_at)
    proposal.closes_at = now
    closing.close_proposal(db, proposal, MEANS, now=now)
    return proposal


def refused_again(db: Session, proposal: Proposal, alice: User) -> str:
    """Why it is not carried out at an organiser's press, long after; nothing was done before."""
    assert proposal.carried_out_at is None
    assert proposal.not_carried_out
    with pytest.raises(RuleBroken, match="can never be carried out") as refused:
        closing.try_again(db, proposal, MEANS, actor=alice, now=LAST)
    return str(refused.value)


def test_an_old_role_does_not_come_back_against_a_newer_decision(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    old = given_already(db, guild, alice, bob)
    assert mandates.why_never(db, old, MEANS.mandates, now=LATER) is None
    decide_role(db, guild, bob, Role.MEMBER, by=[alice], now=LATER)
    assert "decided on the same again" in refused_again(db, old, alice)
    assert get_role(db, guild.id, bob) == Role.MEMBER


def test_an_old_role_does_not_come_back_against_an_election(
    db: Session, alice: User, bob: User
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob], charter="affinity-group")
    old = given_already(db, guild, alice, bob)
    newer = elect(db, guild, alice, alice, now=LATER)
    assert newer.carried_out_at is not None
    assert "held an election" in refused_again(db, old, alice)
    assert get_role(db, guild.id, bob) == Role.MEMBER


def test_an_old_role_does_not_come_back_after_an_expulsion(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    old = given_already(db, guild, alice, bob)
    newer = memberships.propose_expulsion(db, guild, bob.id, CASE, actor=alice, now=LATER)
    close_with_yes(db, newer, alice)
    add_member(db, guild, bob, role=Role.MEMBER, now=LAST)
    assert "does not belong to it" in refused_again(db, old, alice)
    assert get_role(db, guild.id, bob) == Role.MEMBER


def test_who_was_the_last_admin_is_expelled_once_there_is_another(
    db: Session, alice: User, bob: User
) -> None:
    dora = make_user(db, "dora")
    guild = make_guild(db, admins=[alice, dora], members=[bob], founded_at=NOW - 100 * DAY)
    old = memberships.propose_expulsion(db, guild, dora.id, CASE, actor=alice, now=NOW)
    guilds.set_role(db, guild, alice.id, role=Role.MEMBER, actor=None, now=NOW)
    close_with_yes(db, old, alice)
    assert "without an admin" in old.not_carried_out
    guilds.set_role(db, guild, alice.id, role=Role.ADMIN, actor=None, now=LATER)
    decide_role(db, guild, dora, Role.MEMBER, by=[alice], now=LATER)
    assert closing.try_again(db, old, MEANS, actor=alice, now=LAST)
    assert get_role(db, guild.id, dora) is None


def test_an_old_election_takes_no_role_that_was_given_since(
    db: Session, alice: User, bob: User
) -> None:
    dora = make_user(db, "dora")
    guild = make_guild(db, admins=[alice], members=[bob, dora], charter="affinity-group")
    old = elect(db, guild, make_user(db, "emil"), alice, bob, now=NOW + 3 * DAY)
    assert mandates.why_never(db, old, MEANS.mandates, now=LATER) is None
    decide_role(db, guild, dora, Role.ORGANISER, by=[alice, bob], now=LATER)
    assert "decided since on a role" in refused_again(db, old, alice)
    assert get_role(db, guild.id, dora) == Role.ORGANISER


def test_who_left_and_was_taken_in_again_is_not_expelled_by_an_old_decision(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    old = memberships.propose_expulsion(db, guild, bob.id, CASE, actor=alice, now=NOW)
    guilds.leave(db, guild, actor=bob, now=NOW)
    close_with_yes(db, old, alice)
    assert "does not belong" in refused_again(db, old, alice)
    add_member(db, guild, bob, role=Role.MEMBER, now=LATER)
    assert "has joined again since" in refused_again(db, old, alice)
    assert get_role(db, guild.id, bob) == Role.MEMBER


def test_who_comes_back_before_the_close_is_expelled_all_the_same(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    proposal = memberships.propose_expulsion(db, guild, bob.id, CASE, actor=alice, now=NOW)
    guilds.leave(db, guild, actor=bob, now=NOW)
    add_member(db, guild, bob, role=Role.MEMBER, now=NOW)
    close_with_yes(db, proposal, alice)
    assert proposal.carried_out_at is not None
    assert get_role(db, guild.id, bob) is None


@pytest.mark.parametrize(
    ("held", "decided", "by_now"),
    [
        (Role.MEMBER, Role.ORGANISER, Role.ADMIN),
        (Role.ADMIN, Role.ORGANISER, Role.MEMBER),
    ],
)
def test_a_role_that_was_to_be_given_is_not_taken_instead(
    db: Session, alice: User, bob: User, held: Role, decided: Role, by_now: Role
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob])
    guilds.set_role(db, guild, bob.id, role=held, actor=None, now=NOW)
    proposal = memberships.propose_role(db, guild, bob.id, decided, CASE, actor=alice, now=NOW)
    guilds.set_role(db, guild, bob.id, role=by_now, actor=None, now=NOW)
    close_with_yes(db, proposal, alice)
    assert "opposite of what was meant" in proposal.not_carried_out
    assert get_role(db, guild.id, bob) == by_now


@pytest.mark.usefixtures("clock_at")
def test_a_request_that_was_taken_back_waits_for_no_press(
    client: FlaskClient, db: Session, alice: User, charlie: User, sign_in: SignIn
) -> None:
    guild = make_guild(db, admins=[alice])
    request = admission.ask_to_join(db, guild, message="", actor=charlie, now=NOW)
    proposal = memberships.propose_admission(db, guild, request, CASE, actor=alice, now=NOW)
    admission.withdraw_request(db, guild, actor=charlie, now=NOW)
    close_with_yes(db, proposal, alice)
    assert "taken back" in refused_again(db, proposal, alice)
    db.commit()
    sign_in(client, alice)
    page = client.get(f"/decisions/{proposal.id}").text
    assert "can never be done any more" in page
    assert "Try again" not in page
    for path in ("/", "/guilds/river-guild"):
        assert "See what to do" not in client.get(path).text


def test_a_petition_whose_last_day_is_over_is_written_anew_and_put_again(
    db: Session, guild: Guild, alice: User
) -> None:
    proposal = belated(db, guild, alice)
    assert "Draft it again" in refused_again(db, proposal, alice)
    petition = db.get_one(Petition, proposal.subject_id)
    drafting.redraft_petition(db, petition, actor=alice, now=LATER)
    assert "put it before the guild anew" in refused_again(db, proposal, alice)


def test_an_event_that_was_cancelled_waits_for_no_press(
    db: Session, guild: Guild, alice: User
) -> None:
    host = make_guild(db, admins=[alice], slug="host")
    event = make_event(db, host, alice, state=EventState.CANCELLED)
    proposal = make_vote(
        db,
        guild,
        alice,
        kind=DecisionKind.EVENT,
        subject_id=event.id,
        deed={"action": "endorse"},
    )
    close_with_yes(db, proposal, alice)
    assert "was cancelled" in refused_again(db, proposal, alice)
