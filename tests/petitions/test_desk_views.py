"""Pages of the desk: numbers for organisers, a look before each deed, and undoing."""

import html
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from accounts.models import User
from core.templating import count
from guilds.models import Guild
from petitions import bursts, desk, notices
from petitions.desk import Condition
from petitions.models import Hold, Petition, PetitionState, Signature, Sweep, SweepDeed
from petitions.signing import domain_hash
from tests.bodies import without_token
from tests.builders import NOW, VAULT, make_guild, make_petition, make_signature, make_user
from tests.conftest import Client, Clock

SIGN_IN = Callable[[Client, User], None]


@pytest.fixture
def guild(db: Session, alice: User) -> Guild:
    return make_guild(db, admins=[alice])


@pytest.fixture
def petition(db: Session, guild: Guild, clock_at: Clock) -> Petition:
    petition = make_petition(db, guild)
    for number in range(6):
        make_signature(db, petition, f"{number}@farm.example", network="ab" * 8)
        make_signature(db, petition, f"person{number}@gmail.com", network="cd" * 8)
    return petition


def hidden(page: str) -> str:
    found = re.search(r'name="condition" type="hidden" value="([^"]*)"', page)
    assert found
    return found[1].replace("&#34;", '"').replace("&quot;", '"')


def holds(db: Session) -> list[Hold]:
    db.expire_all()
    return list(db.exec(select(Signature.hold).where(Signature.hold != Hold.NONE)))


def test_an_organiser_sees_bursts_looks_holds_and_undoes(
    client: Client, db: Session, petition: Petition, alice: User, sign_in: SIGN_IN
) -> None:
    sign_in(client, alice)
    desk = f"/petitions/{petition.id}/desk?hours=168"
    page = client.get(desk).text
    farm = domain_hash(VAULT, petition.id, "farm.example")
    assert "gmail.com" in page
    assert f"Domain {farm[:6]}" in page
    assert "farm.example" not in page
    assert "Dora" not in page
    look = client.get(f"/petitions/{petition.id}/desk/sweep?domain={farm}").text
    assert "6 signatures meet this" in look
    assert f"<strong>Domain {farm[:6]}</strong>" in look
    assert "None of these." in look  # nothing is held yet
    assert "goes down by 6" in look
    assert holds(db) == []
    deed = {"condition": hidden(look), "deed": "hold", "reason": "A farm?"}
    done = client.post(f"/petitions/{petition.id}/desk/sweep", data=deed)
    assert done.status_code == 303
    assert "6 signatures held" in client.get(done.location).text
    assert holds(db) == [Hold.HELD] * 6
    sweep = db.exec(select(Sweep)).one()
    undo = f"/petitions/{petition.id}/desk/sweeps/{sweep.id}/undo"
    assert client.post(undo).status_code == 303
    assert holds(db) == []
    assert client.post(undo).status_code == 409


@pytest.mark.parametrize("until", ["", "2099-01-01T00:00"])
def test_who_signs_between_look_and_deed_is_not_swept_unseen(
    client: Client, db: Session, petition: Petition, alice: User, sign_in: SIGN_IN, until: str
) -> None:
    sign_in(client, alice)
    look = client.get(f"/petitions/{petition.id}/desk/sweep?hold=none&until={until}").text
    make_signature(db, petition, "late@farm.example", at=NOW)
    deed = {"condition": hidden(look), "deed": "remove", "reason": "All."}
    assert client.post(f"/petitions/{petition.id}/desk/sweep", data=deed).status_code == 303
    assert len(holds(db)) == 12


def test_a_deed_that_changes_nothing_is_told_beside_it_with_all_that_was_chosen(
    client: Client, db: Session, petition: Petition, alice: User, sign_in: SIGN_IN
) -> None:
    sign_in(client, alice)
    path = f"/petitions/{petition.id}/desk/sweep"
    look = client.get(f"{path}?since=2026-03-01T09:00&hold=none").text
    deed = {"condition": hidden(look), "deed": "release", "reason": "A library."}
    answer = client.post(path, data=deed)
    assert answer.status_code == 422
    assert "It would change none of these signatures." in answer.text
    for kept in ("A library.", 'value="2026-03-01T09:00"', "<strong>1 March 2026, 09:00</strong>"):
        assert kept in answer.text
    assert holds(db) == []


def test_an_end_before_its_begin_is_told(
    client: Client, petition: Petition, alice: User, sign_in: SIGN_IN
) -> None:
    sign_in(client, alice)
    path = f"/petitions/{petition.id}/desk/sweep"
    answer = client.get(f"{path}?since=2026-03-02T09:00&until=2026-03-01T09:00")
    assert answer.status_code == 422
    assert "Choose a time after the one they were signed from." in answer.text


WRONG: list[dict[str, Any]] = [
    {},
    {"deed": "hold", "reason": "Why."},
    {"deed": "burn", "reason": "Why.", "condition": "{}"},
    {"deed": "hold", "reason": " ", "condition": "{}"},
    {"deed": "hold", "reason": "r" * 501, "condition": "{}"},
    {"deed": "hold", "reason": "Why.", "condition": "[]"},
    {"deed": "hold", "reason": "Why.", "condition": "[" * 1900},
    {"deed": "hold", "reason": "Why.", "condition": '{"until": "now"}'},
    {"deed": "hold", "reason": "Why.", "condition": '{"until": 5}'},
    {"deed": "hold", "reason": "Why.", "condition": '{"until": "2026-03-03T00:00"}'},
    {"deed": "hold", "reason": "Why.", "condition": '{"state": "x"}'},
    {"deed": "hold", "reason": "Why.", "condition": '{"domain": {"a": "\\u0000"}}'},
]


@pytest.mark.parametrize("sent", WRONG)
def test_what_is_no_deed_changes_nothing(
    client: Client,
    db: Session,
    petition: Petition,
    alice: User,
    sign_in: SIGN_IN,
    sent: dict[str, Any],
) -> None:
    sign_in(client, alice)
    answer = client.post(f"/petitions/{petition.id}/desk/sweep", data=sent)
    assert answer.status_code in {409, 422}
    assert holds(db) == []


@pytest.mark.parametrize(
    "condition",
    ['{"domain": "\\u0000"}', '{"network": "\\ud800"}', '{"until": "0001-01-01T00:00+23:59"}'],
)
def test_a_condition_no_desk_makes_is_not_even_looked_for(
    client: Client, db: Session, petition: Petition, alice: User, sign_in: SIGN_IN, condition: str
) -> None:
    sign_in(client, alice)
    sent = {"deed": "hold", "reason": "Why.", "condition": condition}
    answer = client.post(f"/petitions/{petition.id}/desk/sweep", data=sent)
    assert answer.status_code == 422
    assert holds(db) == []


@pytest.mark.parametrize(
    "query",
    ["since=soon", "domain=x", "network=%00", "state=withdrawn", "hold=x", "since=0001-01-01T00:00",
     "until=9999-12-31T23:59", "domain=" + "a" * 5000],
)  # fmt: skip
def test_a_condition_that_cannot_be_is_said_beside_its_field(
    client: Client, petition: Petition, alice: User, sign_in: SIGN_IN, query: str
) -> None:
    sign_in(client, alice)
    path = f"/petitions/{petition.id}/desk/sweep?{query}"
    assert client.get(path).status_code in {200, 422}


def test_the_desk_is_its_organisers_alone(
    client: Client, db: Session, guild: Guild, petition: Petition, sign_in: SIGN_IN
) -> None:
    sweep = {"condition": json.dumps(Condition().as_values()), "deed": "hold", "reason": "Mine."}
    for end in ("", "/sweep"):
        path = f"/petitions/{petition.id}/desk{end}"
        assert client.get(path).status_code == 302
    sign_in(client, make_user(db, "mallory"))
    for end in ("", "/sweep"):
        assert client.get(f"/petitions/{petition.id}/desk{end}").status_code == 403
    assert client.post(f"/petitions/{petition.id}/desk/sweep", data=sweep).status_code == 403
    draft = make_petition(db, guild, state=PetitionState.DRAFT)
    assert client.get(f"/petitions/{draft.id}/desk").status_code == 404
    assert holds(db) == []


def test_an_ended_petitions_desk_says_that_it_is_closed(
    client: Client, db: Session, guild: Guild, alice: User, sign_in: SIGN_IN, clock_at: Clock
) -> None:
    petition = make_petition(db, guild, state=PetitionState.SETTLED)
    sign_in(client, alice)
    page = client.get(f"/petitions/{petition.id}/desk").text
    assert "The desk is closed" in page
    assert count(0, "signature") in page


def test_every_sweep_of_a_day_can_be_found_and_undone(
    client: Client,
    db: Session,
    petition: Petition,
    alice: User,
    sign_in: SIGN_IN,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bursts, "SWEEPS_SHOWN", 2)
    every = Condition(network="ab" * 8)
    for number in range(5):
        deed = (SweepDeed.HOLD, SweepDeed.RELEASE)[number % 2]
        desk.sweep(db, petition, actor=alice, condition=every, deed=deed, reason="x", now=NOW)
    sign_in(client, alice)
    found, path = [], f"/petitions/{petition.id}/desk?hours=168"
    while path:
        page = client.get(path).text
        found += re.findall(r'action="([^"]+/undo)"', page)
        further = re.search(r'href="([^"]+)" rel="next"', page)
        path = html.unescape(further[1]) if further else ""
        assert not path or "hours=168" in path
    assert len(found) == len(set(found)) == 5
    assert client.post(found[-1]).status_code == 303


def test_who_was_removed_for_good_is_told_so_and_not_that_they_withdrew(
    client: Client,
    db: Session,
    petition: Petition,
    alice: User,
    run_job: Callable[[str], int],
    clock_at: Clock,
) -> None:
    signature = make_signature(db, petition)
    own = f"/signatures/{VAULT.link_token(notices.CONFIRM, signature.id)}/confirm"
    before = without_token(client.get(own).text)
    every = Condition(until=NOW + timedelta(hours=1))
    desk.sweep(
        db, petition, actor=alice, condition=every, deed=SweepDeed.REMOVE, reason="Spam.", now=NOW
    )
    db.commit()
    assert without_token(client.get(own).text) == before, "quiet while it can be undone"
    clock_at.move(timedelta(days=1, minutes=1))
    run_job("clear-desks")
    withdraw = f"/signatures/{VAULT.link_token(notices.WITHDRAW, signature.id)}/withdraw"
    for path in (own, withdraw):
        page = client.get(path).text
        assert "removed it after a check" in page
        assert "withdrawn" not in page
        assert "You can sign again" not in page
    late = client.post(own, data={"name": "Dora"})
    assert late.status_code == 409
    assert "removed after a check" in late.text
