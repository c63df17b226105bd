"""What proxies and this process may keep of a public page, and how cheap asking again is."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from accounts.models import User
from guilds.models import Guild
from petitions import counter
from petitions.models import (
    Petition,
    PetitionState,
)
from petitions.views import caching
from tests.builders import NOW, make_petition, make_signature
from tests.conftest import Clock
from tests.petitions.counted import signed

HOUR = timedelta(hours=1)
SignIn = Callable[[FlaskClient, User], None]
Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def petition(db: Session, guild: Guild, now: Any) -> Petition:
    return make_petition(db, guild)


def test_a_strangers_page_may_be_kept_and_is_asked_for_by_one_row(
    client: FlaskClient, petition: Petition, count_queries: Counting
) -> None:
    path = f"/petitions/{petition.id}"
    first = client.get(path)
    assert first.status_code == 200
    assert first.cache_control.public
    assert first.cache_control.max_age
    assert "Cookie" in first.headers["Vary"]
    assert "Set-Cookie" not in first.headers
    tag = {"If-None-Match": first.headers["ETag"]}
    with count_queries() as queries:
        again = client.get(path, headers=tag)
    assert (again.status_code, again.data) == (304, b"")
    assert "max-age" in again.headers["Cache-Control"]
    (only,) = [query for query in queries if query.startswith("SELECT")]
    assert "WHERE petition.id = " in only
    assert "JOIN" not in only


def test_a_process_draws_a_page_once_for_all_strangers(
    client: FlaskClient,
    db: Session,
    petition: Petition,
    alice: User,
    sign_in: SignIn,
    count_queries: Counting,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(caching, "PAGES_MOST", 2)
    path = f"/petitions/{petition.id}"
    first = client.get(path)
    with count_queries() as queries:
        assert client.get(path).data == first.data
    assert len([query for query in queries if query.startswith("SELECT")]) == 1
    signed(db, petition, 1)
    assert "1 signature of the 500" in client.get(path).text
    for number in range(3):
        signed(db, petition, number)
        client.get(path)
    assert len(caching._drawn) == 2
    sign_in(client, alice)
    assert "Post news" in client.get(path).text
    assert "Post news" not in client.application.test_client().get(path).text


def test_a_page_that_changed_is_sent_anew(
    client: FlaskClient, db: Session, petition: Petition, clock_at: Clock
) -> None:
    path = f"/petitions/{petition.id}"
    tag = client.get(path).headers["ETag"]
    signed(db, petition, 1)
    fresh = client.get(path, headers={"If-None-Match": tag})
    assert fresh.status_code == 200
    clock_at.move(timedelta(minutes=2))  # what moves no counter is seen soon as well
    later = client.get(path, headers={"If-None-Match": fresh.headers["ETag"]})
    assert later.status_code == 200


def test_nothing_made_for_somebody_is_kept(
    client: FlaskClient, petition: Petition, bob: User, sign_in: SignIn
) -> None:
    path = f"/petitions/{petition.id}"
    tag = client.get(path).headers["ETag"]
    sign_in(client, bob)
    mine = client.get(path, headers={"If-None-Match": tag})
    assert mine.status_code == 200
    assert mine.headers["Cache-Control"] == "no-store"
    assert "ETag" not in mine.headers


def test_a_draft_is_never_kept(client: FlaskClient, db: Session, guild: Guild) -> None:
    draft = make_petition(db, guild, state=PetitionState.DRAFT)
    for path in ("", "/count", "/figures.json", "/figures.csv", "/poster.pdf", "/qr.png"):
        hidden = client.get(f"/petitions/{draft.id}{path}")
        assert hidden.status_code == 404, path
        assert hidden.headers["Cache-Control"] == "no-store"


def test_the_count_is_one_row_and_304_while_it_stays(
    client: FlaskClient, db: Session, petition: Petition, count_queries: Counting
) -> None:
    signed(db, petition, 3)
    petition = db.get_one(Petition, petition.id)
    petition.paper_count = 40
    db.add(petition)
    path = f"/petitions/{petition.id}/count"
    with count_queries() as queries:
        answer = client.get(path)
    assert len([query for query in queries if query.startswith("SELECT")]) == 1
    told = json.loads(answer.data)
    assert (told["signature_count"], told["paper_count"], told["total"]) == (3, 40, 43)
    assert told["sentence"] == "43 signatures of the 500 we aim for"
    assert told["counted_at"] == NOW.isoformat()
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert client.get(path, headers=tag).status_code == 304
    signed(db, petition, 1)
    assert client.get(path, headers=tag).status_code == 200


def test_a_crowd_that_asks_for_the_count_reads_no_row_for_a_second(
    client: FlaskClient,
    db: Session,
    petition: Petition,
    count_queries: Counting,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(caching, "PAGES_MOST", 2)
    monkeypatch.setattr(caching, "FRESH", 60.0)
    path = f"/petitions/{petition.id}/count"
    first = client.get(path)
    signed(db, petition, 1)
    with count_queries() as queries:
        assert client.get(path).json == first.json
        assert client.get(f"/petitions/{uuid4()}/count").status_code == 404
    assert len([query for query in queries if query.startswith("SELECT")]) == 1, "of the other"
    monkeypatch.setattr(caching, "FRESH", 0.0)
    assert client.get(path).json != first.json


@pytest.mark.parametrize("path", ["", "/updates", "/figures.json", "/figures.csv", "/places.csv"])
def test_many_signatures_cost_no_more_queries_than_few(
    client: FlaskClient,
    db: Session,
    petition: Petition,
    count_queries: Counting,
    clock_at: Clock,
    path: str,
) -> None:
    """A page reads counters, milestones, places and names by index, never the signatures."""

    def cost() -> int:
        clock_at.move(HOUR)  # no answer of before stands
        with count_queries() as queries:
            assert client.get(f"/petitions/{petition.id}{path}").status_code == 200
        assert not any("count(" in query and "signature" in query for query in queries)
        return len([query for query in queries if query.startswith("SELECT")])

    make_signature(db, petition, public=True)
    few = cost()
    for number in range(30):
        make_signature(db, petition, f"{number}@example.org", public=True)
    for number, country in enumerate(["FR", "PT", "DE", "ES", "IT"] * 30):
        counter.step(db, petition.id, 1000, country=country, region=f"r{number}", at=NOW)
    counter.fold(db, petition.id, now=NOW)
    assert cost() == few <= 12
