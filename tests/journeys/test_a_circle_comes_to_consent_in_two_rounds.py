"""A consent process in the browser: a question, an objection, a change taken in, adoption."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlmodel import Session

from accounts.models import User
from core.database import EXTENSION, open_session
from tests.builders import make_guild, make_proposal, make_sign_in, make_user
from tests.conftest import Clock
from tests.test_accessibility import objections, sign_in
from tests.visiting import Visits
from voting.models import Proposal

SHADE = "The bank would lie in shade all summer."

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"]),
    pytest.mark.timeout(300),
]


class Member:
    """Somebody of the circle at a browser of their own, on the proposal's page."""

    def __init__(self, page: Page, path: str) -> None:
        self.page = page
        self.path = path

    def look(self) -> None:
        self.page.goto(self.path)

    def press(self, label: str) -> None:
        main = self.page.get_by_role("main")
        button = main.get_by_role("button", name=label, exact=True)
        button.or_(main.get_by_role("link", name=label, exact=True)).first.click()

    def choose(self, label: str) -> None:
        self.page.get_by_role("main").get_by_label(label, exact=True).check()

    def write(self, label: str, words: str) -> None:
        self.page.get_by_role("textbox", name=label).fill(words)

    def sees(self, words: str) -> None:
        expect(self.page.get_by_role("main")).to_contain_text(words)

    def answers(self, choice: str, button: str = "Give my answer") -> None:
        self.look()
        self.choose(choice)
        self.press(button)


@pytest.fixture
def circle(clock_at: Clock, strict_app: Flask) -> tuple[Proposal, dict[str, str]]:
    """A proposal put before a circle of three, and what signs each of them in."""
    with open_session(strict_app.extensions[EXTENSION]) as db:
        people = [make_user(db, name) for name in ("alice", "bob", "carla")]
        guild = make_guild(db, admins=people[:1], members=people[1:], charter="consent-circle")
        proposal = make_proposal(db, guild, people[0])
        tokens = {user.handle: token_of(db, user) for user in people}
        db.commit()
        db.refresh(proposal)
        db.expunge(proposal)
    return proposal, tokens


def token_of(db: Session, user: User) -> str:
    return make_sign_in(db, user)


def test_a_circle_comes_to_consent_in_two_rounds(
    circle: tuple[Proposal, dict[str, str]],
    strict_app: Flask,
    visit: Visits,
    javascript: bool,
    clock_at: Clock,
    run_job: Callable[[str], int],
) -> None:
    proposal, tokens = circle

    def come(name: str) -> Member:
        page = visit(javascript=javascript)
        sign_in(strict_app, page, tokens[name])
        return Member(page, f"/decisions/{proposal.id}")

    alice, bob, carla = come("alice"), come("bob"), come("carla")
    ask_and_react(bob, carla)
    clock_at(proposal.opens_at)
    run_job("open-proposals")
    object_and_consent(bob, carla)
    take_a_change_in(alice)
    carla.choose("I stand aside")  # on the page of the round that is over
    carla.press("Change my answer")
    carla.sees("Another round began since you opened this page")
    read_what_changed(carla)
    clock_at.move(timedelta(days=2))
    run_job("open-proposals")
    for member in (alice, bob, carla):
        member.answers("I consent")
    carla.sees("Everyone has answered and nobody objects")
    run_job("close-proposals")
    look_back(bob)
    if javascript:
        for path in (bob.path, f"{bob.path}/rounds/1"):
            assert objections(bob.page, path) == []


def ask_and_react(bob: Member, carla: Member) -> None:
    bob.look()
    bob.sees("Round 1 of at most 5: ask and react")
    bob.press("Ask or react")
    bob.choose("A question")
    bob.write("Your comment", "Why the *east* bank?")
    bob.press("Add my comment")
    bob.sees("Your comment stands in the debate.")
    carla.look()
    carla.press("Questions (1)")
    carla.sees("Why the east bank?")
    carla.choose("For it")
    carla.write("Your comment", "The soil slides there.")
    carla.press("Add my comment")
    carla.press("Against (0)")
    carla.sees("No comment of this kind.")


def object_and_consent(bob: Member, carla: Member) -> None:
    bob.answers("I object")
    bob.sees("An objection needs its reason")
    bob.write("Your reason", SHADE)
    bob.press("Give my answer")
    bob.sees("Your objection stands, with its reason.")
    carla.answers("I consent")
    carla.sees("Your answer: consent")
    carla.sees(SHADE)
    carla.sees("1 consent, 1 objection, 0 standing aside")


def take_a_change_in(alice: Member) -> None:
    alice.look()
    alice.press("Take a change in and ask again")
    alice.sees(SHADE)
    alice.press("Take this in and ask again")
    alice.sees("Nothing is different from before")
    alice.write("What it means and why", "They hold the soil. Every third place stays open.")
    alice.press("Take this in and ask again")
    alice.sees("Round 2 of at most 5: ask and react")


def read_what_changed(carla: Member) -> None:
    carla.look()
    carla.sees("Round 1 ended with 1 consent, 1 objection, 0 standing aside.")
    carla.sees("Earlier answers count no more.")
    carla.press("what changed")
    expect(carla.page.locator("ins")).to_contain_text("Every third place stays open.")


def look_back(bob: Member) -> None:
    bob.look()
    bob.sees("Adopted by consent")
    bob.sees("3 consents, no objection, 0 standing aside")
    bob.sees("Adopted in round 2: no objection was left")
    bob.page.get_by_text("Round 1: 1 consent, 1 objection").click()
    bob.press("Who answered what in round 1")
    bob.sees("count no more")
    bob.sees(SHADE)
