"""Delegating in the browser: for all a guild decides, on one proposal, in a circle and out."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from core.database import EXTENSION, open_session
from tests.builders import make_guild, make_sign_in, make_user, make_vote
from tests.conftest import Clock
from tests.test_accessibility import objections, sign_in
from tests.visiting import Visits

PAGE = "/guilds/river-guild/delegations"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"]),
    pytest.mark.timeout(300),
]


class Member:
    """One of the guild at a browser of their own."""

    def __init__(self, page: Page, decision: str) -> None:
        self.page = page
        self.decision = decision

    def look(self, path: str = "") -> None:
        self.page.goto(path or self.decision)

    def press(self, label: str) -> None:
        self.page.get_by_role("main").get_by_role("button", name=label).first.click()

    def lets_vote(self, name: str) -> None:
        self.page.get_by_label("Who votes for you", exact=True).fill(name)
        self.press("Let them vote for me")

    def lets_vote_here(self, name: str) -> None:
        self.look()
        summary = self.page.locator("summary").filter(has_text="member")
        summary.first.click()
        self.lets_vote(name)

    def votes(self, choice: str) -> None:
        self.look()
        self.page.get_by_role("main").get_by_label(choice, exact=True).check()
        self.press("Cast my ballot")

    def sees(self, words: str) -> None:
        expect(self.page.get_by_role("main")).to_contain_text(words)


@pytest.fixture
def vote(clock_at: Clock, strict_app: Flask) -> tuple[str, dict[str, str]]:
    """Where a vote among three is shown, and what signs each of them in."""
    with open_session(strict_app.extensions[EXTENSION]) as db:
        people = [make_user(db, name) for name in ("alice", "bob", "dora")]
        guild = make_guild(db, admins=people[:1], members=people[1:])
        decision = f"/decisions/{make_vote(db, guild, people[0]).id}"
        tokens = {user.handle: make_sign_in(db, user) for user in people}
        db.commit()
    return decision, tokens


def test_members_let_each_other_vote(
    vote: tuple[str, dict[str, str]],
    strict_app: Flask,
    visit: Visits,
    javascript: bool,
    clock_at: Clock,
    run_job: Callable[[str], int],
) -> None:
    decision, tokens = vote

    def come(name: str) -> Member:
        page = visit(javascript=javascript)
        sign_in(strict_app, page, tokens[name])
        return Member(page, decision)

    alice, bob, dora = come("alice"), come("bob"), come("dora")
    let_everything_be_voted(bob)
    go_round_in_a_circle(bob, dora)
    dora.press("Take it back")
    dora.sees("Taken back. You vote for yourself.")
    dora.lets_vote_here("alice")
    dora.sees("Alice votes for you unless you vote yourself. Alice has not voted yet")
    alice.votes("No")
    alice.sees("You vote for 2 members besides yourself")
    bob.look()
    bob.sees("Dora lets others vote in turn, and it comes to Alice")
    if javascript:
        assert objections(bob.page, decision) == []
        assert objections(bob.page, PAGE) == []
    clock_at.move(timedelta(days=3))
    run_job("close-proposals")
    look_back(alice, bob)


def let_everything_be_voted(bob: Member) -> None:
    bob.look("/guilds/river-guild/decisions")
    bob.page.get_by_role("link", name="Who votes for me, and for whom I vote").click()
    bob.lets_vote("nobody-here")
    bob.sees("No other member of this guild has that name")
    bob.lets_vote("dora")
    bob.sees("Dora votes for you: Everything the guild decides.")


def go_round_in_a_circle(bob: Member, dora: Member) -> None:
    dora.look(PAGE)
    dora.sees("Hand back")
    dora.lets_vote_here("bob")
    dora.sees("As it stands, nobody votes for you")
    dora.sees("you → Bob → you")
    bob.look()
    bob.sees("you → Dora → you")


def look_back(alice: Member, bob: Member) -> None:
    bob.look()
    bob.sees("Alice voted for you: no")
    bob.sees("2 of them let others vote for them")
    alice.look()
    alice.sees("Your ballot counted for you and for 2 other members.")
    alice.page.get_by_role("link", name="Who voted what", exact=True).click()
    alice.sees("for 3 members")
