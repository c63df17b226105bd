"""Signatures on paper: entered with what proves them, counted apart and in the sum."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pymupdf
import pytest
from sqlmodel import Session, select

from accounts.models import User
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from guilds.models import Guild
from petitions import paper, rules
from petitions.models import Petition, PetitionState
from petitions.paper import Batch, enter_batch, strike_batch
from petitions.paper_models import PaperBatch
from tests.builders import NOW, make_guild, make_petition, make_user
from tests.conftest import Client, Clock

SIGN_IN = Callable[[Client, User], None]
HASH = "ab" * 32
SHEETS = Batch(40, "Market square", date(2026, 3, 2), "Wim Witness", HASH)
TYPED = {
    "signature_count": "40",
    "place": "Market square",
    "collected_on": "2026-03-02",
    "witness": "Wim Witness",
    "sheet_hash": f"{HASH.upper()}  sheets.pdf",
}


@pytest.fixture
def bob(db: Session) -> User:
    return make_user(db, "bob")


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    return make_guild(db, admins=[alice], members=[bob])


@pytest.fixture
def petition(db: Session, guild: Guild, clock_at: Clock) -> Petition:
    return make_petition(db, guild)


def paper_count(db: Session, petition: Petition) -> int:
    db.expire_all()
    return db.get_one(Petition, petition.id).paper_count


def test_a_batch_counts_until_it_is_struck_and_stays_readable(
    db: Session, petition: Petition, alice: User
) -> None:
    batch = enter_batch(db, petition, actor=alice, batch=SHEETS, now=NOW)
    other = replace(SHEETS, sheet_hash="cd" * 32, signature_count=2)
    enter_batch(db, petition, actor=alice, batch=other, now=NOW)
    assert paper_count(db, petition) == 42
    strike_batch(db, batch, actor=alice, reason="Copied names.", now=NOW)
    assert paper_count(db, petition) == 2
    with pytest.raises(RuleBroken, match="already"):
        strike_batch(db, batch, actor=alice, reason="Again.", now=NOW)
    assert paper_count(db, petition) == 2
    assert len(paper.batches(db, petition.id)) == 2
    db.commit()
    actions = set(db.exec(select(AuditEntry.action)))
    assert {"petitions.paper_entered", "petitions.paper_struck"} <= actions


def test_every_batch_is_reached_and_struck_however_many_there_are(
    client: Client, db: Session, petition: Petition, alice: User, sign_in: SIGN_IN
) -> None:
    number = 2 * paper.PAGE + 3
    for n in range(number):  # several are entered in one instant
        batch = replace(SHEETS, place=f"Street {n:03}", sheet_hash=f"{n:064x}")
        enter_batch(db, petition, actor=alice, batch=batch, now=NOW + timedelta(minutes=n // 4))
    sign_in(client, alice)
    path: str | None = f"/petitions/{petition.id}/paper"
    seen: list[str] = []
    pages = 0
    while path:
        page = client.get(path).text
        pages += 1
        seen += re.findall(r"<bdi>Street (\d{3})</bdi>", page)
        assert page.count("/strike") == len(seen) - (pages - 1) * paper.PAGE
        more = re.search(r'href="([^"]*\?before=[^"]*)"', page)
        path = more[1] if more else None
    assert pages == 3
    assert sorted(seen) == [f"{n:03}" for n in range(number)]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"collected_on": NOW.date() + timedelta(days=1)}, "to come"),
        ({"collected_on": date(2026, 2, 1)}, "not open yet"),
        ({}, "already"),
    ],
)
def test_a_batch_is_of_days_that_were_and_is_entered_once(
    db: Session, petition: Petition, alice: User, wrong: dict[str, date], said: str
) -> None:
    enter_batch(db, petition, actor=alice, batch=SHEETS, now=NOW)
    with pytest.raises(RuleBroken, match=said):
        enter_batch(db, petition, actor=alice, batch=replace(SHEETS, **wrong), now=NOW)  # type: ignore[arg-type] # fields of the case


def test_the_day_is_that_of_who_enters_it(db: Session, petition: Petition, alice: User) -> None:
    """In Auckland the day begins half a day before it does in UTC, in Honolulu half a day after."""
    alice.time_zone = "Pacific/Auckland"
    tomorrow = NOW.date() + timedelta(days=1)
    enter_batch(db, petition, actor=alice, batch=replace(SHEETS, collected_on=tomorrow), now=NOW)
    alice.time_zone = "UTC"
    with pytest.raises(RuleBroken, match="still to come"):
        enter_batch(
            db, petition, actor=alice, now=NOW,
            batch=replace(SHEETS, collected_on=tomorrow, sheet_hash="cd" * 32),
        )  # fmt: skip
    alice.time_zone = "Pacific/Honolulu"
    petition.opened_at = NOW.replace(hour=2)
    day_before = NOW.date() - timedelta(days=1)
    early = replace(SHEETS, collected_on=day_before, sheet_hash="ef" * 32)
    enter_batch(db, petition, actor=alice, batch=early, now=NOW)


def test_what_was_struck_out_for_a_wrong_number_is_entered_anew(
    db: Session, petition: Petition, alice: User
) -> None:
    wrong = enter_batch(db, petition, actor=alice, batch=SHEETS, now=NOW)
    for number in (41, 42):
        strike_batch(db, wrong, actor=alice, reason="Miscounted.", now=NOW)
        right = replace(SHEETS, signature_count=number)
        wrong = enter_batch(db, petition, actor=alice, batch=right, now=NOW)
    assert paper_count(db, petition) == 42
    with pytest.raises(RuleBroken, match="already"):
        enter_batch(db, petition, actor=alice, batch=SHEETS, now=NOW)
    assert len(paper.batches(db, petition.id)) == 3


def test_the_same_sheets_may_stand_under_another_petition(
    db: Session, guild: Guild, petition: Petition, alice: User
) -> None:
    both = (petition, make_petition(db, guild, title="Another"))
    for one in both:
        enter_batch(db, one, actor=alice, batch=SHEETS, now=NOW)
    hashes = [[batch.sheet_hash for batch in paper.batches(db, one.id)] for one in both]
    assert hashes == [[SHEETS.sheet_hash]] * 2


def test_only_organisers_enter_and_only_until_signing_has_ended(
    db: Session, petition: Petition, alice: User, bob: User
) -> None:
    with pytest.raises(NotAllowed):
        enter_batch(db, petition, actor=bob, batch=SHEETS, now=NOW)
    batch = enter_batch(db, petition, actor=alice, batch=SHEETS, now=NOW)
    late = rules.last_moment(petition.closes_on) + rules.CONFIRM_GRACE
    with pytest.raises(NotAllowed):
        strike_batch(db, batch, actor=alice, reason="Late.", now=late)
    with pytest.raises(NotAllowed):
        strike_batch(db, batch, actor=bob, reason="No.", now=NOW)


# --- pages ---


def test_organisers_enter_and_strike_and_everyone_sees_numbers_and_places(
    client: Client, db: Session, petition: Petition, alice: User, sign_in: SIGN_IN, app: object
) -> None:
    path = f"/petitions/{petition.id}/paper"
    sign_in(client, alice)
    empty = client.get(path).text
    assert "sha256sum" in empty
    assert "None so far." in empty
    assert "0 signatures" not in empty
    assert client.post(path, data=TYPED).status_code == 303
    again = client.post(path, data=TYPED)
    assert again.status_code == 422
    assert "entered already" in again.text
    page = client.get(path).text
    assert "Wim Witness" in page
    client.post("/sign-out")
    page = client.get(path).text
    assert "40 signatures" in page
    assert "Market square" in page
    assert "Wim" not in page
    assert HASH not in page
    assert "<form" not in page.partition("<main")[2].partition("</main>")[0]
    sign_in(client, alice)
    batch = db.exec(select(PaperBatch)).one()
    strike = f"{path}/{batch.id}/strike"
    assert client.get(strike).status_code == 200
    assert client.post(strike, data={"reason": ""}).status_code == 422
    assert client.post(strike, data={"reason": "=cmd|'/C calc'!A0"}).status_code == 303
    assert client.post(strike, data={"reason": "Twice."}).status_code == 409
    assert "<s>40 signatures</s>" in client.get(path).text
    assert "Enter signatures on paper" in client.get(f"/petitions/{petition.id}").text
    assert paper_count(db, petition) == 0
    petition.state, petition.closed_at = PetitionState.DELIVERED, NOW - timedelta(days=9)
    db.add(petition)
    db.commit()
    page = client.get(path).text
    assert "Enter a batch" not in page
    assert HASH in page, "whoever doubts a batch later is shown that the scan is the same"


@pytest.mark.parametrize(
    "wrong",
    [
        {"signature_count": "0"},
        {"signature_count": "50001"},
        {"signature_count": "9" * 5000},
        {"signature_count": "many"},
        {"place": " "},
        {"place": "p" * 121},
        {"witness": "\0"},
        {"collected_on": "0001-01-01"},
        {"collected_on": "2026-02-30"},
        {"collected_on": "9999-12-31"},
        {"sheet_hash": "ab"},
        {"sheet_hash": "zz" * 32},
        {"sheet_hash": "a" * 70_000},
    ],
)
def test_what_cannot_be_is_shown_again_with_the_rest_kept(
    client: Client,
    db: Session,
    petition: Petition,
    alice: User,
    sign_in: SIGN_IN,
    wrong: dict[str, str],
) -> None:
    sign_in(client, alice)
    page = client.post(f"/petitions/{petition.id}/paper", data=TYPED | wrong)
    assert page.status_code == 422
    kept = "witness" if "place" in wrong else "place"
    assert f'value="{TYPED[kept]}"' in page.text
    assert paper_count(db, petition) == 0


def test_members_and_strangers_enter_nothing(
    client: Client, db: Session, guild: Guild, petition: Petition, bob: User, sign_in: SIGN_IN
) -> None:
    path = f"/petitions/{petition.id}/paper"
    assert client.post(path, data=TYPED).status_code == 403
    sign_in(client, bob)
    assert client.post(path, data=TYPED).status_code == 403
    draft = make_petition(db, guild, state=PetitionState.DRAFT)
    assert client.get(f"/petitions/{draft.id}/paper").status_code == 404


@pytest.mark.parametrize(
    "word",
    ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "=cmd|'/C calc'!A0",
     "\u202eevil", "{{7*7}}", "'; DROP TABLE petition; --", "Z\u0351" * 30],
)  # fmt: skip
def test_hostile_words_stay_words(
    client: Client, db: Session, petition: Petition, alice: User, sign_in: SIGN_IN, word: str
) -> None:
    path = f"/petitions/{petition.id}/paper"
    sign_in(client, alice)
    usual = []
    for number, typed in enumerate(("Square", "Street", word)):
        words = {"place": typed, "witness": typed, "sheet_hash": f"{number}" * 64}
        assert client.post(path, data=TYPED | words).status_code == 303
        batch = db.exec(select(PaperBatch).where(PaperBatch.struck_at == None)).one()  # noqa: E711 - SQL
        struck = client.post(f"{path}/{batch.id}/strike", data={"reason": typed})
        assert struck.status_code == 303
        client.get(path)  # says that it is done, once
        usual.append(client.get(path).text.count("<"))
        db.expire_all()
    assert usual[2] - usual[1] == usual[1] - usual[0]


# --- a sheet to have signed ---


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.parametrize("words", [1, 9])
def test_a_sheet_holds_what_is_asked_and_lines_to_sign_on_one_page(
    client: Client, db: Session, petition: Petition, alice: User, sign_in: SIGN_IN, words: int
) -> None:
    petition.title, petition.request = (
        ("Sleep on " * words)[:80],
        ("Let us sleep. " * 22 * words)[:300],
    )
    db.add(petition)
    db.commit()
    here = f"/petitions/{petition.id}"
    assert "sheet.pdf" not in client.get(here).text, "sheets are collected by the guild"
    answer = client.get(f"{here}/sheet.pdf")
    assert (answer.mimetype, answer.cache_control.public) == ("application/pdf", True)
    with pymupdf.open("pdf", answer.data) as sheet:
        assert len(sheet) == 1
        said = " ".join(sheet[0].get_text().split())
        lines = {round(drawn["rect"].y0) for drawn in sheet[0].get_drawings()}
    for part in (petition.title.strip(), "River guild by 2 April 2026", "Signature"):
        assert part in said
    assert here in said.replace(" ", ""), "the address may go on in the next line"
    assert len(lines) >= 10
    sign_in(client, alice)
    for path in (here, f"{here}/paper"):
        assert f'href="{here}/sheet.pdf"' in client.get(path).text


@pytest.mark.parametrize("database", ["sqlite"])
def test_nobody_prints_sheets_of_what_takes_no_signatures(
    client: Client, db: Session, petition: Petition, guild: Guild
) -> None:
    closed = make_petition(db, guild, state=PetitionState.CLOSED)
    draft = make_petition(db, guild, state=PetitionState.DRAFT)
    for one, status in ((closed, 409), (draft, 404)):
        assert client.get(f"/petitions/{one.id}/sheet.pdf").status_code == status
