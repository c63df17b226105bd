"""Lists of petitions: their orders, pages and statements."""

import html
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from core.templating import day
from guilds.models import Guild
from petitions import jobs, rules
from petitions.lists import PAGE, Order
from petitions.models import (
    PUBLIC_STATES,
    PetitionState,
    Settlement,
)
from tests.builders import NOW, make_institution, make_petition

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Counting = Callable[[], AbstractContextManager[list[str]]]


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
