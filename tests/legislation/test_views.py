from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from accounts.models import User
from guilds.models import Guild
from legislation import queries, services
from legislation.models import Bill, BillChange, Watch
from legislation.stages import BillState
from tests.builders import NOW, make_bill, make_guild, make_user

OURS = Path(__file__).parent / "data"
PASSED_HOUSE = (OURS / "hr77-passed-house.xml").read_bytes()
PRESENTED = (OURS / "hr77-presented.xml").read_bytes()
HOSTILE = Path(__file__).parents[2].parent / "shared" / "data" / "hostile" / "xml"

SignIn = Callable[[FlaskClient, User], None]
CountQueries = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture
def alice(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    return make_guild(db, organisers=[alice], members=[bob])


def give(client: FlaskClient, data: bytes, *, watched: bool = True) -> TestResponse:
    fields: dict[str, object] = {"file": (BytesIO(data), "bill.xml")}
    if watched:
        fields["is_watched"] = "y"
    return client.post("/guilds/river-guild/bills", data=fields, content_type="multipart/form-data")


# Reading


def test_a_stranger_reads_all_bills_without_a_cookie(client: FlaskClient, db: Session) -> None:
    bill = make_bill(db)
    for path in ("/legislation", f"/legislation/{bill.id}"):
        page = client.get(path)
        assert page.status_code == 200
        assert "Dream Sovereignty Act" in page.text
        assert "Set-Cookie" not in page.headers
        assert "noindex" not in page.text


def test_the_list_is_filtered_by_links(client: FlaskClient, db: Session) -> None:
    make_bill(db, "HR 1", title="Lantern Act", state=BillState.ENACTED)
    make_bill(db, "HR 2", title="Somnic Fees Act")
    page = client.get("/legislation?state=enacted").text
    assert "Lantern Act" in page
    assert "Somnic Fees Act" not in page
    assert "No bill stands here" in client.get("/legislation?state=vetoed").text
    for junk in ("state=nowhere", "before=junk", "before=99991231T000000000000.zz"):
        assert "Somnic Fees Act" in client.get(f"/legislation?{junk}").text


def test_an_empty_list_says_what_would_be_here(client: FlaskClient) -> None:
    assert "No bills yet" in client.get("/legislation").text


def test_the_list_goes_on(
    client: FlaskClient, db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    for number in range(3):
        make_bill(db, f"HR {number}")
    shown, following = queries.bills(db)[:2], queries.bills(db)[2]
    first = client.get("/legislation").text
    assert all(f"/legislation/{bill.id}" in first for bill in shown)
    assert f"/legislation/{following.id}" not in first
    path = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    assert f"/legislation/{following.id}" in client.get(path).text


def test_a_bill_shows_its_course_and_record(
    client: FlaskClient, db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "ACTIONS_PAGE", 2)
    bill = make_bill(db, action_count=3)
    db.add(BillChange(bill_id=bill.id, found_at=NOW, changes=["Passed the House of Lanterns"]))
    page = client.get(f"/legislation/{bill.id}").text
    for words in (
        "130th Congress",
        "On 20 February 2026: Step 3 of HR 77.",
        "In committee",
        'aria-current="step"',
        "Rep. Okafor, Mara (L, M9-4)",
        "Passed the House of Lanterns",
        "3 entries",
    ):
        assert words in page
    assert page.index("Step 3 of HR 77.", page.index("The record")) < page.index("Step 2 of HR 77.")
    assert "Step 1 of HR 77." not in page
    older = client.get(f"/legislation/{bill.id}?before=1").text
    assert "Step 1 of HR 77." in older
    assert "Back to the start" in older


def test_what_a_file_says_is_escaped(client: FlaskClient, db: Session) -> None:
    bill = make_bill(db, title="<script>alert(1)</script>")
    for path in ("/legislation", f"/legislation/{bill.id}"):
        assert "<script>alert" not in client.get(path).text


@pytest.mark.parametrize("before", ["-1", "99999999999999999999", "x", ""])
def test_a_place_in_the_record_that_we_did_not_write_is_no_fault_of_ours(
    client: FlaskClient, db: Session, before: str
) -> None:
    bill = make_bill(db)
    assert client.get(f"/legislation/{bill.id}?before={before}").status_code in (200, 400)


def test_an_unknown_bill_is_not_found(client: FlaskClient) -> None:
    assert client.get(f"/legislation/{uuid4()}").status_code == 404
    assert client.get("/legislation/77").status_code == 404


def test_a_stranger_is_asked_to_sign_in_to_watch(client: FlaskClient, db: Session) -> None:
    bill = make_bill(db)
    page = client.get(f"/legislation/{bill.id}").text
    assert f"/sign-in?next=/legislation/{bill.id}" in page
    assert client.post(f"/legislation/{bill.id}/watch").status_code == 403


# Watching


def test_a_person_watches_and_stops(
    client: FlaskClient, db: Session, bob: User, sign_in: SignIn
) -> None:
    bill = make_bill(db)
    sign_in(client, bob)
    assert 'Watch<span class="visually-hidden"> HR 77' in client.get(f"/legislation/{bill.id}").text
    answer = client.post(f"/legislation/{bill.id}/watch", follow_redirects=True)
    assert "You watch HR 77 now" in answer.text
    assert "Stop watching" in answer.text
    assert db.exec(select(Watch.user_id)).one() == bob.id
    answer = client.post(f"/legislation/{bill.id}/unwatch", follow_redirects=True)
    assert "You no longer watch HR 77" in answer.text
    assert db.exec(select(Watch)).first() is None
    assert client.post(f"/legislation/{uuid4()}/watch").status_code == 404


def test_an_organiser_lets_the_guild_watch(
    client: FlaskClient, db: Session, alice: User, guild: Guild, sign_in: SignIn
) -> None:
    bill = make_bill(db)
    sign_in(client, alice)
    assert "Does not watch" in client.get(f"/legislation/{bill.id}").text
    path = f"/guilds/{guild.slug}/bills/{bill.id}"
    answer = client.post(f"{path}/watch", follow_redirects=True)
    assert "River guild watches HR 77 now" in answer.text
    assert db.exec(select(Watch.guild_id)).one() == guild.id
    answer = client.post(f"{path}/unwatch", follow_redirects=True)
    assert "River guild no longer watches HR 77" in answer.text


def test_a_member_sees_that_the_guild_watches_and_cannot_change_it(
    client: FlaskClient, db: Session, bob: User, guild: Guild, sign_in: SignIn
) -> None:
    bill = make_bill(db, watched_by=[guild])
    sign_in(client, bob)
    page = client.get(f"/legislation/{bill.id}").text
    assert "River guild" in page
    assert "unwatch" not in page
    path = f"/guilds/{guild.slug}/bills/{bill.id}/unwatch"
    assert client.post(path).status_code == 403
    assert db.exec(select(Watch)).first() is not None


def test_who_watches_is_nobody_elses_business(
    client: FlaskClient, db: Session, bob: User, guild: Guild, sign_in: SignIn
) -> None:
    bill = make_bill(db, watched_by=[guild, bob])
    as_stranger = client.get(f"/legislation/{bill.id}").text
    sign_in(client, make_user(db, "charlie"))
    for page in (as_stranger, client.get(f"/legislation/{bill.id}").text):
        assert "River guild" not in page
        assert "Bob" not in page


# A guild's bills


def test_members_see_what_the_guild_watches_and_others_find_nothing(
    client: FlaskClient, db: Session, bob: User, guild: Guild, sign_in: SignIn
) -> None:
    make_bill(db, watched_by=[guild])
    make_bill(db, "HR 78", title="Somnic Fees Act")
    path = f"/guilds/{guild.slug}/bills"
    assert client.get(path).status_code == 302
    sign_in(client, make_user(db, "charlie"))
    assert client.get(path).status_code == 404
    assert give(client, PRESENTED).status_code == 404
    sign_in(client, bob)
    page = client.get(path).text
    assert "Dream Sovereignty Act" in page
    assert "Somnic Fees Act" not in page
    assert "Bring in a bill" not in page
    assert give(client, PRESENTED).status_code == 403


@pytest.fixture
def organiser(client: FlaskClient, alice: User, guild: Guild, sign_in: SignIn) -> FlaskClient:
    """Alice, organiser of River guild."""
    assert guild.slug == "river-guild"
    sign_in(client, alice)
    return client


def test_an_organiser_brings_in_a_bill_and_then_its_newer_file(
    organiser: FlaskClient, db: Session, guild: Guild
) -> None:
    assert "Bring in a bill" in organiser.get("/guilds/river-guild/bills").text
    answer = give(organiser, PASSED_HOUSE)
    assert answer.status_code == 303
    assert "HR 77 is here now." in organiser.get(answer.location).text
    answer = give(organiser, PRESENTED)
    page = organiser.get(answer.location).text
    assert "HR 77: Presented to the President on 25 June 2047." in page
    assert "Waiting for the President" in page
    assert "What changed lately" in page
    answer = give(organiser, PRESENTED)
    assert "just as in this file" in organiser.get(answer.location).text
    assert db.exec(select(Watch.guild_id)).one() == guild.id


def test_a_bill_may_be_brought_in_without_watching(organiser: FlaskClient, db: Session) -> None:
    assert give(organiser, PRESENTED, watched=False).status_code == 303
    assert db.exec(select(Watch)).first() is None


def test_an_older_file_is_refused_beside_the_field(organiser: FlaskClient, db: Session) -> None:
    give(organiser, PRESENTED)
    answer = give(organiser, PASSED_HOUSE)
    assert answer.status_code == 422
    assert "the one we have is newer, of 26 June 2047, 05:10 UTC." in answer.text
    assert db.exec(select(Bill.state)).one() == BillState.PRESENTED


def test_a_broken_file_is_refused_with_its_line(organiser: FlaskClient, db: Session) -> None:
    answer = give(organiser, PRESENTED[:3000])
    assert answer.status_code == 422
    line = PRESENTED[:3000].count(b"\n") + 1
    assert f"This file can&#39;t be taken: line {line}: the XML is broken" in answer.text
    assert db.exec(select(Bill)).first() is None


def test_a_missing_file_is_asked_for(organiser: FlaskClient) -> None:
    for data in ({}, {"file": (BytesIO(b""), "")}, {"file": "words"}):
        answer = organiser.post(
            "/guilds/river-guild/bills", data=data, content_type="multipart/form-data"
        )
        assert answer.status_code == 422
        assert "Choose the file of a bill." in answer.text


def test_a_file_above_4_mb_is_too_large(organiser: FlaskClient) -> None:
    answer = organiser.post(
        "/guilds/river-guild/bills",
        data=b" " * (4 * 1024 * 1024 + 1),
        content_type="multipart/form-data; boundary=x",
    )
    assert answer.status_code == 413


def hostile_files() -> list[object]:
    found = sorted(HOSTILE.glob("*"))
    if not found:
        no_data = pytest.mark.skip("no shared data beside the checkout: hostile/xml")
        return [pytest.param(None, marks=no_data)]
    return [pytest.param(path, id=path.name) for path in found if path.is_file()]


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.parametrize("path", hostile_files())
def test_a_hostile_file_is_refused(organiser: FlaskClient, db: Session, path: Path) -> None:
    answer = give(organiser, path.read_bytes())
    assert answer.status_code in (413, 422)
    assert "root:" not in answer.text
    assert db.exec(select(Bill)).first() is None


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<billStatus/>",
        b"\x1f\x8bnot gzip",
        b'<!DOCTYPE a [<!ENTITY b "c">]><billStatus><bill>&b;</bill></billStatus>',
        b"<html><body>No such file</body></html>",
    ],
)
def test_what_is_no_bill_is_refused(organiser: FlaskClient, data: bytes) -> None:
    answer = give(organiser, data)
    assert answer.status_code == 422
    assert "This file can&#39;t be taken" in answer.text


def test_a_form_without_its_token_is_refused(
    strict_app: Flask, db: Session, alice: User, guild: Guild, sign_in: SignIn
) -> None:
    bill = make_bill(db)
    client = strict_app.test_client()
    sign_in(client, alice)
    for path in (
        f"/guilds/{guild.slug}/bills",
        f"/guilds/{guild.slug}/bills/{bill.id}/watch",
        f"/legislation/{bill.id}/watch",
    ):
        assert client.post(path).status_code == 400


# Cost


def test_pages_ask_as_much_of_the_database_whatever_it_holds(
    client: FlaskClient,
    db: Session,
    bob: User,
    guild: Guild,
    sign_in: SignIn,
    count_queries: CountQueries,
) -> None:
    bill = make_bill(db, watched_by=[bob, guild])
    sign_in(client, bob)
    paths = ("/legislation", f"/legislation/{bill.id}", f"/guilds/{guild.slug}/bills")

    def cost() -> list[int]:
        numbers = []
        for path in paths:
            with count_queries() as sent:
                assert client.get(path).status_code == 200
            numbers.append(len([each for each in sent if each.lstrip().startswith("SELECT")]))
        return numbers

    before = cost()
    for number in range(40):
        make_bill(db, f"S {number}", watched_by=[guild])
        db.add(BillChange(bill_id=bill.id, found_at=NOW, changes=[f"Step {number}"]))
        other = make_guild(db, members=[bob], slug=f"guild-{number}")
        services.watch_bill(db, bill, actor=None, guild=other, now=NOW)
    assert cost() == before
    assert max(before) <= 9
