"""Pages of changing the charter and of deciding on members, as a browser without JavaScript."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, col, select

from accounts.models import User
from core.templating import day
from guilds import admission
from guilds.charter import Charter, DecisionKind
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild, Membership, Role
from guilds.queries import get_charter, get_role
from tests.builders import NOW, make_guild, make_user
from tests.guilds.test_charter_form import sent
from tests.guilds.test_views import link_to, make_invitation
from tests.voting.test_deeds import close_with_yes
from voting.charters import propose_change
from voting.models import Proposal
from voting.question import Case

SignIn = Callable[[FlaskClient, User], None]
DAY = timedelta(days=1)
ASSEMBLY = TEMPLATES["simple-assembly"].charter
CHANGE = "/guilds/river-guild/charter/change"

pytestmark = pytest.mark.usefixtures("clock_at")


@pytest.fixture
def as_bob(client: FlaskClient, sign_in: SignIn, bob: User) -> FlaskClient:
    sign_in(client, bob)
    return client


@pytest.fixture
def as_alice(client: FlaskClient, sign_in: SignIn, alice: User) -> FlaskClient:
    sign_in(client, alice)
    return client


@pytest.fixture
def circle(db: Session, alice: User, bob: User) -> Guild:
    return make_guild(
        db,
        admins=[alice],
        members=[bob],
        slug="circle",
        charter="consent-circle",
        founded_at=NOW - 100 * DAY,
    )


def typed(step: str, *, base: int = 1, **changes: Any) -> dict[str, Any]:
    pairs = sent(ASSEMBLY, **changes).to_dict(flat=False)
    return {**pairs, "step": step, "base": str(base)}


def the_proposal(db: Session) -> Proposal:
    return db.exec(select(Proposal)).one()


def seat(db: Session, guild: Guild, user: User) -> Membership:
    query = select(Membership).where(Membership.guild_id == guild.id, Membership.user_id == user.id)
    return db.exec(query).one()


# --- changing the charter ---


def test_the_form_holds_the_charter_in_force(as_bob: FlaskClient, guild: Guild) -> None:
    page = as_bob.get(CHANGE)
    assert page.status_code == 200
    for name in ("Change the charter", "Spend money", "Elect people"):
        assert f"<strong>{name}</strong>" in page.text
    assert '<option selected value="1/5">20 %</option>' in page.text
    assert "Version 1 is in force" in page.text


def test_the_form_says_what_each_way_of_voting_is_good_for(
    as_bob: FlaskClient, guild: Guild
) -> None:
    page = as_bob.get(CHANGE).text
    assert "Rank the options; what beats the others in pairs wins. For many options." in page


def test_one_may_start_from_a_template(as_bob: FlaskClient, guild: Guild) -> None:
    page = as_bob.get(f"{CHANGE}?from=federation-with-quorum")
    assert '<option selected value="least:2/3">At least two thirds</option>' in page.text
    assert as_bob.get(f"{CHANGE}?from=nothing").status_code == 200


def test_the_preview_shows_what_changes_and_nothing_else(
    as_bob: FlaskClient, db: Session, guild: Guild
) -> None:
    page = as_bob.post(CHANGE, data=typed("preview", spend_quorum_share="1/2"))
    assert page.status_code == 200
    assert "<del>" in page.text
    assert "at least half of all members cast a ballot" in page.text
    assert "Spend money</h2>" in page.text
    assert "Elect people</h2>" not in page.text
    assert db.exec(select(Proposal)).all() == []


def test_a_seen_change_is_put_before_the_guild(
    as_bob: FlaskClient, db: Session, guild: Guild
) -> None:
    data = typed("put", spend_quorum_share="1/2")
    answer = as_bob.post(CHANGE, data={**data, "why": "It is ours.", "voting_length": "2880"})
    assert answer.status_code == 303
    proposal = the_proposal(db)
    assert answer.location == f"/decisions/{proposal.id}"
    assert proposal.kind == DecisionKind.CHANGE_CHARTER
    page = as_bob.get(answer.location).text
    assert "What it changes in the charter" in page
    assert "at least half of all members cast a ballot" in page
    assert "Version 2 of the charter comes into force" in page
    preview = as_bob.post(CHANGE, data=typed("preview", spend_quorum_share="2/3")).text
    for warned in (as_bob.get(CHANGE).text, preview):
        assert "The guild is asked this already" in warned
        assert answer.location in warned


def test_a_change_needs_its_reason(as_bob: FlaskClient, db: Session, guild: Guild) -> None:
    data = typed("put", spend_quorum_share="1/2")
    page = as_bob.post(CHANGE, data={**data, "why": " ", "voting_length": "2880"})
    assert page.status_code == 422
    assert "Say why." in page.text
    assert 'name="spend-quorum_share" value="1/2"' in page.text


def test_one_may_go_back_and_change_more(as_bob: FlaskClient, guild: Guild) -> None:
    page = as_bob.post(CHANGE, data=typed("edit", spend_quorum_share="1/2"))
    assert page.status_code == 200
    assert '<option selected value="1/2">Half</option>' in page.text
    assert "See what changes" in page.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "reads exactly like the one in force"),
        ({"spend_supporters": "2"}, "This would lead into a dead end. Spend money: 2 people"),
        ({"spend_ballots": "secret"}, "A secret ballot cannot be delegated"),
        ({"spend_methods": []}, "Tick at least one way of voting."),
    ],
)
def test_what_cannot_be_is_told_and_what_was_typed_is_kept(
    as_bob: FlaskClient, db: Session, guild: Guild, changes: dict[str, Any], words: str
) -> None:
    page = as_bob.post(CHANGE, data=typed("preview", elect_quorum_least="", **changes))
    assert page.status_code == 422
    assert words in page.text
    assert "See what changes" in page.text
    assert db.exec(select(Proposal)).all() == []


def test_a_charter_changed_meanwhile_is_told(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User, bob: User
) -> None:
    other = propose_change(
        db, guild, _with_half(), base=1, case=Case("x", 2 * DAY), actor=alice, now=NOW
    )
    close_with_yes(db, other, alice, bob)
    page = as_bob.post(CHANGE, data=typed("preview", role_quorum_share="1/2"))
    assert page.status_code == 409
    assert "changed while you were writing" in page.text
    assert 'name="base" value="2"' in page.text


def _with_half() -> Charter:
    rule = ASSEMBLY.rules[DecisionKind.SPEND].model_copy(update={"supporters": 1})
    return Charter(rules={**ASSEMBLY.rules, DecisionKind.SPEND: rule})


def test_who_may_not_propose_a_change_finds_no_form(
    as_bob: FlaskClient, db: Session, alice: User, bob: User
) -> None:
    make_guild(db, admins=[alice], members=[bob], slug="fed", charter="federation-with-quorum")
    assert as_bob.get("/guilds/fed/charter/change").status_code == 403
    assert "Propose a change" not in as_bob.get("/guilds/fed/charter").text


def test_a_change_near_a_dead_end_is_warned_of(as_bob: FlaskClient, guild: Guild) -> None:
    page = as_bob.post(CHANGE, data=typed("preview", change_charter_quorum_share="1"))
    assert page.status_code == 200
    assert "All 2 who may vote would have to take part" in page.text


def test_every_version_stays_readable_with_its_decision(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User, bob: User
) -> None:
    change = propose_change(
        db, guild, _with_half(), base=1, case=Case("x", 2 * DAY), actor=alice, now=NOW
    )
    close_with_yes(db, change, alice, bob)
    page = as_bob.get("/guilds/river-guild/charter").text
    assert "Version 2" in page
    assert "The founding charter" in page
    assert f"/decisions/{change.id}" in page
    put_under = '<a href="/guilds/river-guild/charter/1">Version 1 of the charter</a>'
    assert put_under in as_bob.get(f"/decisions/{change.id}").text
    second = as_bob.get("/guilds/river-guild/charter/2").text
    assert "What it changed" in second
    assert "1 other member supports it" in second
    first = as_bob.get("/guilds/river-guild/charter/1").text
    assert "Not in force any more" in first
    assert "What it changed" not in first
    for nothing in ("0", "3", "99999999999999999999"):
        assert as_bob.get(f"/guilds/river-guild/charter/{nothing}").status_code == 404


def test_a_change_that_another_overtook_says_so_and_offers_nothing_that_cannot_work(
    as_alice: FlaskClient, db: Session, guild: Guild, alice: User, bob: User
) -> None:
    role = ASSEMBLY.rules[DecisionKind.ROLE].model_copy(update={"supporters": 1})
    other = {**ASSEMBLY.rules, DecisionKind.ROLE: role}
    first, second = (
        propose_change(db, guild, charter, base=1, case=Case("x", 2 * DAY), actor=alice, now=NOW)
        for charter in (_with_half(), Charter(rules=other))
    )
    for change in (first, second):
        close_with_yes(db, change, alice, bob)
    page = as_alice.get(f"/decisions/{second.id}").text
    assert "Passed, not carried out" in page
    assert "can never be done any more: <strong>Version 2 of the charter is in force" in page
    assert "See the charter in force" in page
    for untrue in ("Try again", "can try again", "comes into force"):
        assert untrue not in page
    refused = as_alice.post(f"/decisions/{second.id}/carry-out")
    assert refused.status_code == 409
    assert "never be carried out any more" in refused.text


def test_strangers_read_that_it_was_decided_and_not_where(
    client: FlaskClient, db: Session, guild: Guild, alice: User, bob: User
) -> None:
    change = propose_change(
        db, guild, _with_half(), base=1, case=Case("x", 2 * DAY), actor=alice, now=NOW
    )
    close_with_yes(db, change, alice, bob)
    page = client.get("/guilds/river-guild/charter").text
    assert "By decision of the guild" in page
    assert "/decisions/" not in page
    assert client.get("/guilds/river-guild/charter/2").status_code == 200


# --- members and roles ---


def test_what_is_left_to_a_vote_leads_to_proposing_it(
    as_alice: FlaskClient, db: Session, circle: Guild, bob: User, charlie: User
) -> None:
    asked = admission.ask_to_join(db, circle, message="Hi.", actor=charlie, now=NOW)
    place = seat(db, circle, bob).id
    for path, then in [
        (f"requests/{asked.id}/admit", f"requests/{asked.id}/propose"),
        (f"requests/{asked.id}/decline", f"requests/{asked.id}/propose"),
        (f"members/{place}/remove", f"members/{place}/propose-to-expel"),
        (f"members/{place}", f"members/{place}/propose-role"),
    ]:
        answer = as_alice.post(f"/guilds/circle/{path}", data={"role": "admin", "reason": "x"})
        assert (answer.status_code, answer.location) == (303, f"/guilds/circle/{then}")
        assert "The charter leaves this to a vote." in as_alice.get(answer.location).text
    assert get_role(db, circle.id, bob) == Role.MEMBER


def test_the_buttons_are_those_the_charter_gives(
    as_alice: FlaskClient, db: Session, circle: Guild, guild: Guild, bob: User, charlie: User
) -> None:
    for its, words, not_words in [
        (circle, ["Propose another role", "Propose to expel"], ["Give this role", "Remove from"]),
        (guild, ["Give this role", "Remove from the guild"], []),
    ]:
        page = as_alice.get(f"/guilds/{its.slug}/members/{seat(db, its, bob).id}").text
        assert all(word in page for word in words)
        assert not any(word in page for word in not_words)
        admission.ask_to_join(db, its, message="", actor=charlie, now=NOW)
        page = as_alice.get(f"/guilds/{its.slug}/requests").text
        assert "Put it to the guild" in page
        assert (">Decline<" in page) is (its is guild)


def test_a_member_proposes_another_role_and_is_led_to_it_the_next_time(
    as_bob: FlaskClient, db: Session, circle: Guild, bob: User
) -> None:
    path = f"/guilds/circle/members/{seat(db, circle, bob).id}/propose-role"
    form = {"why": "I hold the keys.", "voting_length": "1440"}
    again = as_bob.post(path, data={**form, "role": "member"})
    assert again.status_code == 422
    assert "has that role already" in again.text
    assert "I hold the keys." in again.text
    answer = as_bob.post(path, data={**form, "role": "organiser"})
    assert answer.location == f"/decisions/{the_proposal(db).id}"
    page = as_bob.get(answer.location).text
    assert "Bob (@bob) becomes an organiser." in page
    assert "Whom it is about" in page
    assert as_bob.get(path).location == answer.location


def test_a_role_given_by_decision_leads_to_the_decision(
    as_bob: FlaskClient, db: Session, circle: Guild, alice: User, bob: User
) -> None:
    path = f"/guilds/circle/members/{seat(db, circle, bob).id}"
    joined = f"In the guild since {day(circle.founded_at)}."
    page = as_bob.get(path).text
    assert "Member. " + joined in page
    assert "by decision of the guild" not in page
    form = {"why": "I hold the keys.", "voting_length": "1440", "role": "organiser"}
    as_bob.post(f"{path}/propose-role", data=form)
    proposal = the_proposal(db)
    close_with_yes(db, proposal, alice, bob)
    db.commit()
    page = as_bob.get(path).text
    assert f"Organiser since {day(proposal.closes_at)}, " in page
    assert f'<a href="/decisions/{proposal.id}">by decision of the guild</a>. {joined}' in page


def test_who_asks_is_put_before_the_guild_by_an_organiser(
    as_alice: FlaskClient, db: Session, circle: Guild, charlie: User
) -> None:
    asked = admission.ask_to_join(db, circle, message="I dream too.", actor=charlie, now=NOW)
    path = f"/guilds/circle/requests/{asked.id}/propose"
    page = as_alice.get(path)
    assert "I dream too." in page.text
    empty = as_alice.post(path, data={"why": "", "voting_length": "1440"})
    assert empty.status_code == 422
    answer = as_alice.post(path, data={"why": "They dream.", "voting_length": "1440"})
    assert answer.status_code == 303
    assert "Charlie (@charlie) becomes a member" in as_alice.get(answer.location).text
    admission.withdraw_request(db, circle, actor=charlie, now=NOW)
    assert as_alice.get(path).status_code == 404


def test_requests_are_for_organisers_also_where_members_vote(
    as_bob: FlaskClient, db: Session, circle: Guild, charlie: User
) -> None:
    asked = admission.ask_to_join(db, circle, message="Hi.", actor=charlie, now=NOW)
    assert as_bob.get(f"/guilds/circle/requests/{asked.id}/propose").status_code == 403


def test_to_expel_is_proposed_by_a_member_and_not_of_oneself_or_the_last_admin(
    as_bob: FlaskClient, db: Session, circle: Guild, alice: User, bob: User
) -> None:
    dora = make_user(db, "dora")
    db.add(Membership(guild_id=circle.id, user_id=dora.id, role=Role.MEMBER, joined_at=NOW))
    db.flush()
    paths = [
        f"/guilds/circle/members/{seat(db, circle, user).id}/propose-to-expel"
        for user in (dora, alice, bob)
    ]
    form = {"why": "They shout.", "voting_length": "1440"}
    assert [as_bob.post(path, data=form).status_code for path in paths] == [303, 409, 409]
    titles = db.exec(select(Proposal.title).order_by(col(Proposal.put_at))).all()
    assert titles == ["Expel a member"]


def test_strangers_and_other_guilds_members_find_nothing(
    client: FlaskClient, sign_in: SignIn, db: Session, circle: Guild, bob: User, charlie: User
) -> None:
    sign_in(client, charlie)
    place = seat(db, circle, bob).id
    for path in ("charter/change", f"members/{place}/propose-role", f"members/{place}"):
        assert client.get(f"/guilds/circle/{path}").status_code in {403, 404}


def test_an_invitation_says_that_the_guild_votes(
    client: FlaskClient, sign_in: SignIn, db: Session, circle: Guild, alice: User, charlie: User
) -> None:
    path = link_to(make_invitation(db, circle, alice))
    sign_in(client, charlie)
    assert "The members vote on who comes in" in client.get(path).text
    answer = client.post(path)
    assert answer.location == path
    assert "You have asked to join" in client.get(path).text
    assert get_role(db, circle.id, charlie) is None
    assert get_charter(db, circle.id).number == 1
