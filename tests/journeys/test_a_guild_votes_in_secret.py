"""A secret vote in the browser: cast, keep the receipt, find it after the close, count again."""

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from core.database import EXTENSION, open_session
from tests.builders import make_sign_in
from tests.conftest import Clock
from tests.test_accessibility import objections, sign_in
from tests.visiting import Visits
from tests.voting.secret import make_secret_vote
from voting.closing import EXTENSION as CLOSING
from voting.secrecy import cast_secret

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"]),
    pytest.mark.timeout(300),
]


@pytest.fixture
def vote(clock_at: Clock, strict_app: Flask) -> tuple[str, str]:
    """Where a secret vote of five is shown, three of whom have voted; what signs the last in."""
    keys = strict_app.extensions[CLOSING].keys
    with open_session(strict_app.extensions[EXTENSION]) as db:
        proposal, people = make_secret_vote(db, 5)
        for person, marks in zip(people, ("yes", "no", "yes"), strict=False):
            cast_secret(db, proposal, actor=person, marks=marks, keys=keys, now=clock_at.at)
        token = make_sign_in(db, people[4])
        db.commit()
        return f"/decisions/{proposal.id}", token


def test_a_guild_votes_in_secret(
    vote: tuple[str, str],
    strict_app: Flask,
    visit: Visits,
    javascript: bool,
    clock_at: Clock,
    run_job: Callable[[str], int],
    tmp_path: Path,
) -> None:
    decision, token = vote
    page = visit(javascript=javascript)
    sign_in(strict_app, page, token)
    main = page.get_by_role("main")
    page.goto(decision)
    expect(main).to_contain_text("This vote is secret")
    main.get_by_label("Yes", exact=True).check()
    if javascript:
        click_twice(page, "Cast my ballot")
    else:
        main.get_by_role("button", name="Cast my ballot").click()
    expect(main).to_contain_text("Your ballot is in the box")
    code = main.locator(".receipt").inner_text()
    main.get_by_role("link", name="Back to the proposal").click()
    expect(main).to_contain_text("It is final, and nobody can find it again")
    expect(main).not_to_contain_text(code)

    clock_at.move(timedelta(days=2))
    run_job("close-proposals")
    page.goto(decision)
    expect(main).to_contain_text("4 of 5 members voted")
    main.get_by_role("link", name="Look for your receipt").click()
    main.get_by_label("Your receipt").fill(code.lower().replace("-", " "))
    main.get_by_role("button", name="Look for it").click()
    expect(main).to_contain_text("It is there")
    page.goto(decision)
    main.get_by_role("link", name="Count it yourself").click()
    count_again(page, code, tmp_path)
    if javascript:
        paths = (decision, f"{decision}/receipts?code={code}", f"{decision}/recount")
        assert [said for path in paths for said in objections(page, path)] == []


def click_twice(page: Page, button: str) -> None:
    """Press it again before there is an answer: the first one alone has the receipt."""
    sent = page.get_by_role("button", name=button).evaluate(
        """button => {
            let sent = 0;
            addEventListener("submit", (event) => { sent += !event.defaultPrevented; });
            button.click();
            button.click();
            return sent;
        }"""
    )
    assert sent == 1


def count_again(page: Page, code: str, folder: Path) -> None:
    """Download both files as a member would, and run what the page says."""
    main = page.get_by_role("main")
    for name in ("the ballots of this vote", re.compile(r"^recount-\w{8}\.py$")):
        with page.expect_download() as download:
            main.get_by_role("link", name=name).click()
        download.value.save_as(folder / download.value.suggested_filename)
    told = re.fullmatch(r"python3 (-I .*\.json)", main.locator("pre").inner_text().strip())
    assert told is not None
    done = subprocess.run(
        [sys.executable, *told.group(1).split(), "--receipt", code],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert f"right: the receipt {code} is there" in done.stdout
