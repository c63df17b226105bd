from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from guilds.charter import Charter, DecisionKind, DecisionRule
from guilds.charter_templates import TEMPLATES
from guilds.charter_words import KIND_NAMES, charter_in_words, length_in_words, share_in_words
from guilds.models import Role


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)
def test_a_charter_comes_back_from_the_database_as_it_went_in(template: Any) -> None:
    plain = template.charter.model_dump(mode="json")
    assert Charter.model_validate(plain) == template.charter


def test_a_charter_without_a_rule_for_a_kind_is_refused() -> None:
    rule = TEMPLATES["simple-assembly"].charter.rules[DecisionKind.RESOLUTION]
    with pytest.raises(ValidationError, match="no rule for bill_stance, change_charter"):
        Charter(rules={DecisionKind.RESOLUTION: rule})


@pytest.mark.parametrize(
    "change",
    [
        {"quorum_share": Fraction(3, 2)},
        {"threshold_share": Fraction(-1, 2)},
        {"threshold_share": Fraction(1), "threshold_exceeded": True},
        {"voting_least": timedelta(minutes=4)},
        {"voting_least": timedelta(days=8), "voting_most": timedelta(days=7)},
        {"voting_most": timedelta(days=61)},
        {"deliberation": timedelta(days=-1)},
    ],
)
def test_rules_that_cannot_be_met_are_refused(change: dict[str, Any]) -> None:
    good = {
        "proposer": Role.MEMBER,
        "deliberation": timedelta(0),
        "voting_least": timedelta(minutes=5),
        "voting_most": timedelta(days=7),
        "quorum_share": Fraction(1, 2),
        "threshold_share": Fraction(1, 2),
        "threshold_exceeded": True,
    }
    DecisionRule(**good)
    with pytest.raises(ValidationError):
        DecisionRule(**{**good, **change})


def test_kinds_of_one_rule_are_told_once() -> None:
    told = charter_in_words(TEMPLATES["federation-with-quorum"].charter)
    kinds = [kind for decided, _ in told for kind in decided.split(", ")]
    assert sorted(kinds) == sorted(KIND_NAMES.values())
    assert len(told) < len(kinds)
    rule = dict(told)["Open a petition for signature"]
    assert rule[0] == "An organiser may propose it."
    assert rule[-1] == "It passes if at least two thirds of the yes and no ballots are yes."


@pytest.mark.parametrize(
    ("share", "words"),
    [(Fraction(1, 2), "half"), (Fraction(2, 3), "two thirds"), (Fraction(1, 5), "20 %")],
)
def test_shares_in_words(share: Fraction, words: str) -> None:
    assert share_in_words(share) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(days=2), "2 days"),
    ],
)
def test_lengths_in_words(length: timedelta, words: str) -> None:
    assert length_in_words(length) == words
