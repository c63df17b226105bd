"""A proposal in the browser: written, kept, put, supported, amended, frozen as voting opens."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import expect

from core.database import EXTENSION, open_session
from tests.builders import make_guild, make_proposal, make_sign_in, make_user
from tests.conftest import Clock
from tests.journeys.members import Member
from tests.test_accessibility import sign_in
from tests.visiting import Visits

TEXT = "We plant willows on the bank. We meet in May."

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"]),
    pytest.mark.timeout(300),
]


@pytest.fixture
def tokens(clock_at: Clock, strict_app: Flask) -> dict[str, str]:
    """What signs in each of four in a federation where two others must support a resolution."""
    with open_session(strict_app.extensions[EXTENSION]) as db:
        people = [make_user(db, name) for name in ("alice", "bob", "dora", "emil")]
        guild = make_guild(
            db, admins=people[:1], members=people[1:], charter="federation-with-quorum"
        )
        make_proposal(db, guild, people[0], title="Willows along the north bank")
        tokens = {user.handle: make_sign_in(db, user) for user in people}
        db.commit()
    return tokens


def test_a_proposal_from_a_draft_to_frozen_words(
    tokens: dict[str, str],
    strict_app: Flask,
    visit: Visits,
    javascript: bool,
    clock_at: Clock,
    run_job: Callable[[str], int],
) -> None:
    def come(name: str) -> Member:
        page = visit(javascript=javascript)
        sign_in(strict_app, page, tokens[name])
        return Member(page, javascript=javascript)

    alice, bob, dora, emil = (come(name) for name in ("alice", "bob", "dora", "emil"))
    decision = bob_writes_and_is_told_what_was_asked_before(bob)
    the_others_support_it(decision, alice, dora)
    amendment = dora_offers_other_words_which_bob_declines(dora, bob)
    for member in (alice, dora, emil):
        member.look(amendment)
        member.press("I am for it")
    emil.sees("3 for it, 0 against it.")
    bob_changes_another_sentence(bob, decision)
    clock_at.move(timedelta(days=4))
    run_job("open-proposals")
    the_members_words_are_in_and_frozen(bob, decision, amendment)


def bob_writes_and_is_told_what_was_asked_before(bob: Member) -> str:
    """Returns the address of what he puts, by way of a draft."""
    bob.look("/guilds/river-guild/decisions/new")
    bob.finds_no_fault()
    bob.types("What the guild would decide", "Plant willows")
    if bob.javascript:
        expect(bob.page.locator("#similar")).to_contain_text("Willows along the north bank")
    bob.types("What it means and why", TEXT)
    bob.types("Topic", "river")
    bob.press("Save as draft")
    bob.sees("Only you see it.")
    bob.sees("Willows along the north bank")
    bob.finds_no_fault()
    decision = bob.page.url
    bob.press("Change the draft")
    bob.types("What the guild would decide", "Plant willows on the east bank")
    bob.press("Keep the draft")
    bob.press("Put it before the guild")
    bob.sees("0 members support it; 2 are needed.")
    return decision


def the_others_support_it(decision: str, *others: Member) -> None:
    for member in others:
        member.look(decision)
        member.press("Support it")
    others[-1].sees("In debate")
    others[-1].finds_no_fault()


def dora_offers_other_words_which_bob_declines(dora: Member, bob: Member) -> str:
    """Returns the address of her amendment."""
    dora.press("Offer an amendment")
    dora.types("The text as you would have it", TEXT.replace("willows", "oaks"))
    dora.types("Why", "They last longer.")
    dora.press("Offer it")
    dora.sees("0 for it, 0 against it.")
    dora.finds_no_fault()
    amendment = dora.page.url
    bob.look(amendment)
    bob.finds_no_fault()
    bob.types("Why you decline it", "Oaks grow slowly.")
    bob.press("Decline it")
    bob.sees("Declined by the author")
    return amendment


def bob_changes_another_sentence(bob: Member, decision: str) -> None:
    bob.look(decision)
    bob.press("Change the text")
    bob.types("What it means and why", TEXT.replace("May", "June"))
    bob.press("Keep it as version 2")
    bob.sees("We meet in June.")


def the_members_words_are_in_and_frozen(bob: Member, decision: str, amendment: str) -> None:
    bob.look(decision)
    bob.sees("We plant oaks on the bank. We meet in June.")
    expect(bob.page.get_by_role("link", name="Change the text")).to_have_count(0)
    bob.look(amendment)
    bob.sees("Carried by the members")
    bob.look(decision)
    bob.press("Version 3: what changed")
    bob.sees("It froze when voting opened.")
    expect(bob.page.locator("ins").first).to_have_text("oaks")
    bob.finds_no_fault()
