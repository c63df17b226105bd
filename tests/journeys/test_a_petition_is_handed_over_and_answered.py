"""After the close, in the browser: last sheets, dossier, a contact there, an answer, the end."""

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from core.database import EXTENSION, open_session
from petitions.models import Petition
from tests.builders import (
    NOW,
    make_guild,
    make_institution,
    make_petition,
    make_sign_in,
    make_signature,
    make_user,
)
from tests.conftest import Clock
from tests.journeys.people import Mailroom, Person
from tests.petitions.closing import close
from tests.test_accessibility import objections, sign_in
from tests.visiting import Visits

CLERK, DORA = "clerk@authority.example", "dora@example.org"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"]),
    pytest.mark.timeout(300),
]


@pytest.fixture
def alice(strict_app: Flask, clock_at: Clock) -> tuple[str, str]:
    """What signs Alice in, and the path of her guild's petition, which closed at NOW.

    Dora wishes for news and lets her name be handed over; Emil does neither.
    """
    with open_session(strict_app.extensions[EXTENSION]) as db:
        alice = make_user(db, discreet=False)
        guild = make_guild(db, admins=[alice])
        make_institution(db).website = "https://www.authority.example/"
        petition: Petition = make_petition(db, guild, alice)
        make_signature(db, petition, DORA, wants_updates=True, name_is_handed_over=True)
        make_signature(db, petition, "emil@example.org", name="Emil Quiet")
        close(db, petition, at=NOW)
        token = make_sign_in(db, alice)
        db.commit()
        return token, f"/petitions/{petition.id}"


def test_it_is_handed_over_answered_and_settled(
    visit: Visits,
    smtp: object,
    deliver: Callable[[], list[EmailMessage]],
    run_job: Callable[[str], int],
    strict_app: Flask,
    clock_at: Clock,
    alice: tuple[str, str],
    javascript: bool,
    tmp_path: Path,
) -> None:
    token, path = alice
    mailroom = Mailroom(deliver)
    organiser = Person("Alice", visit(javascript=javascript), mailroom)
    sign_in(strict_app, organiser.page, token)
    organiser.go(path)
    organiser.sees("It can be handed over or settled once the dossier is made")
    enter_the_last_sheets(organiser, path, tmp_path, javascript=javascript)

    clock_at(NOW + timedelta(days=1, minutes=1))
    assert run_job("make-dossiers") == 1
    see_that_my_signature_is_in(visit(javascript=javascript), mailroom, tmp_path)
    hand_it_over(organiser, path, mailroom, javascript=javascript)

    clerk = visit(javascript=javascript)
    answer_by_the_link(clerk, mailroom, tmp_path, javascript=javascript)
    news = mailroom.to(DORA)[-1]
    assert news["Subject"].startswith("Answered")
    assert "We look into it until June." in news.get_content()

    organiser.go(path)
    organiser.sees("We look into it until June.")
    organiser.press("Settle it")
    no_fault(organiser.page, javascript)
    organiser.choose("It was met in part")
    organiser.fill(reason="They look into it, and end the night bulletins now.")
    organiser.press("Settle it")
    organiser.sees("It was met in part")
    no_fault(organiser.page, javascript)
    assert "has come to its end. It was met in part." in words_of(mailroom.to(DORA)[-1])
    clerk.reload()
    expect(clerk.get_by_role("main")).to_contain_text("takes no more answers")


def enter_the_last_sheets(alice: Person, path: str, folder: Path, *, javascript: bool) -> None:
    """What was signed on paper; with scripts its scan is hashed in the browser and stays there."""
    scan = folder / "sheets.pdf"
    scan.write_bytes(b"%PDF-1.7 forty-one names " * 5000)
    right = sha256(scan.read_bytes()).hexdigest()
    alice.go(f"{path}/paper")
    no_fault(alice.page, javascript)
    day = NOW.date().isoformat()
    alice.fill(signature_count="41", place="Market square", collected_on=day, witness="Wim")
    field, chooser = (
        alice.page.get_by_label("SHA-256 of the scan"),
        alice.page.get_by_label("The scan", exact=True),
    )
    if javascript:
        chooser.set_input_files(scan)
        expect(field).to_have_value(right)
        alice.sees("Done: it is in the field below.")
    else:
        expect(chooser).to_be_hidden()
        field.fill(right)
    with alice.page.expect_request(lambda request: request.method == "POST") as sent:
        alice.press("Enter it")
    assert "forty-one" not in (sent.value.post_data or "")
    alice.sees("The batch is entered and counts.")
    alice.sees(f"Scan: {right}")
    no_fault(alice.page, javascript)


def see_that_my_signature_is_in(dora: Page, mailroom: Mailroom, folder: Path) -> None:
    """By the receipt in the mail: on the page, and with the script alone."""
    mail = mailroom.to(DORA)[-1].get_content()
    link = re.search(r"http://[^/\s]+(/\S+receipt=([A-Z0-9]{26}))", mail)
    assert link, mail
    dora.goto(link[1])
    expect(dora.get_by_role("main")).to_contain_text("Yes")
    take(dora, "proof.json", folder)
    take(dora, "check_petition.py", folder)
    said = run_script(folder, "proof.json", "--receipt", link[2])
    assert f"right: the signature of receipt {link[2]} is in" in said


def hand_it_over(alice: Person, path: str, mailroom: Mailroom, *, javascript: bool) -> None:
    alice.address = "alice@example.org"
    alice.open_link_in_last_mail()
    alice.sees("What is handed over")
    no_fault(alice.page, javascript)
    alice.press("Hand it over")
    alice.press("Add somebody to write to")
    alice.fill(name="Clerk of petitions", address=CLERK)
    alice.press("Enter them")
    no_fault(alice.page, javascript)
    alice.page.get_by_label("Send a link to").select_option(index=1)
    alice.fill(received_by="Clerk of petitions", answer_due_on="2026-05-04")
    alice.press("It is handed over")
    alice.sees("Handed over to Clerk of petitions by e-mail, with 43 signatures.")
    no_fault(alice.page, javascript)
    assert "handed over to Dream Safety Authority" in words_of(mailroom.to(DORA)[-1])


def answer_by_the_link(clerk: Page, mailroom: Mailroom, folder: Path, *, javascript: bool) -> None:
    """The institution: no account; the link opens a page, its button answers."""
    (mail,) = mailroom.to(CLERK)
    link = re.search(r"http://[^/\s]+(/deliveries/\S+)", mail.get_content())
    assert link, mail.get_content()
    clerk.goto(link[1])
    main = clerk.get_by_role("main")
    expect(main).to_contain_text("Forbid the sale of airtime in sleep.")
    no_fault(clerk, javascript)
    for name in ("petition.pdf", "manifest.json", "check_petition.py"):
        take(clerk, name, folder)
    with clerk.expect_download() as got:
        clerk.get_by_role("button", name="Take signatures.csv").click()
    got.value.save_as(folder / "signatures.csv")
    assert "Emil" not in (folder / "signatures.csv").read_text()
    said = run_script(folder, "manifest.json", "--pdf", "petition.pdf", "--csv", "signatures.csv")
    assert "WRONG" not in said

    main.get_by_role("button", name="Answer", exact=True).click()
    expect(main).to_contain_text("Write your answer.")
    clerk.get_by_label("Your answer").fill("We look into it until June.")
    clerk.get_by_label("Who speaks").fill("Office of the Authority")
    main.get_by_role("button", name="Answer", exact=True).click()
    expect(main).to_contain_text("Office of the Authority answered")


def take(page: Page, name: str, folder: Path) -> None:
    """Download a file by the link of its name."""
    with page.expect_download() as got:
        page.get_by_role("link", name=name).first.click()
    got.value.save_as(folder / name)


def run_script(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-I", "-S", "check_petition.py", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout


def words_of(mail: EmailMessage) -> str:
    return " ".join(mail.get_content().split())


def no_fault(page: Page, javascript: bool) -> None:
    """Asks axe, which is a script itself."""
    if javascript:
        assert objections(page, page.url) == []
