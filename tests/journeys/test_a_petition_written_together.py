"""A petition in the browser: drafted, amended with a colleague's words, put, opened, joined."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import expect

from core.database import EXTENSION, open_session
from tests.builders import make_guild, make_institution, make_petition, make_sign_in, make_user
from tests.conftest import Clock
from tests.journeys.members import Member
from tests.test_accessibility import sign_in
from tests.visiting import Visits

WHY = "It began in spring. Few people knew of it."

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"]),
    pytest.mark.timeout(300),
]


@pytest.fixture
def tokens(clock_at: Clock, strict_app: Flask) -> dict[str, str]:
    """What signs in Alice and Bob of one guild, and Dora of another."""
    with open_session(strict_app.extensions[EXTENSION]) as db:
        alice, bob, dora = (make_user(db, name) for name in ("alice", "bob", "dora"))
        make_guild(db, admins=[alice], members=[bob], charter="affinity-group")
        other = make_guild(
            db, admins=[dora], slug="night-watch", name="Night watch", charter="affinity-group"
        )
        make_institution(db)
        make_petition(db, other, dora, title="Advertising stays out of our dreams")
        tokens = {user.handle: make_sign_in(db, user) for user in (alice, bob, dora)}
        db.commit()
    return tokens


Come = Callable[[str], Member]


@pytest.fixture
def come(tokens: dict[str, str], strict_app: Flask, visit: Visits, javascript: bool) -> Come:
    def arrive(name: str) -> Member:
        page = visit(javascript=javascript)
        sign_in(strict_app, page, tokens[name])
        return Member(page, javascript=javascript)

    return arrive


def test_a_petition_written_together(
    come: Come, javascript: bool, clock_at: Clock, run_job: Callable[[str], int]
) -> None:
    alice, bob, dora = (come(name) for name in ("alice", "bob", "dora"))
    petition = drafts(alice, javascript=javascript)
    suggests(bob, alice, petition)
    edits_at_once(alice, petition)
    is_put_and_opens(alice, bob, petition, clock_at, run_job)
    is_joined(dora, alice, petition, clock_at, run_job)
    is_stopped(alice, dora, petition)


def drafts(alice: Member, *, javascript: bool) -> str:
    """Alice drafts it; whom it addresses is not in the list yet. Returns its address."""
    alice.look("/guilds/river-guild/petitions/new")
    alice.finds_no_fault()
    alice.types("Title", "No advertising in dreams")
    if javascript:
        expect(alice.page.locator("#similar")).to_contain_text("stays out of our dreams")
        expect(alice.page.get_by_text("56 characters left").first).to_be_visible()
    else:
        alice.sees("Up to 80 characters.")
    alice.page.get_by_label("Whom it addresses").select_option(label="Another one, named below")
    alice.types("What you ask them to do", "Forbid the sale of airtime in sleep.")
    alice.types("Why", WHY)
    alice.types("How many signatures", "500")
    alice.types("Last day to sign", "2026-05-01")
    alice.press("Keep the draft")
    alice.sees("Give its name.")
    expect(alice.page.get_by_label("Why").first).to_have_value(WHY)
    alice.types("Name", "Night Council")
    alice.page.get_by_label("Agency or authority").check()
    alice.types("Where it has a say", "Metropolis-9")
    alice.press("Keep the draft")
    alice.sees("The draft is kept.")
    alice.sees("We ask Night Council")
    return alice.page.url


def suggests(bob: Member, alice: Member, petition: str) -> None:
    """Members are asked; Bob has other words, which Alice takes in, and others she does not."""
    alice.press("Ask members for suggestions")
    alice.sees("Members are told")
    bob.look(petition)
    bob.finds_no_fault()
    bob.page.get_by_role("link", name="why", exact=True).click()
    bob.finds_no_fault()
    bob.types("As you would have it", WHY.replace("spring", "May"))
    bob.types("Why", "I have the date of it.")
    bob.press("Suggest it")
    bob.sees("Waits for an answer")
    bob.finds_no_fault()
    bob.look(petition)
    bob.page.get_by_role("link", name="the title", exact=True).click()
    bob.types("As you would have it", "No advertising in sleep")
    bob.press("Suggest it")
    alice.look(petition)
    alice.page.get_by_role("link", name="Other words for the title").click()
    alice.page.get_by_text("Decline it").first.click()
    alice.types("Why", "Nobody dreams of sleep.")
    alice.press("Decline it")
    alice.sees("You declined it.")
    alice.look(petition)
    alice.page.get_by_role("link", name="Other words for why").click()
    alice.press("Take it into the text")
    alice.sees("It is in: the text is version 2 now.")
    alice.sees("It began in May.")
    alice.sees("Nobody dreams of sleep.")


def edits_at_once(alice: Member, petition: str) -> None:
    """A form opened earlier does not overwrite what was written since."""
    alice.look(f"{petition}/edit")
    late = alice.page.context.new_page()
    late.goto(f"{petition}/edit")
    alice.types("Why", "It began in May. Few people knew of it. Many do now.")
    alice.press("Keep the draft")
    alice.sees("The draft is changed.")
    late.get_by_label("Why").first.fill("It began in May. Hardly anybody knew of it.")
    late.get_by_role("button", name="Keep the draft").click()
    main = late.get_by_role("main")
    expect(main).to_contain_text("Two people wrote at the same time")
    expect(main.locator("mark").first).to_be_visible()
    both = "It began in May. Hardly anybody knew of it. Many do now."
    expect(late.locator("[name=background]")).to_have_value(both)
    late.get_by_role("button", name="Keep the draft").click()
    expect(late.get_by_role("main")).to_contain_text(both)
    late.close()
    alice.look(f"{petition}/versions")
    alice.sees("From version 3 to 4")
    expect(alice.page.locator("ins").first).to_contain_text("Hardly anybody")
    alice.finds_no_fault()


def is_put_and_opens(
    alice: Member, bob: Member, petition: str, clock_at: Clock, run_job: Callable[[str], int]
) -> None:
    alice.look(petition)
    alice.press("Put it before the guild")
    alice.finds_no_fault()
    alice.press("Put it before the guild")
    alice.sees("Hardly anybody knew of it.")
    decision = alice.page.url
    for member in (alice, bob):
        member.look(decision)
        member.page.get_by_label("Yes", exact=True).check()
        member.press("Cast my ballot")
    clock_at.move(timedelta(days=8))
    run_job("close-proposals")
    bob.look(petition)
    bob.sees("Open")
    bob.sees("The guild decided")
    expect(bob.page.get_by_role("link", name="Sign", exact=True)).to_be_visible()
    bob.finds_no_fault()


def is_joined(
    dora: Member, alice: Member, petition: str, clock_at: Clock, run_job: Callable[[str], int]
) -> None:
    """Dora's guild stands behind it, by a decision of its own."""
    dora.look(petition)
    dora.press("Ask your guild to join")
    dora.sees("Propose that Night watch stands behind this petition")
    dora.finds_no_fault()
    dora.types("Why", "They ask what we ask.")
    dora.press("Put it before the guild")
    dora.page.get_by_label("Yes", exact=True).check()
    dora.press("Cast my ballot")
    clock_at.move(timedelta(days=8))
    run_job("close-proposals")
    alice.look(petition)
    alice.sees("Night watch")
    alice.finds_no_fault()


def is_stopped(alice: Member, dora: Member, petition: str) -> None:
    alice.press("Stop this petition")
    alice.finds_no_fault()
    alice.types("Why", "The council has forbidden it.")
    alice.press("Stop it")
    dora.look(petition)
    dora.sees("Stopped before it was handed over")
    dora.sees("The council has forbidden it.")
