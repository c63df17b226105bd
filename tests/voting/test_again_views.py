"""What has ended is asked again where its kind of proposal begins."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from guilds import admission
from guilds.charter import Charter, DecisionKind
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild, Membership, Role
from legislation.models import GuildStance
from petitions import drafting
from petitions.models import PetitionState
from tests.builders import MEANS, NOW, make_bill, make_guild, make_petition
from tests.voting.test_deeds import close_with_yes
from voting import charters, closing, memberships, stances
from voting.models import Proposal
from voting.question import Case

SignIn = Callable[[FlaskClient, User], None]
CASE = Case("They hold the soil.", timedelta(days=2))

pytestmark = pytest.mark.usefixtures("clock_at")


@pytest.fixture
def circle(db: Session, alice: User, bob: User) -> Guild:
    """All is left to a vote."""
    return make_guild(
        db,
        admins=[alice],
        members=[bob],
        slug="circle",
        charter="affinity-group",
        founded_at=NOW - timedelta(days=100),
    )


@pytest.fixture
def as_alice(client: FlaskClient, sign_in: SignIn, alice: User) -> FlaskClient:
    sign_in(client, alice)
    return client


def fail(db: Session, proposal: Proposal) -> str:
    """Nobody votes; the address of its page."""
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    db.commit()
    return f"/decisions/{proposal.id}"


def seat_of(db: Session, guild: Guild, user: User) -> Membership:
    query = select(Membership).where(Membership.guild_id == guild.id, Membership.user_id == user.id)
    return db.exec(query).one()


def with_supporters(charter: Charter, kind: DecisionKind, number: int) -> Charter:
    rules: dict[Any, Any] = dict(charter.rules)
    rules[kind] = rules[kind].model_copy(update={"supporters": number})
    return Charter(rules=rules)


def test_a_role_is_proposed_again_to_the_same_member_with_the_same_words(
    as_alice: FlaskClient, db: Session, circle: Guild, alice: User, bob: User
) -> None:
    proposal = memberships.propose_role(
        db, circle, bob.id, Role.ORGANISER, CASE, actor=alice, now=NOW
    )
    url = f"/guilds/circle/members/{seat_of(db, circle, bob).id}/propose-role?from={proposal.id}"
    assert url in as_alice.get(fail(db, proposal)).text
    assert CASE.why in as_alice.get(url).text
    assert CASE.why not in as_alice.get(url.partition("?")[0]).text


def test_to_expel_is_proposed_again_while_there_is_whom(
    as_alice: FlaskClient, db: Session, circle: Guild, alice: User, bob: User
) -> None:
    seat = seat_of(db, circle, bob).id
    failed = memberships.propose_expulsion(db, circle, bob.id, CASE, actor=alice, now=NOW)
    page = fail(db, failed)
    assert f"/members/{seat}/propose-to-expel?from={failed.id}" in as_alice.get(page).text
    passed = memberships.propose_expulsion(db, circle, bob.id, CASE, actor=alice, now=NOW)
    close_with_yes(db, passed, alice, bob)
    db.commit()
    assert f"from={failed.id}" not in as_alice.get(page).text


def test_who_asked_to_join_and_was_refused_asks_anew_themselves(
    as_alice: FlaskClient, db: Session, circle: Guild, alice: User, charlie: User
) -> None:
    asked = admission.ask_to_join(db, circle, message="May I?", actor=charlie, now=NOW)
    proposal = memberships.propose_admission(db, circle, asked, CASE, actor=alice, now=NOW)
    assert f"from={proposal.id}" not in as_alice.get(fail(db, proposal)).text


def test_a_stance_is_proposed_again_on_the_same_bill(
    as_alice: FlaskClient, db: Session, circle: Guild, alice: User
) -> None:
    bill = make_bill(db)
    proposal = stances.propose_stance(
        db, circle, bill, GuildStance.OPPOSE, case=CASE, actor=alice, now=NOW
    )
    url = f"/guilds/circle/bills/{bill.id}/stance?from={proposal.id}"
    assert url in as_alice.get(fail(db, proposal)).text
    assert CASE.why in as_alice.get(url).text


def test_a_petition_and_a_protest_are_put_again_from_their_own_page(
    as_alice: FlaskClient, db: Session, circle: Guild, alice: User
) -> None:
    petition = make_petition(db, circle, alice, state=PetitionState.DRAFT)
    asked = drafting.put_before_guild(
        db, petition, actor=alice, how=Case("", timedelta(days=2)), now=NOW
    )
    page = as_alice.get(fail(db, asked)).text
    assert f'<a href="/petitions/{petition.id}">go to the page of the petition</a>' in page
    assert f"from={asked.id}" not in page


def test_a_change_of_the_charter_begins_from_what_it_would_have_changed(
    as_alice: FlaskClient, db: Session, circle: Guild, alice: User, bob: User
) -> None:
    before = TEMPLATES["affinity-group"].charter
    lost = charters.propose_change(
        db,
        circle,
        with_supporters(before, DecisionKind.SPEND, 1),
        base=1,
        case=CASE,
        actor=alice,
        now=NOW,
    )
    between = with_supporters(before, DecisionKind.ROLE, 1)
    won = charters.propose_change(db, circle, between, base=1, case=CASE, actor=alice, now=NOW)
    close_with_yes(db, won, alice, bob)
    url = f"/guilds/circle/charter/change?from={lost.id}"
    assert url in as_alice.get(fail(db, lost)).text
    form = as_alice.get(url).text
    for kind, number in (("spend", "1"), ("role", "1"), ("elect", "")):
        field = form.partition(f'name="{kind}-supporters"')[2].partition(">")[0]
        assert f'value="{number}"' in field, kind


def test_who_may_not_propose_the_kind_is_not_led_to_it(
    client: FlaskClient, db: Session, sign_in: SignIn, alice: User, bob: User
) -> None:
    rules = dict(TEMPLATES["affinity-group"].charter.rules)
    role = rules[DecisionKind.ROLE]
    rules[DecisionKind.ROLE] = role.model_copy(update={"proposer": Role.ADMIN})
    guild = make_guild(db, admins=[alice], members=[bob], charter=Charter(rules=rules))
    proposal = memberships.propose_role(
        db, guild, bob.id, Role.ORGANISER, CASE, actor=alice, now=NOW
    )
    sign_in(client, bob)
    assert f"from={proposal.id}" not in client.get(fail(db, proposal)).text


def test_nothing_is_begun_from_a_proposal_of_another_kind_or_guild(
    as_alice: FlaskClient, db: Session, circle: Guild, alice: User, bob: User
) -> None:
    elsewhere = make_guild(db, admins=[alice], members=[bob], charter="affinity-group")
    theirs = memberships.propose_role(
        db, elsewhere, bob.id, Role.ORGANISER, CASE, actor=alice, now=NOW
    )
    expelling = memberships.propose_expulsion(db, circle, bob.id, CASE, actor=alice, now=NOW)
    db.commit()
    here = f"/guilds/circle/members/{seat_of(db, circle, bob).id}/propose-role"
    for origin in (theirs, expelling):
        assert CASE.why not in as_alice.get(f"{here}?from={origin.id}").text
        begun = as_alice.get(f"/guilds/circle/charter/change?from={origin.id}")
        assert "This begins from" not in begun.text
