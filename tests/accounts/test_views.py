import re
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session, select

from accounts.models import AddressRequest, SignedIn, SignUp, User
from accounts.views.entering import founder_path
from tests.builders import PASSWORD, make_guild, make_user
from tests.conftest import Client, Clock

Deliver = Callable[[], list[EmailMessage]]
ALICE = {
    "display_name": "Alice",
    "handle": "alice",
    "address": "alice@example.org",
    "password": PASSWORD,
    "time_zone": "Europe/Lisbon",
}


def link_in(mail: EmailMessage) -> str:
    """Path of the mail's one link."""
    (link,) = re.findall(r"http://localhost(/\S+)", str(mail.get_content()))
    return str(link)


# --- coming in ---


def test_the_first_account_is_made_by_the_founder_link_alone(
    client: Client, app: Flask, db: Session, deliver: Deliver, now: Any
) -> None:
    assert client.post("/sign-up", data=ALICE).status_code == 403
    with app.app_context():
        founding = founder_path()
    assert client.get(founding).status_code == 200
    assert client.post(founding, data=ALICE).location == "/check-your-mail"
    (mail,) = deliver()
    assert mail["To"] == "alice@example.org"
    confirming = link_in(mail)
    page = client.get(confirming)
    assert page.status_code == 200
    assert db.exec(select(User)).all() == []  # a GET changes nothing
    assert client.post(confirming, data={"password": "not this one"}).status_code == 422
    assert client.post(confirming, data={"password": PASSWORD}).status_code == 303
    user = db.exec(select(User)).one()
    assert (user.handle, user.is_operator) == ("alice", True)
    assert client.get("/settings").status_code == 200  # signed in
    assert client.get(founding).status_code == 404  # good once
    assert client.get(confirming).status_code == 404


def test_after_signing_up_one_goes_where_one_was_going(
    client: Client, db: Session, deliver: Deliver, now: Any
) -> None:
    make_user(db, "founder")
    client.post("/sign-up", data={**ALICE, "next": "/guilds"})
    answer = client.post(link_in(deliver()[0]), data={"password": PASSWORD})
    assert answer.location == "/guilds"


@pytest.mark.parametrize("away", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_nobody_is_led_away(client: Client, db: Session, now: Any, away: str) -> None:
    make_user(db)
    data = {"login": "alice", "password": PASSWORD, "next": away}
    assert client.post("/sign-in", data=data).location == "/"


def test_signing_up_tells_nobody_who_has_an_account(
    client: Client, db: Session, deliver: Deliver, now: Any
) -> None:
    make_user(db)
    known = client.post("/sign-up", data={**ALICE, "handle": "another"})
    unknown = client.post("/sign-up", data={**ALICE, "address": "new@example.org"})
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert len(db.exec(select(SignUp)).all()) == 2
    first, second = deliver()
    assert first["To"] == "alice@example.org"
    assert "already" in first["Subject"]
    assert link_in(first) == "/sign-in"
    assert "Confirm" in second["Subject"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("handle", "A lice", "Use 2 to 32"),
        ("handle", "", "Choose a handle"),
        ("address", "alice", "not an e-mail address"),
        ("password", "short", "at least 10"),
        ("time_zone", "Mars/Olympus", "Not a valid choice"),
        ("display_name", "\0\u200b\0", ""),
        ("display_name", "x" * 81, "80"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"])
def test_slips_are_named_and_what_was_typed_stays(
    client: Client, db: Session, now: Any, field: str, value: str, said: str
) -> None:
    make_user(db, "founder")
    answer = client.post("/sign-up", data={**ALICE, field: value})
    if not said:  # only required not to break
        assert answer.status_code in {303, 422}
        return
    assert answer.status_code == 422
    assert said in answer.text
    if field != "display_name":
        assert 'value="Alice"' in answer.text
    assert PASSWORD not in answer.text


# --- signing in and out ---


@pytest.mark.parametrize("login", ["alice", "@Alice", "alice@example.org", "Alice@EXAMPLE.org"])
def test_signing_in_by_handle_or_address(client: Client, db: Session, now: Any, login: str) -> None:
    make_user(db)
    answer = client.post("/sign-in", data={"login": login, "password": PASSWORD})
    assert answer.status_code == 303
    assert client.get("/settings").status_code == 200


def test_a_wrong_password_and_an_unknown_person_look_the_same(
    client: Client, db: Session, now: Any
) -> None:
    make_user(db)
    answers = [
        client.post("/sign-in", data={"login": login, "password": "wrong password"})
        for login in ("alice", "charlie", "alice@example.org", "charlie@example.org")
    ]
    assert {answer.status_code for answer in answers} == {422}
    texts = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
    assert len(texts) == 1


def test_a_new_sign_in_gets_a_new_cookie_and_its_token_is_kept_hashed(
    client: Client, db: Session, now: Any
) -> None:
    make_user(db)
    client.get("/sign-in")
    client.post("/sign-in", data={"login": "alice", "password": PASSWORD})
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
        assert "_id" not in cookie, "a fingerprint of the network address"
    place = db.exec(select(SignedIn)).one()
    assert token not in repr(place.model_dump())


def test_signing_out_ends_the_token_itself(
    client: Client, app: Flask, db: Session, sign_in: Any, now: Any
) -> None:
    alice = make_user(db)
    sign_in(client, alice)
    stolen = client.get_cookie("guilds")
    assert stolen is not None
    assert client.post("/sign-out").status_code == 303
    assert db.exec(select(SignedIn)).all() == []
    thief = app.test_client()
    thief.set_cookie("guilds", stolen.value)
    assert thief.get("/settings").status_code == 302


def test_a_sign_in_ends_after_thirty_days(client: Client, db: Session, clock_at: Clock) -> None:
    make_user(db)
    client.post("/sign-in", data={"login": "alice", "password": PASSWORD})
    clock_at.move(timedelta(days=29))
    assert client.get("/settings").status_code == 200
    clock_at.move(timedelta(days=1, seconds=1))
    assert client.get("/settings").status_code == 302


def test_guessing_is_slowed_for_a_pair_but_the_owner_gets_in_from_elsewhere(
    client: Client, app: Flask, db: Session, now: Any
) -> None:
    make_user(db)
    data = {"login": "alice", "password": "wrong password"}
    statuses = [client.post("/sign-in", data=data).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    elsewhere = client.post(
        "/sign-in",
        data={"login": "alice", "password": PASSWORD},
        environ_base={"REMOTE_ADDR": "203.0.113.9"},
    )
    assert elsewhere.status_code == 303


# --- a forgotten password ---


def test_a_forgotten_password_is_replaced_by_mail(
    client: Client, db: Session, deliver: Deliver, now: Any
) -> None:
    make_user(db)
    known = client.post("/forgotten", data={"address": "alice@example.org"})
    unknown = client.post("/forgotten", data={"address": "nobody@example.org"})
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    (mail,) = deliver()
    link = link_in(mail)
    assert client.get(link).status_code == 200
    assert client.post(link, data={"password": "short"}).status_code == 422
    fresh = "another horse battery"
    assert client.post(link, data={"password": fresh}).status_code == 303
    assert client.get(link).status_code == 404
    assert client.post("/sign-in", data={"login": "alice", "password": PASSWORD}).status_code == 422
    assert client.post("/sign-in", data={"login": "alice", "password": fresh}).status_code == 303


def test_a_reset_link_lapses_after_an_hour(
    client: Client, db: Session, deliver: Deliver, clock_at: Clock
) -> None:
    make_user(db)
    client.post("/forgotten", data={"address": "alice@example.org"})
    link = link_in(deliver()[0])
    clock_at.move(timedelta(hours=1))
    answer = client.get(link)
    assert answer.status_code == 404


def test_a_mailbox_gets_three_mails_an_hour_at_most_and_the_page_does_not_tell(
    client: Client, db: Session, deliver: Deliver, now: Any
) -> None:
    make_user(db)
    spellings = ["alice@example.org", "Alice@example.org", "ALICE@example.org", "alice@EXAMPLE.org"]
    statuses = [client.post("/forgotten", data={"address": a}).status_code for a in spellings]
    assert statuses == [303, 303, 303, 303]
    assert client.post("/sign-up", data=ALICE).status_code == 303
    assert len(deliver()) == 3


# --- settings ---


def test_the_profile_is_changed_on_one_page(
    client: Client, db: Session, sign_in: Any, now: Any
) -> None:
    alice = make_user(db)
    make_user(db, "bob")
    sign_in(client, alice)
    assert "alice@example.org" in client.get("/settings").text
    data = {
        "display_name": "Alice of the river",
        "handle": "alice2",
        "time_zone": "Asia/Tokyo",
        "language": "en",
    }
    assert client.post("/settings", data=data).status_code == 303
    assert (alice.handle, alice.mails_are_discreet) == ("alice2", False)
    answer = client.post("/settings", data={**data, "handle": "bob"})
    assert answer.status_code == 422
    assert "Somebody has this handle" in answer.text


def test_places_where_one_is_signed_in_can_be_ended(
    client: Client, app: Flask, db: Session, sign_in: Any, now: Any
) -> None:
    alice = make_user(db)
    other = app.test_client()
    sign_in(other, alice)
    sign_in(client, alice)
    page = client.get("/settings/sign-ins")
    assert "Firefox on Linux" in page.text
    assert client.post("/settings/sign-ins/end-others").status_code == 303
    assert other.get("/settings").status_code == 302
    assert client.get("/settings").status_code == 200


def test_the_password_is_asked_for_before_anything_dangerous(
    client: Client, db: Session, sign_in: Any, now: Any
) -> None:
    alice = make_user(db)
    sign_in(client, alice)
    wrong = {
        "current": "wrong password",
        "password": "a fresh password",
        "address": "n@example.org",
    }
    for path in ("password", "address", "data", "erase"):
        assert client.get(f"/settings/{path}").status_code == 200
        answer = client.post(f"/settings/{path}", data=wrong)
        assert answer.status_code == 422, path
        assert "This is not your password" in answer.text
    assert db.exec(select(User)).one().password_hash == alice.password_hash


def test_a_new_address_counts_once_its_link_is_used_by_its_owner(
    client: Client, app: Flask, db: Session, sign_in: Any, deliver: Deliver, now: Any
) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    sign_in(client, alice)
    data = {"current": PASSWORD, "address": "new@example.org"}
    assert client.post("/settings/address", data=data).status_code == 303
    (mail,) = deliver()
    assert mail["To"] == "new@example.org"
    link = link_in(mail)
    stranger = app.test_client()
    sign_in(stranger, bob)
    assert stranger.post(link).status_code == 404
    assert client.get(link).status_code == 200
    assert len(db.exec(select(AddressRequest)).all()) == 1
    assert client.post(link).status_code == 303
    assert "new@example.org" in client.get("/settings").text


def test_my_data_comes_as_one_file(client: Client, db: Session, sign_in: Any, now: Any) -> None:
    alice = make_user(db)
    make_guild(db, admins=[alice])
    sign_in(client, alice)
    answer = client.post("/settings/data", data={"current": PASSWORD})
    assert answer.mimetype == "application/json"
    assert "attachment" in answer.headers["Content-Disposition"]
    told = answer.get_json()
    assert told["account"]["address"] == "alice@example.org"
    assert "password" not in answer.text


def test_erasing_leaves_nothing_of_me(client: Client, db: Session, sign_in: Any, now: Any) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    make_guild(db, admins=[alice], members=[bob])
    sign_in(client, bob)
    assert client.post("/settings/erase", data={"current": PASSWORD}).status_code == 303
    assert [user.handle for user in db.exec(select(User))] == ["alice"]
    assert client.get("/settings").status_code == 302


def test_the_last_admin_is_told_what_to_do_first(
    client: Client, db: Session, sign_in: Any, now: Any
) -> None:
    alice = make_user(db)
    make_guild(db, admins=[alice], members=[make_user(db, "bob")])
    sign_in(client, alice)
    answer = client.post("/settings/erase", data={"current": PASSWORD})
    assert answer.status_code == 409
    assert len(db.exec(select(User)).all()) == 2
