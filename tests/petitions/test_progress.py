"""How far a petition has come: places, hours, checks and names on its page and in its files."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import expect
from sqlmodel import Session

from accounts.models import User
from core.database import EXTENSION, open_session
from guilds.models import Guild
from petitions import counter, paper, progress
from petitions.models import (
    Hold,
    Petition,
    PetitionState,
    Signature,
    Sweep,
    SweepDeed,
)
from tests.builders import NOW, make_guild, make_petition, make_signature, make_user
from tests.conftest import Clock
from tests.petitions.counted import signed
from tests.visiting import Visits

HOUR = timedelta(hours=1)


@pytest.fixture
def petition(db: Session, guild: Guild, now: Any) -> Petition:
    return make_petition(db, guild)


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


@pytest.mark.browser
@pytest.mark.parametrize("database", ["sqlite"])
def test_places_have_their_bars_on_a_phone_too(
    strict_app: Flask, visit: Visits, clock_at: Clock
) -> None:
    with open_session(strict_app.extensions[EXTENSION]) as db:
        petition = make_petition(db, make_guild(db, admins=[make_user(db)]))
        signed(db, petition, 60, "FR")
        path = f"/petitions/{petition.id}"
        db.commit()
    page = visit(viewport={"width": 390, "height": 900})
    page.goto(path)
    expect(page.locator(".places meter").first).to_be_visible()


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
        {"hour": NOW.isoformat(), "change": 5, "total": 5, "on_paper": 0},
        {"hour": (NOW + HOUR).isoformat(), "change": -2, "total": 3, "on_paper": 0},
    ]
    assert told["total"] == 3
    answer = client.get(f"/petitions/{petition.id}/figures.csv")
    assert answer.mimetype == "text/csv"
    assert answer.text.splitlines() == [
        "hour,change,total,on_paper",
        f"{NOW.isoformat()},5,5,0",
        f"{(NOW + HOUR).isoformat()},-2,3,0",
    ]


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
    hours = [(one["change"], one["total"], one["on_paper"]) for one in told["hours"]]
    assert hours == [(35, 35, 30), (4, 39, 34), (-4, 35, 30)]
    assert told["total"] == 35
    assert told["counted_at"] == (NOW + 2 * HOUR).isoformat(), "paper moves the count as well"
    lines = client.get(f"/petitions/{petition.id}/figures.csv").text.splitlines()
    assert lines[-1] == f"{(NOW + 2 * HOUR).isoformat()},-4,35,30"
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
