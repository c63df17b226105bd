"""The mixed pages as people meet them: what they say, what they cost, and what they keep quiet."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from accounts.models import User
from audit.services import record
from guilds.charter import Method
from guilds.models import Admission
from petitions.models import PUBLIC_STATES, PetitionState
from tests.builders import NOW, make_guild, make_petition, make_proposal, make_user
from tests.conftest import Clock
from tests.dashboard.scenes import ask_to_join, fill, make_event, many_guilds
from voting import amending, rounds, services
from voting.consenting import MOST_ROUNDS
from voting.models import Choice

Counting = Callable[[], AbstractContextManager[list[str]]]
SignIn = Callable[[FlaskClient, User], None]
pytestmark = pytest.mark.usefixtures("now")


def page(client: FlaskClient, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.get_data(as_text=True)


# --- strangers ---


def test_the_landing_page_sets_no_cookie_and_says_what_this_is(client: FlaskClient) -> None:
    response = client.get("/")
    assert "Set-Cookie" not in response.headers
    text = response.get_data(as_text=True)
    assert text.count("button-action") == 1
    assert "No petition is open tonight" in text
    assert "What we keep about you" in text


def test_the_landing_page_shows_what_is_public_alone(client: FlaskClient, db: Session) -> None:
    alice = make_user(db)
    guild = make_guild(db, admins=[alice])
    hidden = make_guild(db, admins=[alice], slug="hidden", name="Hidden hands", listed=False)
    fill(db, guild, alice, 1)
    make_petition(db, hidden, title="Asked by the hidden")
    make_event(db, hidden, title="Called by the hidden")
    text = page(client, "/")
    for shown in ("Petition 0", "March 0", "HR 0", "Asked by the hidden"):
        assert shown in text
    for kept in ("Hidden hands", "Called by the hidden", "Vote 0", "Debate 0"):
        assert kept not in text


def test_a_guild_shows_strangers_its_door_and_what_is_public(
    client: FlaskClient, db: Session
) -> None:
    alice = make_user(db)
    fill(db, make_guild(db, admins=[alice]), alice, 1)
    response = client.get("/guilds/river-guild")
    text = response.get_data(as_text=True)
    assert "Set-Cookie" not in response.headers
    assert "Ask to join" in text
    assert "Petition 0" in text
    assert "Vote 0" not in text
    assert "Alice" not in text


def test_a_guild_says_how_each_of_its_petitions_stands(
    client: FlaskClient, db: Session, sign_in: SignIn
) -> None:
    words = {
        "draft": "Draft", "amendment": "In amendment", "before_guild": "The guild decides",
        "open": "Read and sign", "closed": "Closed", "delivered": "Delivered, no answer yet",
        "answered": "Answered", "settled": "Settled", "stopped": "Stopped",
    }  # fmt: skip
    alice = make_user(db)
    for state in words:
        guild = make_guild(db, admins=[alice], slug=f"guild-{state.replace('_', '-')}")
        petition = make_petition(db, guild, state=PetitionState(state))
        petition.signature_count, petition.paper_count = 30, 12
        db.add(petition)
    sign_in(client, alice)
    for state, word in words.items():
        text = client.get(f"/guilds/guild-{state.replace('_', '-')}").text
        assert word in text, state
        assert ("42 signatures of 500" in text) == (state in PUBLIC_STATES), state


@pytest.mark.parametrize(
    ("admission", "words"),
    [
        (Admission.OPEN, "Sign in to join"),
        (Admission.APPROVAL, "Ask to join"),
        (Admission.INVITATION, "invites its members"),
    ],
)
def test_the_door_of_each_kind_of_guild(
    client: FlaskClient, db: Session, admission: Admission, words: str
) -> None:
    make_guild(db, admins=[make_user(db)], admission=admission)
    assert words in page(client, "/guilds/river-guild")


def test_who_is_signed_in_joins_an_open_guild_from_its_front_page(
    client: FlaskClient, db: Session, sign_in: SignIn
) -> None:
    make_guild(db, admins=[make_user(db)], admission=Admission.OPEN)
    sign_in(client, make_user(db, "charlie"))
    assert "Join this guild" in page(client, "/guilds/river-guild")
    assert client.post("/guilds/river-guild/join").status_code == 303
    assert "Nothing here waits for you" in page(client, "/guilds/river-guild")


def test_who_has_asked_is_told_that_it_waits(
    client: FlaskClient, db: Session, sign_in: SignIn
) -> None:
    charlie = make_user(db, "charlie")
    ask_to_join(db, make_guild(db, admins=[make_user(db)]), charlie)
    sign_in(client, charlie)
    text = page(client, "/guilds/river-guild")
    assert "Your request to join waits" in text
    assert "Ask to join" not in text


@pytest.mark.parametrize("path", ["/guilds/hidden", "/guilds/hidden/record", "/guilds/nowhere"])
def test_a_hidden_guild_is_not_there_for_others(
    client: FlaskClient, db: Session, sign_in: SignIn, path: str
) -> None:
    make_guild(db, admins=[make_user(db)], slug="hidden", name="Hidden hands", listed=False)
    sign_in(client, make_user(db, "charlie"))
    response = client.get(path)
    assert response.status_code == 404
    assert "Hidden hands" not in response.get_data(as_text=True)


def test_the_record_is_for_members(client: FlaskClient, db: Session, sign_in: SignIn) -> None:
    make_guild(db, admins=[make_user(db)])
    assert client.get("/guilds/river-guild/record").status_code == 302
    sign_in(client, make_user(db, "charlie"))
    assert client.get("/guilds/river-guild/record").status_code == 404


# --- who is signed in ---


def test_home_without_a_guild_offers_the_first_step(
    client: FlaskClient, db: Session, sign_in: SignIn
) -> None:
    sign_in(client, make_user(db))
    text = page(client, "/")
    assert "You belong to no guild yet" in text
    assert text.count("button-action") == 1


def test_home_with_nothing_to_do_is_quiet(
    client: FlaskClient, db: Session, sign_in: SignIn
) -> None:
    alice = make_user(db)
    make_guild(db, admins=[alice])
    sign_in(client, alice)
    text = page(client, "/")
    assert "All quiet" in text
    assert "River guild" in text


def test_home_and_guild_have_one_main_action_and_name_what_waits(
    client: FlaskClient, db: Session, sign_in: SignIn
) -> None:
    alice = make_user(db)
    fill(db, make_guild(db, admins=[alice]), alice, 2)
    sign_in(client, alice)
    for path in ("/", "/guilds/river-guild"):
        text = page(client, path)
        assert text.count("button-action") == 1
        for shown in (
            "Vote 0",
            "Debate 1",
            "2 people ask to join",
            "1 suggestion waits",
            "March 0",
            "Call 1",
            "HR 1",
        ):
            assert shown in text


def test_an_empty_guild_offers_its_members_the_first_step(
    client: FlaskClient, db: Session, sign_in: SignIn
) -> None:
    alice = make_user(db)
    make_guild(db, admins=[alice])
    sign_in(client, alice)
    assert "Put the first proposal" in page(client, "/guilds/river-guild")


# --- what a page costs ---


def test_home_costs_the_same_with_1_and_with_40_of_everything(
    client: FlaskClient, db: Session, sign_in: SignIn, count_queries: Counting
) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    many_guilds(db, alice, 1)
    sign_in(client, alice)
    with count_queries() as few:
        page(client, "/")
    fill(db, make_guild(db, admins=[bob], members=[alice], slug="full"), bob, 40, prefix="y")
    for number in range(39):
        guild = make_guild(db, admins=[alice], slug=f"more-{number}")
        ask_to_join(db, guild, bob)
    with count_queries() as many:
        page(client, "/")
    assert len(many) == len(few) <= 20


def test_a_guild_costs_the_same_with_1_and_with_40_of_everything(
    client: FlaskClient, db: Session, sign_in: SignIn, count_queries: Counting
) -> None:
    alice = make_user(db)
    guild = make_guild(db, admins=[alice])
    fill(db, guild, alice, 1)
    sign_in(client, alice)
    with count_queries() as few:
        page(client, "/guilds/river-guild")
    fill(db, guild, alice, 40, prefix="y")
    with count_queries() as many:
        page(client, "/guilds/river-guild")
    assert len(many) == len(few) <= 20


def test_the_landing_page_costs_strangers_one_statement_a_list(
    client: FlaskClient, db: Session, count_queries: Counting
) -> None:
    alice = make_user(db)
    fill(db, make_guild(db, admins=[alice]), alice, 40)
    with count_queries() as queries:
        page(client, "/")
    reads = [statement for statement in queries if statement.startswith("SELECT")]
    assert len(reads) == 3


# --- the record ---


def test_the_record_says_who_did_what_and_turns_its_pages(
    client: FlaskClient, db: Session, sign_in: SignIn
) -> None:
    alice = make_user(db)
    guild = make_guild(db, admins=[alice])
    for number in range(60):
        record(
            db,
            "guilds.settings_changed",
            actor=alice,
            subject=("guild", guild.id),
            now=NOW,
            guild_id=guild.id,
            summary=f"Changed: thing {number}",
        )
    sign_in(client, alice)
    first = page(client, "/guilds/river-guild/record")
    assert "Alice" in first
    assert "changed the settings" in first
    assert "thing 59" in first
    assert "thing 9<" not in first
    assert "thing 9<" in page(client, "/guilds/river-guild/record?before=11")
    assert "Nothing older is on record" in page(client, "/guilds/river-guild/record?before=1")


@pytest.mark.parametrize("before", ["0", "-1", str(2**63), str(2**70)])
def test_a_place_that_is_none_is_refused(
    client: FlaskClient, db: Session, sign_in: SignIn, before: str
) -> None:
    alice = make_user(db)
    make_guild(db, admins=[alice])
    sign_in(client, alice)
    assert client.get(f"/guilds/river-guild/record?before={before}").status_code == 400


def test_who_put_a_proposal_is_led_to_what_others_would_have_otherwise(
    client: FlaskClient, db: Session, sign_in: SignIn, now: datetime
) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    guild = make_guild(db, admins=[alice], members=[bob])
    proposal = make_proposal(db, guild, bob)
    amending.propose_amendment(
        db, proposal, text="Oaks.", reason="They last.", base_version=1, actor=alice, now=now
    )
    sign_in(client, bob)
    for path in ("/", "/guilds/river-guild"):
        said = page(client, path)
        assert "1 amendment waits for your answer: take it in or decline it" in said
        assert f'href="/decisions/{proposal.id}#amendments"' in said
    assert 'id="amendments"' in page(client, f"/decisions/{proposal.id}")


def test_who_put_a_proposal_is_told_of_objections_and_of_a_change_only_while_one_can_be_taken_in(
    client: FlaskClient, db: Session, sign_in: SignIn, clock_at: Clock
) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    guild = make_guild(db, admins=[alice], members=[bob], charter="consent-circle")
    proposal = make_proposal(db, guild, bob, method=Method.CONSENT)
    later = clock_at(proposal.opens_at)
    services.open_voting(db, proposal, now=later)
    rounds.answer(
        db, proposal, actor=alice, choice=Choice.NO, reason="No room.", asked=1, now=later
    )
    db.commit()
    sign_in(client, bob)
    assert "1 objection stands: a change could meet it" in page(client, "/")
    proposal.round = MOST_ROUNDS
    db.commit()
    said = page(client, "/")
    assert "1 objection stands<" in said
    assert "a change could" not in said
