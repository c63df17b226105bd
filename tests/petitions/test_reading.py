"""The public page and what hangs on it: cheap for the many, honest about the count."""

import html
import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pymupdf
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from accounts.models import User
from core.templating import day
from guilds.models import Guild
from petitions import counter, jobs, paper, progress, rules
from petitions.lists import PAGE, Order
from petitions.models import (
    PUBLIC_STATES,
    Hold,
    Milestone,
    Petition,
    PetitionState,
    PetitionUpdate,
    Settlement,
    Signature,
    Sweep,
    SweepDeed,
)
from petitions.views import caching
from tests.builders import NOW, make_institution, make_petition, make_signature
from tests.conftest import Clock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SignIn = Callable[[FlaskClient, User], None]
Counting = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def petition(db: Session, guild: Guild, now: Any) -> Petition:
    return make_petition(db, guild)


def signed(
    db: Session, petition: Petition, number: int, country: str = "", region: str = ""
) -> None:
    """Steps of so many signatures, folded."""
    counter.step(db, petition.id, number, country=country, region=region, at=NOW)
    counter.fold(db, petition.id, now=NOW)
    db.expire_all()


# what proxies may keep


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


# how far it has come


def test_small_places_are_one_line(client: FlaskClient, db: Session, petition: Petition) -> None:
    signed(db, petition, 60, "FR")
    signed(db, petition, 4, "LI")
    signed(db, petition, 3)
    page = client.get(f"/petitions/{petition.id}").text
    assert "France" in page
    assert "Liechtenstein" not in page
    parts = progress.countries(db, petition.id, 67)
    assert [(part.label, part.number) for part in parts] == [
        ("France", 60),
        (progress.ELSEWHERE, 7),
    ]
    file = client.get(f"/petitions/{petition.id}/places.csv").text
    assert file.splitlines() == [
        "kind,place,signatures", "country,France,60", f'country,"{progress.ELSEWHERE}",7',
    ]  # fmt: skip


@pytest.mark.parametrize("state", [PetitionState.OPEN, PetitionState.DELIVERED])
def test_a_count_says_how_old_it_is_also_after_the_close(
    client: FlaskClient, db: Session, petition: Petition, state: PetitionState
) -> None:
    petition.state = state
    db.add(petition)
    db.flush()
    signed(db, petition, 7)
    page = re.sub(r"<[^>]+>", "", client.get(f"/petitions/{petition.id}").text)
    assert "The count last moved on Tue 3 March 2026" in page
    assert ("to midnight in UTC" in page) == (state == PetitionState.OPEN)


def test_no_place_is_shown_while_all_are_small(db: Session, petition: Petition) -> None:
    signed(db, petition, 4, "FR")
    assert progress.countries(db, petition.id, 4) == []
    assert progress.places(db, petition.id, 4) == []


def test_regions_stand_apart_from_countries(
    client: FlaskClient, db: Session, petition: Petition
) -> None:
    petition.regions = ["Leeds", "York"]
    db.add(petition)
    db.flush()
    signed(db, petition, 7, "GB", "Leeds")
    signed(db, petition, 9, "IE", "Leeds")
    page = client.get(f"/petitions/{petition.id}").text
    assert "By region" in page
    (leeds,) = progress.regions(db, petition.id, 16)
    assert (leeds.label, leeds.number) == ("Leeds", 16)


def test_hours_add_up(client: FlaskClient, db: Session, petition: Petition) -> None:
    signed(db, petition, 5)
    counter.step(db, petition.id, -2, country="", region="", at=NOW + HOUR)
    counter.fold(db, petition.id, now=NOW + HOUR)
    told = client.get(f"/petitions/{petition.id}/figures.json").get_json()
    assert told["hours"] == [
        {"hour": NOW.isoformat(), "change": 5, "total": 5},
        {"hour": (NOW + HOUR).isoformat(), "change": -2, "total": 3},
    ]
    assert told["total"] == 3
    answer = client.get(f"/petitions/{petition.id}/figures.csv")
    assert answer.mimetype == "text/csv"
    assert answer.text.splitlines()[1:] == [
        f"{NOW.isoformat()},5,5", f"{(NOW + HOUR).isoformat()},-2,3",
    ]  # fmt: skip


def test_hours_add_up_with_what_was_given_on_paper(
    client: FlaskClient, db: Session, petition: Petition, guild: Guild, alice: User
) -> None:
    signed(db, petition, 5)
    for number, at in ((30, NOW), (4, NOW + HOUR)):
        sheets = paper.Batch(number, "Market", NOW.date(), "Bob", f"{number:064x}")
        entered = paper.enter_batch(db, petition, actor=alice, batch=sheets, now=at)
    paper.strike_batch(db, entered, actor=alice, reason="Twice.", now=NOW + 2 * HOUR)
    db.commit()
    told = client.get(f"/petitions/{petition.id}/figures.json").get_json()
    assert [(one["change"], one["total"]) for one in told["hours"]] == [(35, 35), (4, 39), (-4, 35)]
    assert told["total"] == 35
    assert told["counted_at"] == (NOW + 2 * HOUR).isoformat(), "paper moves the count as well"
    lines = client.get(f"/petitions/{petition.id}/figures.csv").text.splitlines()
    assert lines[-1] == f"{(NOW + 2 * HOUR).isoformat()},-4,35"
    page = client.get(f"/petitions/{petition.id}").text
    assert "Signatures given here a day" in page, "the picture is of those alone"


@pytest.mark.parametrize("region", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3"])
def test_a_place_is_no_formula(
    client: FlaskClient, db: Session, petition: Petition, region: str
) -> None:
    signed(db, petition, 9, "", region)
    assert f"region,'{region},9" in client.get(f"/petitions/{petition.id}/places.csv").text


def test_what_a_check_took_back_is_said(
    client: FlaskClient, db: Session, petition: Petition
) -> None:
    facts = {"petition_id": petition.id, "condition": {}, "reason": "A burst"}
    for deed, counted, undone in (
        (SweepDeed.REMOVE, 40, None), (SweepDeed.HOLD, 2, None), (SweepDeed.REMOVE, 9, NOW),
    ):  # fmt: skip
        db.add(
            Sweep(
                deed=deed, signature_count=50, counted_count=counted, done_at=NOW,
                undone_at=undone, **facts,
            )
        )  # fmt: skip
    db.flush()
    assert progress.checks(db, petition.id) == [progress.Check(date(2026, 3, 3), 42)]
    page = client.get(f"/petitions/{petition.id}").text
    assert "42 signatures were taken back on 3 March 2026 after a check." in page


def test_only_names_that_count_are_shown(db: Session, petition: Petition) -> None:
    make_signature(db, petition, "a@example.org", name="Ada One", public=True, at=NOW - HOUR)
    held = make_signature(db, petition, "b@example.org", name="Ben Two", public=True, at=NOW)
    held = db.get_one(Signature, held.id)
    held.hold = Hold.HELD
    db.add(held)
    db.flush()
    assert progress.latest_names(db, petition.id) == ["Ada"]


@pytest.mark.parametrize("state", sorted(PUBLIC_STATES))
def test_every_state_has_its_page(
    client: FlaskClient, db: Session, guild: Guild, now: Any, state: PetitionState
) -> None:
    petition = make_petition(db, guild, state=state)
    if state != PetitionState.OPEN:
        petition.closed_at = NOW
    petition.signature_count, petition.paper_count = 12, 3
    db.add(petition)
    db.add(Milestone(petition_id=petition.id, threshold=10, meaning="A start", reached_at=NOW))
    db.add(
        PetitionUpdate(
            petition_id=petition.id, title="It goes well", text="", text_html="<p>Well</p>",
            posted_at=NOW,
        )
    )  # fmt: skip
    page = client.get(f"/petitions/{petition.id}").text
    for words in ("12 given here and confirmed, 3 on paper.", "A start", "It goes well"):
        assert words in page
    assert ("Pass it on" in page) == (state == PetitionState.OPEN)
    assert ("Sign this petition" in page) == (state == PetitionState.OPEN)
    assert page.index("We ask <bdi>") < page.index("Who stands behind it")


# what is carried into the street


def test_the_code_and_the_poster_may_be_kept(client: FlaskClient, petition: Petition) -> None:
    for name, kind in (("qr.png", "image/png"), ("poster.pdf", "application/pdf")):
        path = f"/petitions/{petition.id}/{name}"
        file = client.get(path)
        assert (file.status_code, file.mimetype) == (200, kind)
        assert file.cache_control.public
        again = client.get(path, headers={"If-None-Match": file.headers["ETag"]})
        assert again.status_code == 304


def test_the_poster_says_what_where_and_until_when(client: FlaskClient, petition: Petition) -> None:
    data = client.get(f"/petitions/{petition.id}/poster.pdf").data
    with pymupdf.open("pdf", data) as poster:
        assert len(poster) == 1
        words = " ".join(poster[0].get_text().split())
        assert len(poster[0].get_images()) == 1
    for said in (
        petition.title, petition.request, f"/petitions/{petition.id}", "2 April 2026",
        "camera at the code",
    ):  # fmt: skip
        assert said in words


@pytest.mark.parametrize(("words", "least"), [(1, 0.75), (9, 0.6)])
def test_a_poster_fills_its_sheet_and_no_other(
    client: FlaskClient, db: Session, petition: Petition, words: int, least: float
) -> None:
    petition.title, petition.request = (
        "Dream on " * words,
        "Let us sleep in peace at last. " * words,
    )
    db.add(petition)
    data = client.get(f"/petitions/{petition.id}/poster.pdf").data
    with pymupdf.open("pdf", data) as poster:
        assert len(poster) == 1
        lowest = max(block[3] for block in poster[0].get_text("blocks"))
        assert lowest > least * poster[0].rect.height


# lists


def test_the_open_ones_come_in_three_orders(
    client: FlaskClient, db: Session, guild: Guild, now: Any
) -> None:
    old = make_petition(db, guild, title="Old", opened_at=NOW - DAY * 9, closes_on=date(2026, 5, 9))
    make_petition(db, guild, title="Young", closes_on=date(2026, 6, 1))
    old.signature_count = 9
    soon = make_petition(db, guild, title="Soon", opened_at=NOW - DAY * 4)
    db.add(old)

    def order(by: str) -> list[str]:
        page = client.get(f"/petitions?order={by}").text
        return sorted(("Old", "Young", "Soon"), key=lambda title: page.index(f">{title}<"))

    assert soon.closes_on < date(2026, 5, 9)
    assert order("newest") == order("nonsense") == ["Young", "Soon", "Old"]
    assert order("ending") == ["Soon", "Old", "Young"]
    assert order("largest")[0] == "Old"


@pytest.mark.parametrize("order", Order)
def test_a_page_of_a_list_costs_one_statement_wherever_it_begins(
    client: FlaskClient,
    db: Session,
    guild: Guild,
    now: Any,
    count_queries: Counting,
    order: Order,
) -> None:
    shown, costs = [], []
    for number in range(PAGE + 4):
        petition = make_petition(db, guild, title=f"Petition {number}.")
        petition.signature_count = number // 2
        db.add(petition)
    path = f"/petitions?order={order}"
    for _ in range(2):
        client.get(path)
        with count_queries() as queries:
            page = client.get(path).text
        costs.append([query for query in queries if query.startswith("SELECT")])
        shown.append(re.findall(r"Petition (\d+)\.", page))
        further = re.search(r'href="([^"]+)" rel="next"', page)
        path = html.unescape(further[1]) if further else ""
    assert [len(page) for page in shown] == [PAGE, 4]
    assert len({*shown[0], *shown[1]}) == PAGE + 4, "each once"
    assert path == "", "the second page is the last"
    assert len(costs[0]) == len(costs[1]) == 1
    if order is Order.LARGEST:
        assert set(shown[1]) == {"0", "1", "2", "3"}


def test_what_ended_has_a_list_of_its_own(
    client: FlaskClient, db: Session, guild: Guild, now: Any
) -> None:
    for title, state in (("Said", PetitionState.ANSWERED), ("Going", PetitionState.OPEN)):
        petition = make_petition(db, guild, title=title, state=state)
        petition.closed_at = None if state == PetitionState.OPEN else NOW - DAY
        db.add(petition)
    settled = make_petition(db, guild, title="Over", state=PetitionState.SETTLED)
    settled.settlement = Settlement.PARTLY_MET
    settled.closed_at = rules.last_moment(settled.closes_on)  # the midnight after its last day
    db.add(settled)
    page = client.get("/petitions/ended").text
    assert "It was met in part." in page
    assert f"Ended on {day(settled.closes_on)}." in page
    assert ">Said<" in page
    assert "Answered" in page
    assert ">Going<" not in page
    assert jobs.fold_counts(db, NOW) == 0


def test_an_institutions_petitions_stand_together_with_what_came_of_them(
    client: FlaskClient, db: Session, guild: Guild, now: Any
) -> None:
    titles = {}
    for days, state in enumerate(PetitionState):
        opened_at = NOW - (days + 1) * DAY
        titles[state] = f"Asked in state {state}."
        make_petition(db, guild, state=state, title=titles[state], opened_at=opened_at)
    settled = make_petition(db, guild, state=PetitionState.SETTLED, opened_at=NOW - 90 * DAY)
    settled.settlement = Settlement.REFUSED
    elsewhere = make_petition(db, guild, title="Asked of others")
    elsewhere.institution_id = make_institution(db, name="Night Council").id
    db.add_all([settled, elsewhere])
    db.flush()
    here = f"/institutions/{settled.institution_id}"
    assert f'href="{here}/petitions"' in client.get(here).text
    page = client.get(f"{here}/petitions")
    assert page.headers["Cache-Control"] == "public, max-age=60"
    shown = re.findall(r"<h2><a[^>]*><bdi>(.*?)</bdi>", page.text)
    assert shown == [titles[one] for one in PetitionState if one in PUBLIC_STATES] + [settled.title]
    assert "It was refused." in page.text
    told = " ".join(re.sub(r"<[^>]+>", "", page.text).split())
    assert "By River guild. Ended on" in told
    assert client.get(f"/institutions/{uuid4()}/petitions").status_code == 404


def test_the_list_to_an_institution_goes_on_where_the_page_before_ended(
    client: FlaskClient, db: Session, guild: Guild, now: Any
) -> None:
    for number in range(PAGE + 2):
        petition = make_petition(db, guild, title=f"No. {number}", opened_at=NOW - number * HOUR)
    first = client.get(f"/institutions/{petition.institution_id}/petitions").text
    onward = html.unescape(re.search(r'href="([^"]*before=[^"]*)"', first)[1])  # type: ignore[index] # None fails the test as well
    assert f"No. {PAGE - 1}<" in first
    assert f"No. {PAGE}<" not in first
    second = client.get(onward).text
    assert re.findall(r"No\. \d+", second) == [f"No. {PAGE}", f"No. {PAGE + 1}"]
