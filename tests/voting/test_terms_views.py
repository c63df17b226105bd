"""The pages on which the rules or options of a proposal are changed with its words."""

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from guilds.charter import Charter, DecisionKind, Method
from guilds.charter_form import typed_charter
from guilds.models import Guild
from tests.builders import NOW, make_proposal
from tests.voting.amended_terms import asked_by, offer
from tests.voting.conftest import BENCH, SWING
from tests.voting.test_charters import HALF, amended
from voting import amending, queries, services, substance
from voting.debate_models import Amendment
from voting.models import Proposal
from voting.question import OptionFacts

SignIn = Callable[[FlaskClient, User], None]
SPENDING = amended(DecisionKind.SPEND, quorum_share=Fraction(2, 3))
WHY = {"reason": "Better so.", "seen": "1"}

pytestmark = pytest.mark.usefixtures("clock_at")


def typed(charter: Charter, **more: str) -> dict[str, Any]:
    """A charter as the browser sends it."""
    sent: dict[str, Any] = dict(more)
    for kind, group in typed_charter(charter).items():
        for name, value in group.items():
            if value is True:
                sent[f"{kind}-{name}"] = "y"
            elif value not in (None, False):
                sent[f"{kind}-{name}"] = value
    return sent


def projects(*options: OptionFacts, budget: str = "500", **more: str) -> dict[str, str]:
    rows = {
        f"options-{at}-{name}": value
        for at, one in enumerate(options)
        for name, value in (("name", one.name), ("note", one.note), ("cost", one.cost))
    }
    method = Method.EQUAL_SHARES.value
    return {"method": method, **rows, "budget": budget, "leftover": "greedy", **more}


@pytest.fixture
def as_alice(client: FlaskClient, sign_in: SignIn, guild: Guild, alice: User) -> FlaskClient:
    assert guild
    sign_in(client, alice)
    return client


def test_a_member_offers_other_rules_and_sees_before_what_would_change(
    as_bob: FlaskClient, db: Session, change: Proposal
) -> None:
    here = f"/decisions/{change.id}/amendments/new"
    page = as_bob.get(here).text
    assert "The rules it proposes" in page
    assert page.count("the proposal changes this") == 1
    sent = typed(SPENDING, text=change.text, **WHY)
    look = as_bob.post(here, data={**sent, "step": "look"})
    assert look.status_code == 200
    assert "two thirds of all members" in look.text
    assert db.exec(select(Amendment)).all() == []
    sent["text"] += " And more."
    look = as_bob.post(here, data={**sent, "step": "look"})
    assert re.search(r"<ins>[^<]*And more\.</ins>", look.text)
    sent["text"] = change.text
    there = as_bob.post(here, data=sent)
    assert there.status_code == 303
    assert "Changes more than the words." in as_bob.get(f"/decisions/{change.id}").text
    page = as_bob.get(there.location).text
    assert "<ins>" in page
    assert "two thirds of all members" in page
    assert "The words stay as they are." in page


def test_a_rule_that_is_none_is_refused_beside_its_field_with_all_else_kept(
    as_bob: FlaskClient, change: Proposal
) -> None:
    here = f"/decisions/{change.id}/amendments/new"
    sent = typed(SPENDING, text="Other words.", **WHY)
    wrong = as_bob.post(here, data={**sent, "spend-quorum_least": "many"})
    assert wrong.status_code == 422
    assert "Other words." in wrong.text
    assert "to correct" in wrong.text
    dead = as_bob.post(here, data={**sent, "spend-quorum_least": "50"})
    assert dead.status_code == 409
    assert "This would lead into a dead end." in dead.text
    same = as_bob.post(here, data=typed(HALF, text=change.text, **WHY))
    assert same.status_code == 409
    assert "as it stands" in same.text


def test_the_author_takes_other_rules_in_and_versions_show_them(
    as_alice: FlaskClient, db: Session, change: Proposal, bob: User
) -> None:
    amendment = offer(db, change, bob, substance.charter_terms(SPENDING))
    path = f"/decisions/{change.id}"
    done = as_alice.post(f"{path}/amendments/{amendment.id}/accept")
    assert done.status_code == 303
    assert "two thirds of all members" in as_alice.get(path).text
    versions = as_alice.get(f"{path}/versions").text
    assert "<del>" in versions
    assert "two thirds of all members" in versions


def test_the_author_changes_the_rules_until_voting_opens(
    as_alice: FlaskClient, db: Session, change: Proposal
) -> None:
    path = f"/decisions/{change.id}"
    assert "Change the text or the rules" in as_alice.get(path).text
    sent = typed(SPENDING, title=change.title, text=change.text, seen="1")
    assert as_alice.post(f"{path}/edit", data=sent).status_code == 303
    assert substance.charter_in(change.deed) == SPENDING
    services.open_voting(db, change, now=change.opens_at)
    late = as_alice.post(f"{path}/edit", data={**sent, "seen": "2"})
    assert late.status_code == 409
    assert "froze" in late.text


def test_two_who_change_different_rules_at_once_both_come_through(
    as_alice: FlaskClient, db: Session, change: Proposal, alice: User, bob: User
) -> None:
    amending.accept(
        db, offer(db, change, bob, substance.charter_terms(SPENDING)), actor=alice, now=NOW
    )
    resolution = amended(DecisionKind.RESOLUTION, supporters=1).rules[DecisionKind.RESOLUTION]
    mine = Charter(rules={**HALF.rules, DecisionKind.RESOLUTION: resolution})
    here = f"/decisions/{change.id}/edit"
    stale = as_alice.post(here, data=typed(mine, title="x", text=change.text, seen="1"))
    assert stale.status_code == 409
    assert 'name="resolution-supporters" type="number" value="1"' in stale.text
    assert '<option selected value="2/3">Two thirds</option>' in stale.text


def test_options_are_added_with_rows_and_the_money_changed(
    as_bob: FlaskClient, db: Session, budget: Proposal
) -> None:
    here = f"/decisions/{budget.id}/amendments/new"
    assert 'value="Swing"' in as_bob.get(here).text
    slide = OptionFacts("Slide", "Low.", "250")
    sent = projects(BENCH, SWING, slide, budget="650", text=budget.text, **WHY)
    rows = as_bob.post(here, data={**sent, "deed": "rows"})
    assert rows.status_code == 200
    assert 'name="options-6-name"' in rows.text
    there = as_bob.post(here, data=sent)
    page = as_bob.get(there.location).text
    assert "Slide, costs 250: Low." in page
    assert "650 to spend" in page
    never = as_bob.post(here, data={**sent, "options-2-cost": "900"})
    assert never.status_code == 422
    assert "never pay for Slide" in never.text


def test_a_candidate_is_typed_by_handle_and_stands_once_taken_in(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User, bob: User
) -> None:
    election = make_proposal(
        db,
        guild,
        alice,
        kind=DecisionKind.ELECT,
        method=Method.STV,
        options=(OptionFacts("Alice (@alice)", user_id=alice.id), OptionFacts("Zoe")),
    )
    here = f"/decisions/{election.id}/amendments/new"
    page = as_bob.get(here).text
    assert 'value="@alice"' in page
    assert "What those elected get" not in page
    sent = {
        "method": "stv",
        "options-0-name": "@alice",
        "options-1-name": "Zoe",
        "options-2-name": "@bob",
        "seats": "1",
        "text": election.text,
        **WHY,
    }
    nobody = as_bob.post(here, data={**sent, "options-2-name": "@nobody"})
    assert nobody.status_code == 422
    assert as_bob.post(here, data=sent).status_code == 303
    amending.accept(db, db.exec(select(Amendment)).one(), actor=alice, now=NOW)
    assert [one.user_id for one in queries.options(db, election.id)] == [alice.id, None, bob.id]


def test_an_amendment_that_fits_no_more_is_written_again_with_its_terms(
    as_bob: FlaskClient, db: Session, budget: Proposal, alice: User, bob: User
) -> None:
    cheap, dear = (OptionFacts("Bench", cost=cost) for cost in ("100", "400"))
    lost = offer(db, budget, bob, asked_by(db, budget, cheap, SWING))
    taken = offer(db, budget, bob, asked_by(db, budget, dear, SWING))
    amending.accept(db, taken, actor=alice, now=NOW)
    page = as_bob.get(f"/decisions/{budget.id}/amendments/{lost.id}").text
    assert "does not fit the text any more" in page
    again = as_bob.get(f"/decisions/{budget.id}/amendments/new?from={lost.id}").text
    assert 'value="100"' in again


@pytest.mark.parametrize(
    "lost",
    ["spend-methods", "spend-quorum_share", "role-proposer", "elect-threshold", "event-first"],
)
def test_a_charter_that_came_torn_is_asked_again(
    as_bob: FlaskClient, change: Proposal, lost: str
) -> None:
    here = f"/decisions/{change.id}/amendments/new"
    sent = typed(SPENDING, text="Other words.", **WHY)
    for torn in ({**sent, lost: "\0"}, {key: sent[key] for key in sent if key != lost}):
        answer = as_bob.post(here, data=torn)
        assert answer.status_code == 422
        assert "Other words." in answer.text


def test_options_that_came_torn_are_asked_again(as_bob: FlaskClient, budget: Proposal) -> None:
    here = f"/decisions/{budget.id}/amendments/new"
    sent = projects(BENCH, SWING, text=budget.text, **WHY)
    for torn in (
        {**sent, "method": "schulze"},
        {**sent, "options-1-name": "Bench"},
        {**sent, "options-1-cost": "1,200,00"},
        {**sent, "budget": "9" * 30},
        {"text": budget.text, **WHY},
    ):
        assert as_bob.post(here, data=torn).status_code == 422, torn


def test_a_plain_question_is_offered_as_a_choice_and_back_again(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User
) -> None:
    plain = make_proposal(db, guild, alice)
    here = f"/decisions/{plain.id}/amendments/new"
    page = as_bob.get(here).text
    assert "the words, or how it is voted on." in page
    assert re.search(r'<input[^>]* checked[^>]* value="majority"', page)
    sent = {"method": "schulze", "text": plain.text, **WHY}
    one = as_bob.post(here, data={**sent, "options-0-name": "East"})
    assert one.status_code == 422
    assert "at least two options" in one.text
    there = as_bob.post(here, data={**sent, "options-0-name": "East", "options-1-name": "West"})
    page = as_bob.get(there.location).text
    assert "Decided by Schulze" in page
    amending.accept(db, db.exec(select(Amendment)).one(), actor=alice, now=NOW)
    assert [one.name for one in queries.options(db, plain.id)] == ["East", "West"]
    back = {**sent, "method": "majority", "seen": "2", "options-0-name": "East"}
    look = as_bob.post(here, data={**back, "step": "look"}).text
    assert "Decided by yes, no or abstain" in look
    assert as_bob.post(here, data=back).status_code == 303


def test_no_method_is_offered_that_the_charter_does_not_allow(
    as_bob: FlaskClient, budget: Proposal
) -> None:
    here = f"/decisions/{budget.id}/amendments/new"
    page = as_bob.get(here).text
    assert 'value="greedy"' in page
    assert 'value="approval"' not in page
    sent = projects(BENCH, SWING, text=budget.text, **WHY)
    assert as_bob.post(here, data={**sent, "method": "approval"}).status_code == 422
