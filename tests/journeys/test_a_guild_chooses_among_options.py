"""Choosing among options in the browser: asked, ranked, scored, counted, explained."""

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlmodel import Session, select

from accounts.models import User
from core.database import EXTENSION, open_session
from guilds.charter import BUDGETING, CHOOSING, Charter, DecisionKind, DecisionRule, Method
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild
from tests.builders import make_guild, make_sign_in, make_user, make_vote
from tests.conftest import Clock
from tests.test_accessibility import objections, sign_in
from tests.visiting import Visits
from voting.models import Ballot, Proposal
from voting.question import OptionFacts

TREES = tuple(OptionFacts(name) for name in ("Oak", "Ash", "Elm"))
PROJECTS = (OptionFacts("Bench", cost="300.50"), OptionFacts("Pond", cost="800"))

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
with_and_without = pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])

Ask = Callable[..., str]
Come = Callable[..., Page]


@pytest.fixture
def guild(clock_at: Clock, strict_app: Flask) -> Guild:
    """Alice's; its charter allows every method and lets voting open at once."""
    base = TEMPLATES["affinity-group"].charter
    allowed = {
        DecisionKind.RESOLUTION: (Method.MAJORITY, *sorted(CHOOSING)),
        DecisionKind.SPEND: tuple(sorted(BUDGETING)),
    }
    rules = {
        kind: DecisionRule.model_validate(
            {**rule.model_dump(), "methods": allowed.get(kind, rule.methods)}
        )
        for kind, rule in base.rules.items()
    }
    with open_session(strict_app.extensions[EXTENSION]) as db:
        guild = make_guild(db, admins=[make_user(db, "alice")], charter=Charter(rules=rules))
        db.commit()
        db.refresh(guild)
        db.expunge(guild)
    return guild


@pytest.fixture
def come(strict_app: Flask, guild: Guild, visit: Visits) -> Come:
    """`come(javascript)`: Alice at her browser, signed in."""

    def open_browser(javascript: bool) -> Page:
        with open_session(strict_app.extensions[EXTENSION]) as db:
            token = make_sign_in(db, alice(db))
            db.commit()
        page = visit(javascript=javascript)
        sign_in(strict_app, page, token)
        return page

    return open_browser


@pytest.fixture
def ask(strict_app: Flask, guild: Guild) -> Ask:
    """`ask(method)`: an open vote among the trees, or projects; the path of its page."""

    def put(method: Method) -> str:
        with open_session(strict_app.extensions[EXTENSION]) as db:
            more: dict[str, object] = {"options": TREES}
            if method in BUDGETING:
                more = {"options": PROJECTS, "settings": {"budget": "1000"}}
                more["kind"] = DecisionKind.SPEND
            vote = make_vote(db, db.get_one(Guild, guild.id), alice(db), method=method, **more)
            db.commit()
            return f"/decisions/{vote.id}"

    return put


def alice(db: Session) -> User:
    return db.exec(select(User).where(User.handle == "alice")).one()


def marks_in(app: Flask) -> list[str]:
    with open_session(app.extensions[EXTENSION]) as db:
        return [ballot.marks for ballot in db.exec(select(Ballot))]


def press(page: Page, label: str) -> None:
    page.get_by_role("main").get_by_role("button", name=label, exact=True).click()


def sees(page: Page, words: str) -> None:
    expect(page.get_by_role("main")).to_contain_text(words)


def order_of(page: Page) -> list[str]:
    """The options on the paper, from the top."""
    return [row.get_attribute("data-name") or "" for row in page.locator(".paper-row").all()]


@with_and_without
def test_ranks_are_chosen_in_lists(
    strict_app: Flask, come: Come, ask: Ask, javascript: bool
) -> None:
    page, path = come(javascript), ask(Method.IRV)
    page.goto(path)
    page.get_by_label("Rank of Elm").select_option("1")
    page.get_by_label("Rank of Oak").select_option("1")
    press(page, "Cast my ballot")
    sees(page, "Elm has rank 1 too. Give each a rank of its own.")
    expect(page.get_by_label("Rank of Elm")).to_have_value("1")
    page.get_by_label("Rank of Oak").select_option("3")
    press(page, "Cast my ballot")
    sees(page, "1. Elm")
    sees(page, "2. Oak")
    sees(page, "Not ranked: Ash")
    assert marks_in(strict_app) == ["2-1"]
    if javascript:  # axe is a script
        assert objections(page, path) == []


def test_ranks_are_chosen_with_buttons(strict_app: Flask, come: Come, ask: Ask) -> None:
    page = come(True)
    page.goto(ask(Method.SCHULZE))
    press(page, "Rank Elm higher")
    press(page, "Rank Oak higher")
    assert order_of(page) == ["Elm", "Oak", "Ash"]
    press(page, "Rank Oak higher")
    assert order_of(page) == ["Oak", "Elm", "Ash"]
    expect(page.get_by_label("Rank of Oak")).to_have_value("1")
    expect(page.locator("[data-said]")).to_have_text("Oak: rank 1")
    expect(page.get_by_role("button", name="Rank Oak higher")).to_be_focused()
    press(page, "Rank Elm lower")
    expect(page.get_by_label("Rank of Elm")).to_have_value("")
    page.get_by_label("Rank of Ash").select_option("1")  # as good as the oak
    press(page, "Rank Elm higher")
    press(page, "Cast my ballot")
    sees(page, "1. Oak and Ash")
    sees(page, "2. Elm")
    assert marks_in(strict_app) == ["112"]


def test_ranks_are_chosen_by_dragging(strict_app: Flask, come: Come, ask: Ask) -> None:
    page = come(True)
    page.goto(ask(Method.IRV))
    drag(page, "Ash", above="Oak")
    assert order_of(page)[0] == "Ash"
    expect(page.get_by_label("Rank of Ash")).to_have_value("1")
    expect(page.get_by_label("Rank of Oak")).to_have_value("")
    drag(page, "Elm", above="Ash")
    press(page, "Cast my ballot")
    sees(page, "1. Elm")
    assert marks_in(strict_app) == ["-21"]


def drag(page: Page, name: str, *, above: str) -> None:
    grip = page.locator(f'[data-name="{name}"] [data-grip]').bounding_box()
    target = page.locator(f'[data-name="{above}"]').bounding_box()
    assert grip is not None
    assert target is not None
    page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    page.mouse.down()
    page.mouse.move(target["x"] + 20, target["y"] + target["height"] + 2, steps=4)
    page.mouse.move(target["x"] + 20, target["y"] + 4, steps=4)
    page.mouse.up()


@with_and_without
def test_scores_are_given_and_changed(
    strict_app: Flask, come: Come, ask: Ask, javascript: bool
) -> None:
    page, path = come(javascript), ask(Method.STAR)
    page.goto(path)
    press(page, "Cast my ballot")
    sees(page, "You have marked nothing.")
    oak = page.get_by_role("group", name="Score of Oak")
    oak.get_by_label("5", exact=True).check()
    page.get_by_role("group", name="Score of Ash").get_by_label("0", exact=True).check()
    press(page, "Cast my ballot")
    sees(page, "5: Oak")
    sees(page, "No opinion: Elm")
    oak.get_by_label("3", exact=True).check()
    press(page, "Change my ballot")
    sees(page, "3: Oak")
    assert marks_in(strict_app) == ["30-"]
    if javascript:  # axe is a script
        assert objections(page, path) == []


@with_and_without
def test_projects_are_ticked_and_their_costs_added_up(
    strict_app: Flask, come: Come, ask: Ask, javascript: bool
) -> None:
    page, path = come(javascript), ask(Method.EQUAL_SHARES)
    page.goto(path)
    sees(page, "There is 1,000 to spend.")
    page.get_by_label("Bench").check()
    page.get_by_label("Pond").check()
    if javascript:
        sees(page, "What you ticked costs 1,100.5.")
    press(page, "Cast my ballot")
    sees(page, "Supports Bench")
    sees(page, "Supports Pond")
    assert marks_in(strict_app) == ["11"]
    if javascript:  # axe is a script
        assert objections(page, path) == []


@with_and_without
def test_a_question_with_options_from_asking_to_the_result(
    strict_app: Flask,
    come: Come,
    guild: Guild,
    clock_at: Clock,
    run_job: Callable[[str], int],
    javascript: bool,
) -> None:
    page = come(javascript)
    page.goto(f"/guilds/{guild.slug}/decisions/kinds")
    page.get_by_role("link", name="Write a resolution").click()
    page.get_by_label("What the guild would decide").fill("Which trees?")
    page.get_by_label("What it means and why").fill("Five could stand on the bank.")
    expect(page.locator('[name="options-0-name"]')).to_be_hidden()
    page.get_by_label("Approval", exact=True).check()
    press(page, "Add a row" if javascript else "Add rows")
    for place, name in enumerate(("Oak", "Ash", "Elm", "Fir", "Yew")):
        page.locator(f'[name="options-{place}-name"]').fill(name)
    if javascript:
        page.get_by_role("group", name="Option 2").get_by_role("button").click()
        expect(page.locator('[name="options-1-name"]')).to_have_value("Elm")
    press(page, "Put it before the guild")
    page.get_by_label("Yew").check()
    press(page, "Cast my ballot")
    sees(page, "Approves Yew")
    path = urlsplit(page.url).path
    clock_at.move(timedelta(days=7))
    assert run_job("close-proposals") == 1
    page.goto(path)
    sees(page, "The guild chose Yew")
    sees(page, "How it was counted")
    if javascript:  # axe is a script
        assert objections(page, path) == []
        assert objections(page, f"/guilds/{guild.slug}/decisions/new") == []
    with open_session(strict_app.extensions[EXTENSION]) as db:
        assert db.exec(select(Proposal)).one().result
