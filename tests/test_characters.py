"""Characters that are left while one types, and characters that the server takes: the same."""

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlmodel import Session

from core.fields import clean, clean_line
from petitions.models import REQUEST_LENGTH, TITLE_LENGTH
from tests.builders import make_guild, make_institution, make_sign_in, make_user
from tests.conftest import Clock
from tests.test_accessibility import sign_in
from tests.visiting import Visits

pytestmark = pytest.mark.browser

#: an accent set on its letter, a face of one character, a family of five joined ones
TEXTS = ("  Sleep  is ours ", "e\N{COMBINING ACUTE ACCENT}tat", "\U0001f634" * 3, "👩‍👩‍👧")
FACE = "\U0001f634"


@pytest.fixture
def page(db: Session, clock_at: Clock, strict_app: Flask, visit: Visits) -> Page:
    """Alice at a new petition."""
    alice = make_user(db)
    make_guild(db, admins=[alice])
    make_institution(db)
    token = make_sign_in(db, alice)
    db.commit()
    page = visit()
    sign_in(strict_app, page, token)
    page.goto("/guilds/river-guild/petitions/new")
    return page


def test_what_is_left_is_what_the_server_would_still_take(page: Page) -> None:
    title = page.get_by_label("Title")
    request = page.get_by_label("What you ask them to do")
    for text in TEXTS:
        title.fill(text)
        left = TITLE_LENGTH - len(clean_line(text))
        expect(page.locator("#title ~ .counter")).to_have_text(f"{left} characters left")
        request.fill(f"{text}\n{text}")
        left = REQUEST_LENGTH - len(clean(f"{text}\n{text}"))
        expect(page.locator("#request ~ .counter")).to_have_text(f"{left} characters left")


def test_as_many_faces_fit_as_letters_and_nothing_typed_is_cut_off(page: Page) -> None:
    title = page.get_by_label("Title")
    title.focus()
    page.keyboard.insert_text(FACE * (TITLE_LENGTH + 1))
    expect(title).to_have_value(FACE * (TITLE_LENGTH + 1))
    expect(page.locator("#title ~ .counter")).to_have_text("1 character too many")
    page.get_by_role("button", name="Keep the draft").click()
    error = page.locator("#title-error")
    expect(error).to_contain_text("longer than 80 characters")
    expect(title).to_have_value(FACE * (TITLE_LENGTH + 1))
    title.fill(FACE * TITLE_LENGTH)
    page.get_by_role("button", name="Keep the draft").click()
    expect(page.locator(".error-summary")).to_be_visible()
    expect(error).to_have_count(0)
