"""Whatever a petition is called and whatever its news say: words on paper, page, mail and file."""

import json
import re
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

import petitions.views.drafting
import petitions.views.figures
import petitions.views.paper
from accounts.models import User
from core.fields import clean, clean_line
from guilds.models import Guild
from institutions.models import Institution
from petitions import counter, updates
from petitions.models import Petition, PetitionState, PetitionUpdate, Signature
from petitions.updates import News
from tests.builders import NOW, make_petition, make_signature
from tests.drafting_builders import make_suggestion

HOSTILE = Path(__file__).parents[2].parent / "shared" / "data" / "hostile"
pytestmark = pytest.mark.parametrize("database", ["sqlite"])


@pytest.fixture
def words() -> list[str]:
    """Words that could be more than words somewhere: one of nine, by turns from everywhere."""
    if not HOSTILE.exists():
        pytest.skip("no shared data beside the checkout: hostile")
    found = json.loads((HOSTILE / "naughty-strings.json").read_text())
    found += (HOSTILE / "xss-payloads.txt").read_text(errors="replace").splitlines()
    formulas = (HOSTILE / "csv-injection.txt").read_text(errors="replace").splitlines()
    chosen = sorted({clean_line(word)[:80] for word in found if re.search(r"[^\w ]", word)})[::9]
    return [word for word in (*chosen, *formulas) if word]


@pytest.fixture
def petition(db: Session, guild: Guild, now: Any) -> Petition:
    return make_petition(db, guild)


@pytest.mark.parametrize(
    ("name", "view"),
    [("poster.pdf", petitions.views.figures), ("sheet.pdf", petitions.views.paper)],
)
def test_a_poster_and_a_sheet_are_drawn_whatever_they_say(
    client: FlaskClient, db: Session, petition: Petition, words: list[str], monkeypatch: Any,
    name: str, view: Any,
) -> None:  # fmt: skip
    monkeypatch.setattr(view, "PER_SOURCE", "10000/minute")
    institution = db.get_one(Institution, petition.institution_id)
    kept = db.get_one(Petition, petition.id)
    for word in words:
        kept.title, kept.request, institution.name = word[:80], (word * 3)[:300], word[:120]
        db.add(kept)
        db.add(institution)
        answer = client.get(f"/petitions/{petition.id}/{name}")
        assert answer.status_code == 200, word
        assert len(answer.data) < 500_000, word
        with pymupdf.open("pdf", answer.data) as poster:
            assert len(poster) <= 2, word
            said = "".join(page.get_text() for page in poster)
            assert f"/petitions/{petition.id}" in said.replace("\n", ""), word
            if re.fullmatch(r"[!-~]{1,20}", word):
                assert word in said.replace("\n", "")


def test_news_stay_words_on_the_page(
    client: FlaskClient, db: Session, petition: Petition, words: list[str]
) -> None:
    update = PetitionUpdate(
        petition_id=petition.id, title="x", text="", text_html="<p>x</p>", posted_at=NOW
    )
    db.add(update)
    path = f"/petitions/{petition.id}/updates"
    usual = client.get(path).text.count("<")
    for word in words:
        update.title = word[:80]
        db.add(update)
        assert client.get(path).text.count("<") == usual, word


def test_news_stay_words_in_a_mail(
    db: Session,
    petition: Petition,
    alice: User,
    words: list[str],
    run_job: Callable[[str], int],
    deliver: Callable[[], list[EmailMessage]],
) -> None:
    signature = db.get_one(Signature, make_signature(db, petition).id)
    signature.wants_updates = True
    db.add(signature)
    for word in words:
        told = News(clean_line(word)[:80], clean(word))
        updates.post_update(db, petition, news=told, actor=alice, now=NOW)
    run_job("tell-signatories")
    mails = deliver()
    assert len(mails) == len(words)
    for mail in mails:
        assert mail["To"] == "dora@example.org"
        assert mail["Bcc"] is None
        assert mail.get_content_type() == "text/plain"
        assert "\n" not in mail["Subject"]
    assert len(db.exec(select(PetitionUpdate)).all()) == len(words)


def test_regions_stay_words_in_a_file(
    client: FlaskClient, db: Session, petition: Petition, words: list[str]
) -> None:
    for word in words:
        counter.step(db, petition.id, 5, country="", region=word[:60], at=NOW)
    counter.fold(db, petition.id, now=NOW)
    file = client.get(f"/petitions/{petition.id}/places.csv").text
    cells = [line.partition(",")[2] for line in file.split("\r\n")]
    assert [cell for cell in cells if re.match(r'"?[=+\-@]', cell)] == []
    assert client.get(f"/petitions/{petition.id}/figures.json").get_json()["places"]


def test_drafts_and_suggestions_stay_words_beside_each_other(
    client: FlaskClient,
    db: Session,
    guild: Guild,
    alice: User,
    words: list[str],
    sign_in: Callable[[FlaskClient, User], None],
    monkeypatch: Any,
    now: Any,
) -> None:
    monkeypatch.setattr(petitions.views.drafting, "PER_PERSON", "10000/minute")
    draft = make_petition(db, guild, alice, state=PetitionState.AMENDMENT, title="Zzzz")
    suggestion = make_suggestion(db, draft, after="Xxxx")
    sign_in(client, alice)
    path, edit = f"/petitions/{draft.id}/suggestions/{suggestion.id}", f"/petitions/{draft.id}/edit"
    typed = {"institution": draft.institution_id, "goal": "5", "closes_on": "2026-06-01"}
    typed |= {"kept_months": "6", "version": "0"}

    def pages(word: str) -> list[tuple[int, int]]:
        suggestion.before, suggestion.after, suggestion.reason = "Zzzz", word, word
        db.add(suggestion)
        texts = {"title": word, "request": word, "background": word, "further": word}
        answers = [client.get(path), client.post(edit, data={**typed, **texts})]
        return [(answer.status_code, answer.text.count("<")) for answer in answers]

    usual = pages("Xxxx")
    assert [status for status, _ in usual] == [200, 409]
    for word in words:
        assert pages(word) == usual, word
