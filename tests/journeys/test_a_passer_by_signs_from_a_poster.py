"""A signer's way in the browser: a poster, the form, a mail by SMTP, its code, and back out."""

import re
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import urlsplit

import pymupdf
import pytest
from flask import Flask

from core.database import EXTENSION, open_session
from petitions.models import Petition
from tests.builders import make_guild, make_petition, make_sign_in, make_user
from tests.conftest import Clock
from tests.journeys.people import Mailroom, Person
from tests.test_accessibility import objections, sign_in
from tests.visiting import Visits

pytestmark = [
    pytest.mark.browser,
    # what a browser runs and where rows lie do not meet: each way once
    pytest.mark.parametrize(
        ("database", "javascript"),
        [("sqlite", True), ("postgresql", False)],
        ids=["sqlite-js", "postgresql-no-js"],
    ),
    pytest.mark.timeout(300),
]


@pytest.fixture
def organiser(strict_app: Flask, clock_at: Clock) -> tuple[str, str]:
    """What signs Alice in, and the path of her guild's open petition."""
    with open_session(strict_app.extensions[EXTENSION]) as db:
        alice = make_user(db, "alice")
        petition: Petition = make_petition(db, make_guild(db, admins=[alice]), alice)
        petition.regions = ["Old town", "Harbour"]
        db.add(petition)
        token = make_sign_in(db, alice)
        db.commit()
        return token, f"/petitions/{petition.id}"


def test_dora_signs_shows_her_first_name_and_withdraws(
    visit: Visits,
    smtp: object,
    deliver: Callable[[], list[EmailMessage]],
    run_job: Callable[[str], int],
    strict_app: Flask,
    clock_at: Clock,
    organiser: tuple[str, str],
    javascript: bool,
) -> None:
    token, path = organiser
    mailroom = Mailroom(deliver)
    dora = Person("Dora", visit(javascript=javascript), mailroom)
    dora.go(link_on_the_poster(strict_app, path))
    dora.press("Sign")
    fill_in(dora, javascript=javascript)
    type_the_code(dora, javascript=javascript)
    run_job("fold-counts")
    dora.go(path)
    dora.sees("1 signature of the 500 we aim for")
    dora.sees("Among the latest: Dora.")
    dora.does_not_see("Dreamer")

    alice = Person("Alice", visit(javascript=javascript), mailroom)
    sign_in(strict_app, alice.page, token)
    clock_at.move(timedelta(minutes=1))
    look_at_the_desk(alice, path, javascript=javascript)

    withdraw_by_the_mail(dora)
    run_job("fold-counts")
    dora.go(path)
    dora.sees("0 signatures of the 500 we aim for")
    dora.does_not_see("Dora")


def link_on_the_poster(app: Flask, path: str) -> str:
    """What stands below the QR code, as somebody types it who has no camera."""
    pdf = app.test_client().get(f"{path}/poster.pdf").data
    words = pymupdf.open("pdf", pdf)[0].get_text()
    found = re.search(r"https?://\S+?/petitions/[0-9a-f-]{36}", words.replace("\n", ""))
    assert found, words
    return urlsplit(found.group()).path


def is_accessible(person: Person, javascript: bool) -> None:
    """As axe says, which is a script itself."""
    if javascript:
        assert objections(person.page, person.page.url) == []


def fill_in(dora: Person, *, javascript: bool) -> None:
    is_accessible(dora, javascript)
    send(dora)
    dora.sees("Say who signs.")
    dora.fill(name="Dora Dreamer", address="dora@movement")
    send(dora)
    dora.sees("not an e-mail address")
    dora.fill(address=dora.address, country="PT", region="Harbour")
    dora.choose("Show my first name among the latest signatures")
    send(dora)
    dora.sees("Check your mail")
    is_accessible(dora, javascript)


def send(dora: Person) -> None:
    """Press the form's button: among what is wrong a link may speak of signing too."""
    dora.page.get_by_role("main").get_by_role("button", name="Sign", exact=True).click()


def type_the_code(dora: Person, *, javascript: bool) -> None:
    check_page = dora.page.url
    body = dora.mails()[-1].get_content()
    found = re.search(r"the code ([0-9A-Z]{3}-[0-9A-Z]{3})", body)
    assert found, body
    dora.fill(address=dora.address, code="222-222")
    dora.press("Confirm my signature")
    dora.sees("do not go together")
    dora.press("have it sent again")
    dora.fill(address=dora.address)
    dora.press("Send it again")
    dora.sees("on the way once more")
    assert dora.mails()[-1].get_content() == body
    assert len(dora.mails()) == 2
    assert dora.page.url == check_page
    dora.fill(address=dora.address, code=found[1].lower())
    dora.press("Confirm my signature")
    dora.sees("Your signature is confirmed")
    is_accessible(dora, javascript)


def look_at_the_desk(alice: Person, path: str, *, javascript: bool) -> None:
    alice.go(path)
    alice.press("Desk against false signatures")
    alice.sees("In a day: 1 signature, 1 of them confirmed")
    alice.does_not_see("Dora")
    alice.press("Check signatures")
    alice.press("See how many")
    alice.sees("1 signature meets this")
    is_accessible(alice, javascript)
    alice.choose("Hold them")
    alice.fill(reason="Only a try.")
    alice.press("Do it")
    alice.sees("1 signature held")
    alice.press("Undo")
    alice.sees("as they were before")
    is_accessible(alice, javascript)


def withdraw_by_the_mail(dora: Person) -> None:
    body = dora.mails()[-1].get_content()
    link = re.findall(r"http://\S+/withdraw", body)[-1]
    dora.go(urlsplit(link).path)
    dora.press("Withdraw my signature")
    dora.sees("Your signature is withdrawn")
