"""Each refusal and each fault has a page in words; none shows how it came about."""

import logging
import re
from typing import Any

import pytest
from flask import Flask, abort
from sqlalchemy.exc import OperationalError

from core.errors import PAGES, NotAllowed, RuleBroken
from core.security import public

pytestmark = pytest.mark.parametrize("database", ["sqlite"])

SECRET = "what only the log may say"


@pytest.fixture
def client(strict_app: Flask, now: Any) -> Any:
    """A client of the app as it is served, with routes that fail."""

    def fail(kind: str) -> Any:
        if kind.isdecimal():
            abort(int(kind))
        raise {
            "rule": RuleBroken("The vote is closed."),
            "right": NotAllowed("Only organisers may."),
            "busy": OperationalError(SECRET, {}, Exception(SECRET)),
            "fault": ZeroDivisionError(SECRET),
        }[kind]

    strict_app.add_url_rule("/fail/<kind>", "fail", public(fail))
    return strict_app.test_client()


@pytest.mark.parametrize("status", sorted(PAGES))
def test_every_status_has_a_page_of_ours(client: Any, status: int) -> None:
    answer = client.get(f"/fail/{status}")
    title, words = PAGES[status]
    assert answer.status_code == status
    assert title in answer.text
    assert words in answer.text
    assert "<nav" in answer.text or status >= 500
    assert ("Retry-After" in answer.headers) == (status in {429, 503})


def test_a_rule_broken_and_a_deed_not_allowed_are_told_in_their_own_words(client: Any) -> None:
    answers = {kind: client.get(f"/fail/{kind}") for kind in ("rule", "right", "busy")}
    assert {kind: answer.status_code for kind, answer in answers.items()} == {
        "rule": 409,
        "right": 403,
        "busy": 503,
    }
    assert "The vote is closed." in answers["rule"].text
    assert "Only organisers may." in answers["right"].text
    assert SECRET not in answers["busy"].text


def test_a_fault_shows_a_number_that_finds_it_in_the_log(
    client: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "guilds"):
        answer = client.get("/fail/fault")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert SECRET not in answer.text
    reference = re.search(r"<code>([0-9a-f]{8})</code>", answer.text)
    assert reference, answer.text
    assert f"error {reference[1]} at fail" in caplog.text


def test_a_wrong_method_is_told_which_ones_there_are(client: Any) -> None:
    answer = client.put("/sign-in")
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) >= {"GET", "POST"}
    assert "That is not how this page works" in answer.text


def test_a_button_that_did_nothing_leads_back_to_its_page_and_to_no_other_place(
    client: Any,
) -> None:
    here, anew = "http://localhost/petitions", "Open the page before anew"
    refused = client.post("/sign-in", data={}, headers={"Referer": here})
    assert refused.status_code == 400
    assert f'href="{here}">{anew}' in refused.text
    assert "This form is no longer good" in refused.text
    assert "keeps no cookies" in refused.text
    for elsewhere in ("http://localhost.evil.example/", "http://evil.example/", "javascript:x", ""):
        asked = client.post("/sign-in", data={}, headers={"Referer": elsewhere})
        assert asked.status_code == 400
        assert anew not in asked.text
    assert anew not in client.get("/fail/rule", headers={"Referer": here}).text
