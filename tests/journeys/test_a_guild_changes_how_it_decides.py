"""Members change their charter by vote in the browser, and the new charter binds at once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import expect
from sqlmodel import select

from core.database import EXTENSION, open_session
from tests.builders import NOW, make_guild, make_sign_in, make_user
from tests.conftest import Clock
from tests.journeys.people import Mailroom, Person
from tests.test_accessibility import objections, sign_in
from tests.visiting import Visits
from voting.models import Proposal, ProposalState

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"]),
    pytest.mark.timeout(300),
]
CHARTER = "/guilds/river-guild/charter"
NAMES = ("alice", "bob", "carla", "dora")


@pytest.fixture
def tokens(clock_at: Clock, strict_app: Flask) -> dict[str, str]:
    """A guild of three under the simple assembly's charter; what signs each in, and Dora."""
    with open_session(strict_app.extensions[EXTENSION]) as db:
        people = [make_user(db, name) for name in NAMES]
        make_guild(db, admins=people[:1], members=people[1:3], founded_at=NOW - timedelta(days=100))
        tokens = {user.handle: make_sign_in(db, user) for user in people}
        db.commit()
    return tokens


def test_a_guild_changes_how_it_decides(
    tokens: dict[str, str],
    strict_app: Flask,
    visit: Visits,
    javascript: bool,
    clock_at: Clock,
    run_job: Callable[[str], int],
) -> None:
    def come(name: str) -> Person:
        page = visit(javascript=javascript)
        sign_in(strict_app, page, tokens[name])
        return Person(name, page, Mailroom(list))

    alice, bob, carla, dora = (come(name) for name in NAMES)

    def decide(*voters: Person) -> None:
        """The open proposal goes its way; all voters say yes."""
        with open_session(strict_app.extensions[EXTENSION]) as db:
            found = db.exec(
                select(Proposal).where(Proposal.state == ProposalState.DELIBERATION)
            ).one()
            path, opens_at, closes_at = f"/decisions/{found.id}", found.opens_at, found.closes_at
        clock_at(opens_at)
        run_job("open-proposals")
        for voter in voters:
            voter.go(path)
            voter.choose("Yes")
            voter.press("Cast my ballot")
        clock_at(closes_at)
        run_job("close-proposals")

    write_another_charter(bob)
    put_it_before_the_guild(bob)
    decide(bob, carla)
    read_both_versions(bob)
    dora.go("/guilds/river-guild/about")
    dora.sees("the members vote on it")
    dora.press("Ask to join")
    dora.fill(message="I dream of rivers.")
    dora.press("Ask to join")
    let_the_guild_admit(alice)
    decide(alice, bob)
    dora.go("/guilds/river-guild/decisions")
    dora.sees("Admit who asked to join")
    if javascript:
        for path in (CHARTER, f"{CHARTER}/2", f"{CHARTER}/change"):
            assert objections(bob.page, path) == []


def write_another_charter(bob: Person) -> None:
    """Whoever comes in shall be voted on; asking for too many supporters is a dead end."""
    bob.go(CHARTER)
    bob.press("Propose a change")
    bob.page.get_by_text("Admit or expel somebody", exact=True).click()
    bob.page.locator("[name=membership-organisers_alone]").uncheck()
    bob.fill(**{"membership-supporters": "7", "membership-quorum_share": "1/2"})
    bob.press("See what changes")
    bob.sees("This would lead into a dead end. Admit or expel somebody: 7 people besides")
    group = bob.page.locator("details", has_text="Admit or expel somebody")
    if not group.locator("[name=membership-supporters]").is_visible():
        group.locator("summary").click()
    bob.fill(**{"membership-supporters": ""})
    bob.press("See what changes")
    gone, new = bob.page.locator("del"), bob.page.locator("ins")
    expect(gone.first).to_contain_text("at least 20 % of all members cast a ballot")
    expect(new.first).to_contain_text("at least half of all members cast a ballot")
    expect(gone.last).to_contain_text("may also do it without a vote")


def put_it_before_the_guild(bob: Person) -> None:
    bob.press("Put it before the guild")
    bob.sees("Say why.")
    bob.fill(why="Who comes in is everybody's matter.")
    bob.press("Put it before the guild")
    bob.sees("Change the charter: Admit or expel somebody")
    bob.sees("Version 2 of the charter comes into force")
    expect(bob.page.locator("del")).to_have_count(2)


def read_both_versions(bob: Person) -> None:
    bob.go(CHARTER)
    bob.press("Version 2")
    bob.sees("By decision")
    expect(bob.page.locator("ins").first).to_contain_text("at least half of all members")
    bob.press("version 1")
    bob.sees("Not in force any more")
    bob.go(f"{CHARTER}/2")
    bob.page.get_by_role("link", name="decision on version 2").click()
    bob.sees("What this decision did")


def let_the_guild_admit(alice: Person) -> None:
    alice.go("/guilds/river-guild/requests")
    alice.sees("The charter leaves this to a vote.")
    alice.does_not_see("Decline")
    alice.press("Put it to the guild")
    alice.sees("I dream of rivers.")
    alice.press("Put it before the guild")
    alice.sees("Dora (@dora) becomes a member and is told by mail.")
