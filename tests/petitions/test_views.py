"""Pages of petitions: what strangers get, what members do, and that no answer tells who signed."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session, select

from accounts.models import User
from core.wire import wire_of
from guilds.models import Guild
from petitions import jobs, progress, signing
from petitions.models import PUBLIC_STATES, Petition, PetitionState, Signature
from petitions.models import SignatureState as S
from petitions.notices import CONFIRM, WITHDRAW
from tests.bodies import without_token
from tests.builders import (
    NOW,
    VAULT,
    make_guild,
    make_petition,
    make_signature,
)
from tests.conftest import Client, Clock
from tests.petitions.closing import decided_by

SignIn = Callable[[Client, User], None]
TYPED = {"name": "Dora Dreamer", "address": "dora@example.org", "country": "PT"}


@pytest.fixture
def guild(db: Session, alice: User) -> Guild:
    return make_guild(db, admins=[alice], charter="affinity-group")


@pytest.fixture
def petition(db: Session, guild: Guild, clock_at: Clock) -> Petition:
    return make_petition(db, guild)


def link(signature: Signature, deed: str = "confirm") -> str:
    purpose = CONFIRM if deed == "confirm" else WITHDRAW
    return f"/signatures/{VAULT.link_token(purpose, signature.id)}/{deed}"


def signatures(db: Session) -> list[Signature]:
    return list(db.exec(select(Signature)))


# --- strangers read ---


def test_a_stranger_reads_and_gets_no_cookie(
    client: Client, db: Session, guild: Guild, petition: Petition
) -> None:
    make_signature(db, petition, public=True)
    for path in ("/petitions", f"/petitions/{petition.id}", f"/guilds/{guild.slug}/petitions"):
        response = client.get(path)
        assert response.status_code == 200
        assert "Set-Cookie" not in response.headers
        assert "1 signature of the 500 we aim for" in response.text
    page = client.get(f"/petitions/{petition.id}").text
    assert "<bdi>Dora</bdi>" in page
    assert "Dreamer" not in page
    assert page.count("button-action") == 1


@pytest.mark.parametrize("state", PetitionState)
def test_strangers_are_not_told_of_what_is_not_public(
    client: Client, db: Session, guild: Guild, clock_at: Clock, state: PetitionState
) -> None:
    petition = make_petition(db, guild, state=state)
    public = state in PUBLIC_STATES
    for end in ("", "/count", "/sign/check-your-mail"):
        assert client.get(f"/petitions/{petition.id}{end}").status_code == (200 if public else 404)
    signing_page = client.get(f"/petitions/{petition.id}/sign").status_code
    expected = 302 if public else 404
    assert signing_page == (200 if state == PetitionState.OPEN else expected)


def test_a_guild_that_is_not_listed_leaves_no_trace(
    client: Client, db: Session, alice: User, clock_at: Clock
) -> None:
    hidden = make_guild(db, admins=[alice], slug="night-shift", name="Night shift", listed=False)
    petition = make_petition(db, hidden)
    for path in ("/petitions", f"/petitions/{petition.id}"):
        page = client.get(path).text
        assert petition.title in page
        assert "Night shift" not in page
        assert "night-shift" not in page
    assert client.get("/guilds/night-shift/petitions").status_code == 404


def test_how_many_an_unlisted_guild_has_and_how_they_voted_is_told_to_its_members_alone(
    client: Client, db: Session, alice: User, sign_in: SignIn, clock_at: Clock
) -> None:
    hidden = make_guild(db, admins=[alice], slug="night-shift", name="Night shift", listed=False)
    petition = make_petition(db, hidden)
    petition.proposal_id = decided_by(db, hidden, alice).id
    db.commit()
    path = f"/petitions/{petition.id}"
    assert "1 of 1 member voted" not in client.get(path).text
    sign_in(client, alice)
    assert "1 of 1 member voted" in client.get(path).text


def test_the_count_is_small_and_cheap_to_ask_again(
    client: Client, db: Session, petition: Petition
) -> None:
    make_signature(db, petition)
    first = client.get(f"/petitions/{petition.id}/count")
    assert first.json["signature_count"] == 1
    assert first.headers["Cache-Control"] == "public, max-age=10"
    tag = {"If-None-Match": first.headers["ETag"]}
    assert client.get(f"/petitions/{petition.id}/count", headers=tag).status_code == 304
    make_signature(db, petition, "other@example.org")
    assert client.get(f"/petitions/{petition.id}/count", headers=tag).status_code == 200


# --- signing ---


def test_a_stranger_signs_confirms_and_withdraws(
    client: Client, db: Session, petition: Petition
) -> None:
    sent = client.post(f"/petitions/{petition.id}/sign", data=TYPED)
    assert sent.status_code == 303
    assert "Check your mail" in client.get(sent.location).text
    signature = signatures(db)[0]
    page = client.get(link(signature)).text
    assert 'value="Dora Dreamer"' in page
    assert f"Under “{petition.title}” it counts once you press the button." in page
    assert client.post(link(signature), data={"name": " "}).status_code == 422
    assert client.post(link(signature), data={"name": "Dora D"}).status_code == 303
    assert "Your signature is confirmed" in client.get(link(signature)).text
    assert client.post(link(signature), data={"name": "Dora D"}).status_code == 303
    assert signatures(db)[0].name == "Dora D"
    jobs.fold_counts(db, NOW)
    assert progress.read_counted(wire_of(db), petition.id).signature_count == 1  # type: ignore[union-attr] # public
    assert client.post(link(signature, "withdraw")).status_code == 303
    assert "is withdrawn" in client.get(link(signature, "withdraw")).text
    jobs.fold_counts(db, NOW)
    assert progress.read_counted(wire_of(db), petition.id).signature_count == 0  # type: ignore[union-attr] # public
    assert client.post(link(signature)).status_code == 409


def test_opening_the_links_changes_nothing(client: Client, db: Session, petition: Petition) -> None:
    signature = make_signature(db, petition, state=S.PENDING)
    for _ in range(2):
        for deed in ("confirm", "withdraw"):
            assert client.get(link(signature, deed)).status_code == 200
            assert client.head(link(signature, deed)).status_code == 200
    assert signatures(db)[0].state == S.PENDING


def test_a_link_is_good_for_one_deed_of_one_signature(
    client: Client, db: Session, petition: Petition
) -> None:
    signature = make_signature(db, petition, state=S.PENDING)
    token = VAULT.link_token(CONFIRM, signature.id)
    for wrong in (f"{token}/withdraw", f"{token[:-2]}AA/confirm", "é/confirm", "x/confirm"):
        assert client.get(f"/signatures/{wrong}").status_code == 404
        assert client.post(f"/signatures/{wrong}").status_code == 404


@pytest.mark.parametrize("state", S)
def test_no_answer_tells_who_signed_before(
    client: Client, db: Session, petition: Petition, state: S
) -> None:
    make_signature(db, petition, TYPED["address"], state=state)
    answers = []
    for address in (TYPED["address"], "new@example.org"):
        sent = client.post(f"/petitions/{petition.id}/sign", data=TYPED | {"address": address})
        after = client.get(sent.location)
        answers.append((sent.status_code, sent.location, sent.data, without_token(after.text)))
    assert answers[0] == answers[1]


def test_a_mailbox_entered_too_often_gets_the_same_answer_and_no_mail(
    client: Client, db: Session, guild: Guild, clock_at: Clock
) -> None:
    made = [make_petition(db, guild, title=f"Petition {n}") for n in range(7)]
    answers = [client.post(f"/petitions/{one.id}/sign", data=TYPED).status_code for one in made]
    assert answers == [303] * 7
    assert len(signatures(db)) == 7
    owed = db.exec(select(signing.notifications.services.Notice)).all()
    assert len(owed) == 5


def test_a_machine_that_fills_the_trap_believes_it_signed(
    client: Client, db: Session, petition: Petition
) -> None:
    sent = client.post(f"/petitions/{petition.id}/sign", data=TYPED | {"homepage": "x"})
    assert (sent.status_code, signatures(db)) == (303, [])


def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_stays(
    client: Client, petition: Petition
) -> None:
    page = client.post(f"/petitions/{petition.id}/sign", data={"name": "Dora", "address": "dora@"})
    assert page.status_code == 422
    assert "not an e-mail address" in page.text
    assert 'value="Dora"' in page.text


@pytest.mark.parametrize("state", [PetitionState.CLOSED, PetitionState.DRAFT])
def test_what_is_not_open_takes_no_signature(
    client: Client, db: Session, guild: Guild, clock_at: Clock, state: PetitionState
) -> None:
    petition = make_petition(db, guild, state=state)
    answer = client.post(f"/petitions/{petition.id}/sign", data=TYPED)
    assert answer.status_code == (409 if state == PetitionState.CLOSED else 404)
    assert signatures(db) == []


@pytest.mark.parametrize(
    "typed",
    [
        {},
        TYPED | {"name": "\x00"},
        TYPED | {"name": "n" * 70_000},
        TYPED | {"address": "a" * 70_000 + "@example.org"},
        TYPED | {"country": "XX"},
        TYPED | {"name": "\ud800".encode("utf-8", "surrogatepass")},
        TYPED | {"name": ["a", "b"]},
    ],
)
def test_strange_input_is_an_answer_not_a_fault(
    client: Client, petition: Petition, typed: dict[str, Any]
) -> None:
    assert client.post(f"/petitions/{petition.id}/sign", data=typed).status_code in {303, 400, 422}


def test_lists_go_on_page_by_page(
    client: Client, db: Session, guild: Guild, clock_at: Clock
) -> None:
    for number in range(32):
        make_petition(db, guild, title=f"P{number:02}!", opened_at=NOW - timedelta(hours=number))
    for path in ("/petitions", f"/guilds/{guild.slug}/petitions"):
        first = client.get(path).text
        found = re.search(r'href="([^"]*before=[^"]*)"', first)
        assert found
        second = client.get(found[1]).text
        titles = re.findall(r"P\d\d!", first + second)
        assert sorted(set(titles)) == [f"P{number:02}!" for number in range(32)]
        assert client.get(f"{path}?before=junk").status_code == 200


def test_recounting_by_hand_reports_and_mends(app: Flask, db: Session, petition: Petition) -> None:
    make_signature(db, petition)
    db.get_one(Petition, petition.id).signature_count = 9
    db.commit()
    result = app.test_cli_runner().invoke(args=["petitions", "recount"])
    assert "said 9, mended to 1" in result.output
    assert "1 petitions counted, 1 mended" in result.output
