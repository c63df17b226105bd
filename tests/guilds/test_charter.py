from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from guilds.charter import Charter, DecisionKind, DecisionRule, Electorate, ThresholdBase
from guilds.charter_templates import TEMPLATES
from guilds.charter_words import (
    KIND_NAMES,
    REQUESTS,
    charter_in_words,
    length_in_words,
    rule_in_words,
    share_in_words,
)
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


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_reads_as_sentences_and_not_as_settings(name: str) -> None:
    template = TEMPLATES[name]
    told = charter_in_words(template.charter)
    kinds = [kind for decided, _ in told for kind in decided.split(", ")]
    assert set(kinds) == set(KIND_NAMES.values())
    sentences = [sentence for _, its in told for sentence in its]
    for sentence in [template.fits, *sentences]:
        assert sentence[0].isupper() or sentence[0].isdigit()
        assert sentence.endswith(".")
        assert not set(sentence) & set("_{}[]=<>")


def test_who_may_propose_members_is_told_that_requests_are_the_organisers() -> None:
    told = dict(charter_in_words(TEMPLATES["simple-assembly"].charter))
    assert REQUESTS in next(its for kinds, its in told.items() if "Admit" in kinds)


@pytest.mark.parametrize("kind", DecisionKind)
def test_a_rule_is_told_in_the_order_in_which_a_decision_goes(kind: DecisionKind) -> None:
    for template in TEMPLATES.values():
        sentences = rule_in_words(template.charter.rules[kind])
        assert "may propose it" in sentences[0]
        assert sentences[1].startswith(("It is debated", "Voting opens"))
        assert sentences[2].startswith("Voting lasts")


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"proposer": Role.ADMIN, "supporters": 1},
            "An admin may propose it; it is heard once 1 other member supports it.",
        ),
        (
            {"supporters": 1200},
            "Any member may propose it; it is heard once 1,200 other members support it.",
        ),
        (
            {"voting_least": timedelta(days=7)},
            "Voting lasts 7 days.",
        ),
        (
            {"electorate": "tenure", "electorate_days": 1},
            "Members for at least 1 day vote, as they are when voting opens.",
        ),
        (
            {"electorate": "active", "electorate_days": 90, "quorum_base": "members"},
            "It counts if at least half of all members cast a ballot; abstaining takes part.",
        ),
        (
            {"electorate": "role", "electorate_role": Role.ADMIN},
            "It counts if at least half of admins cast a ballot; abstaining takes part.",
        ),
        (
            {"quorum_share": 0},
            "It counts however many cast a ballot; abstaining takes part.",
        ),
        (
            {"quorum_share": 0, "quorum_least": 20},
            "It counts if at least 20 people cast a ballot; abstaining takes part.",
        ),
        (
            {"quorum_least": 20},
            "It counts if at least half of all members, and no fewer than 20 people, cast a "
            "ballot; abstaining takes part.",
        ),
        (
            {"is_secret": True, "is_changeable": False},
            "It counts if at least half of all members, and no fewer than 3 people, cast a "
            "ballot; abstaining takes part.",
        ),
        (
            {"threshold_base": "ballots"},
            "It passes if more than half of all ballots, abstentions too, are yes.",
        ),
        (
            {"threshold_base": "electorate"},
            "It passes if more than half of all who may vote say yes.",
        ),
        ({"delegation": True}, "Members may let another member vote for them."),
        (
            {"delegation": True, "delegation_cap": 1},
            "Members may let another member vote for them, for up to 1 other each.",
        ),
        ({"is_changeable": False}, "Members see who voted what. A ballot is final once cast."),
        ({"quorum_share": 1}, "It counts if all members cast a ballot; abstaining takes part."),
        (
            {"quorum_share": 1, "electorate": Electorate.ROLE, "electorate_role": Role.ADMIN},
            "It counts if all admins cast a ballot; abstaining takes part.",
        ),
        *(
            (
                {"threshold_share": 1, "threshold_exceeded": False, "threshold_base": base},
                f"It passes if {said}.",
            )
            for base, said in (
                (ThresholdBase.DECIDED, "all the yes and no ballots are yes"),
                (ThresholdBase.BALLOTS, "all ballots, abstentions too, are yes"),
                (ThresholdBase.ELECTORATE, "all who may vote say yes"),
            )
        ),
    ],
)
def test_every_part_of_a_rule_has_its_words(changes: dict[str, Any], sentence: str) -> None:
    affinity = TEMPLATES["affinity-group"].charter.rules[DecisionKind.BILL_STANCE]
    rule = DecisionRule.model_validate({**affinity.model_dump(), **changes})
    assert sentence in rule_in_words(rule)
