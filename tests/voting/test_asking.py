from collections.abc import Collection
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from guilds.charter import CHOOSING, DecisionKind, DecisionRule, Method
from guilds.charter_templates import TEMPLATES
from voting.asking import METHOD_HINTS, ChoiceFields, choice_data, read_money
from voting.question import OptionFacts, Question, choice_refusal

TWO = (OptionFacts("Oak"), OptionFacts("Ash"))
BOB = SimpleNamespace(id=UUID(int=7), handle="bob", display_name="Bob")


def question(method: Method, **more: Any) -> Question:
    kind = DecisionKind.ELECT
    return Question(kind, "Which?", "", timedelta(days=1), method, **{"options": TWO, **more})


@pytest.mark.parametrize(
    ("method", "more", "part"),
    [
        (Method.MAJORITY, {}, "options"),
        (Method.CONSENT, {"options": ()}, None),
        (Method.APPROVAL, {}, None),
        (Method.APPROVAL, {"options": TWO[:1]}, "options"),
        (Method.APPROVAL, {"options": (*TWO, OptionFacts("oak "))}, "options"),
        (Method.APPROVAL, {"options": (*TWO, OptionFacts(" "))}, "options"),
        (Method.IRV, {"options": tuple(OptionFacts(str(n)) for n in range(41))}, "options"),
        (Method.IRV, {"options": tuple(OptionFacts(str(n)) for n in range(40))}, None),
        (Method.IRV, {"options": (*TWO, OptionFacts("Elm")), "seats": 2}, "seats"),
        (Method.STV, {"options": (*TWO, OptionFacts("Elm")), "seats": 2}, None),
        (Method.STV, {"seats": 2}, "seats"),
        (Method.STV, {"seats": 0}, "seats"),
        (Method.STV, {"settings": {"rule": "meek"}}, None),
        (Method.STV, {"settings": {"rule": "lunar"}}, "settings"),
        (Method.SCHULZE, {"settings": {"rule": "meek"}}, "settings"),
        (Method.SCORE, {"settings": {"lowest": "-2", "highest": "2"}}, None),
        (Method.SCORE, {"settings": {"lowest": "2", "highest": "2"}}, "scores"),
        (Method.SCORE, {"settings": {"highest": "21"}}, "scores"),
        (Method.SCORE, {"settings": {"highest": "five"}}, "scores"),
        (Method.STAR, {"settings": {"lowest": "1"}}, "scores"),
        (Method.GREEDY, {}, "money"),
        (Method.GREEDY, {"settings": {"budget": "9"}}, "money"),
    ],
)
def test_only_what_can_be_counted_is_asked(
    method: Method, more: dict[str, Any], part: str | None
) -> None:
    refusal = choice_refusal(question(method, **more), method)
    assert (refusal and refusal[0]) == part


def test_what_can_never_be_paid_for_is_refused() -> None:
    projects = (OptionFacts("Pond", cost="10.01"), OptionFacts("Bench", cost="9"))
    asked = question(Method.EQUAL_SHARES, options=projects, settings={"budget": "10"})
    assert choice_refusal(asked, Method.EQUAL_SHARES) == ("money", "This would never pay for Pond.")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("1200", "1200"), (" 1 200 ", "1200"), ("12,5", "12.50"), ("007.00", "7"), ("0.30", "0.30")],
)
def test_money_is_kept_exactly(typed: str, kept: str) -> None:
    assert read_money(typed) == kept


@pytest.mark.parametrize("typed", ["", "1,200", "1.2.3", "-5", "1e3", "٣", "ten", "1" * 13])
def test_money_that_could_mean_two_things_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="plain number"):
        read_money(typed)


def filled(app: Flask, kind: DecisionKind, *methods: Method, **typed: str) -> ChoiceFields:
    """A form that came back; "__" in a name stands for "-"."""

    def members(handles: Collection[str]) -> Any:
        return {"bob": BOB} if "bob" in handles else {}

    rule = DecisionRule.model_validate(
        {**TEMPLATES["affinity-group"].charter.rules[kind].model_dump(), "methods": methods}
    )
    data = MultiDict({name.replace("__", "-"): text for name, text in typed.items()})
    with app.test_request_context(method="POST", data=data):
        form = ChoiceFields()
        form.offer_methods(kind, rule, members)
        form.good = form.validate()
        return form


def errors_of(form: ChoiceFields) -> str:
    return str(form.errors)


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_form_becomes_a_question(app: Flask) -> None:
    typed = {
        "method": "stv",
        "options__0__name": "@Bob",
        "options__0__note": "Knows the river",
        "options__2__name": "Rosa",
        "options__5__name": "  Lucid   Lee ",
        "seats": "2",
        "transfers": "meek",
        "gives": "renewal",
    }
    form = filled(app, DecisionKind.ELECT, Method.STV, Method.IRV, **typed)
    assert form.good, form.errors
    assert form.choice == {
        "method": Method.STV,
        "options": (
            OptionFacts("Bob (@bob)", "Knows the river", "", BOB.id),
            OptionFacts("Rosa"),
            OptionFacts("Lucid Lee"),
        ),
        "settings": {"rule": "meek"},
        "seats": 2,
        "deed": {"role": "organiser", "renews": True},
    }
    again = choice_data(Question(DecisionKind.ELECT, "", "", timedelta(0), **form.choice))
    assert again["options"][0]["name"] == "@bob"
    assert again["gives"] == "renewal"
    assert (again["seats"], again["transfers"]) == (2, "meek")


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.parametrize(
    ("kind", "typed", "message"),
    [
        ("resolution", {"method": "majority", "options__0__name": "A"}, "has no options"),
        ("resolution", {"method": "approval", "options__0__name": "A"}, "at least two options"),
        ("resolution", {"method": "approval"}, "at least two options"),
        ("resolution", {"method": "stv"}, "Not a valid choice"),
        ("resolution", {"method": "score", "highest": "x"}, "Not a valid integer"),
        ("elect", {"method": "approval", "options__1__name": "@carl"}, "No member of this guild"),
        ("elect", {"method": "approval", "options__1__note": "?"}, "Give it a name."),
    ],
)
def test_what_is_wrong_is_told_by_its_field(
    app: Flask, kind: str, typed: dict[str, str], message: str
) -> None:
    methods = sorted(CHOOSING | {Method.MAJORITY})
    form = filled(app, DecisionKind(kind), *methods, **typed)
    assert not form.good
    assert message in errors_of(form)


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_budget_asks_for_costs(app: Flask) -> None:
    typed = {
        "method": "equal-shares",
        "budget": "1 000",
        "leftover": "greedy",
        "options__0__name": "Pond",
        "options__0__cost": "800,50",
        "options__1__name": "Bench",
    }
    kinds = (Method.MAJORITY, Method.EQUAL_SHARES)
    form = filled(app, DecisionKind.SPEND, *kinds, **typed)
    assert "What does it cost?" in errors_of(form)
    form = filled(app, DecisionKind.SPEND, *kinds, **typed, options__1__cost="20")
    assert form.good, form.errors
    assert form.choice["settings"] == {"budget": "1000", "completion": "greedy"}
    assert [one.cost for one in form.choice["options"]] == ["800.50", "20"]


def test_every_method_has_a_hint() -> None:
    assert set(METHOD_HINTS) == set(Method)
