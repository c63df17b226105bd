"""The count of a page that stays open moves by itself."""

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlmodel import Session

from core.database import EXTENSION, open_session
from petitions import counter
from petitions.models import Petition
from tests.builders import make_guild, make_petition
from tests.conftest import Clock
from tests.visiting import Visits

pytestmark = pytest.mark.browser


@pytest.fixture
def petition(db: Session, clock_at: Clock) -> Petition:
    petition = make_petition(db, make_guild(db))
    petition.counted_at = clock_at.at
    db.add(petition)
    db.commit()
    return petition


def test_an_open_page_learns_of_new_signatures(
    strict_app: Flask, visit: Visits, petition: Petition, clock_at: Clock
) -> None:
    page = visit()
    page.clock.install()
    page.goto(f"/petitions/{petition.id}")
    said = page.locator(".meter-sentence")
    expect(said).to_have_text("0 signatures of the 500 we aim for")
    with open_session(strict_app.extensions[EXTENSION]) as db:
        counter.step(db, petition.id, 7, country="", region="", at=clock_at.at)
        counter.fold(db, petition.id, now=clock_at.at)
        db.commit()
    page.clock.fast_forward(15_000)
    expect(said).to_have_text("7 signatures of the 500 we aim for")
    assert page.locator("meter").first.get_attribute("value") == "7"


def test_a_page_that_nothing_happens_to_asks_ever_less(visit: Visits, petition: Petition) -> None:
    page = visit()
    page.clock.install()
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if "/count" in sent.url else None)
    page.goto(f"/petitions/{petition.id}")
    for _ in range(20):
        page.clock.fast_forward(60_000)
        page.wait_for_timeout(30)
    assert 2 <= len(asked) <= 12
