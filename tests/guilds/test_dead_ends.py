from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from guilds.charter import (
    Charter,
    DecisionKind,
    DecisionRule,
    Electorate,
    QuorumBase,
    ThresholdBase,
)
from guilds.charter_templates import TEMPLATES
from guilds.dead_ends import Numbers, dead_ends, rule_dead_ends, tight_spots
from guilds.models import Role

RULE = DecisionRule(
    proposer=Role.MEMBER,
    deliberation=timedelta(0),
    voting_least=timedelta(days=1),
    voting_most=timedelta(days=7),
    quorum_share=Fraction(1, 2),
    threshold_share=Fraction(1, 2),
    threshold_exceeded=True,
)
ASSEMBLY = TEMPLATES["simple-assembly"].charter


def numbers(
    member: int = 7, organiser: int = 2, admin: int = 1, tenure: int = 4, active: int = 3
) -> Numbers:
    roles = {Role.MEMBER: member, Role.ORGANISER: organiser, Role.ADMIN: admin}
    return Numbers(roles, {30: tenure}, {30: active})


def rule(**changes: Any) -> DecisionRule:
    return DecisionRule.model_validate({**RULE.model_dump(), **changes})


def charter(kind: DecisionKind = DecisionKind.CHANGE_CHARTER, **changes: Any) -> Charter:
    """The simple assembly with another rule for one kind."""
    changed = DecisionRule.model_validate({**ASSEMBLY.rules[kind].model_dump(), **changes})
    return Charter(rules={**ASSEMBLY.rules, kind: changed})


SECRET = {"is_secret": True, "is_changeable": False}
TENURE = {"electorate": Electorate.TENURE, "electorate_days": 30}
ACTIVE = {"electorate": Electorate.ACTIVE, "electorate_days": 30}
ORGANISERS = {"electorate": Electorate.ROLE, "electorate_role": Role.ORGANISER}


@pytest.mark.parametrize(
    ("changes", "people"),
    [
        ({}, numbers()),
        ({}, numbers(member=0, organiser=0)),
        ({"supporters": 9}, numbers()),
        ({"quorum_least": 10}, numbers()),
        ({"quorum_share": Fraction(1)}, numbers()),
        ({**TENURE, "quorum_least": 4}, numbers()),
        ({**ORGANISERS, **SECRET}, numbers()),
        ({**ACTIVE, "quorum_base": QuorumBase.MEMBERS, "quorum_share": "3/10"}, numbers()),
        ({"threshold_share": Fraction(1), "threshold_exceeded": False}, numbers()),
    ],
)
def test_what_can_just_be_met_is_no_dead_end(changes: dict[str, Any], people: Numbers) -> None:
    assert rule_dead_ends(rule(**changes), people) == []


@pytest.mark.parametrize(
    ("changes", "people", "reason"),
    [
        (
            {"proposer": Role.ADMIN},
            numbers(admin=0),
            "nobody in the guild may propose it.",
        ),
        (
            {"supporters": 10},
            numbers(),
            "10 people besides the proposer would have to support it, and the guild has 9 people "
            "besides.",
        ),
        (
            {"supporters": 1},
            numbers(member=0, organiser=0),
            "1 person besides the proposer would have to support it, and the guild has no people "
            "besides.",
        ),
        (
            TENURE,
            numbers(tenure=0),
            "nobody could vote: members for at least 30 days are none today.",
        ),
        (
            ACTIVE,
            numbers(active=0),
            "nobody could vote: members who took part in the last 30 days are none today.",
        ),
        (
            {"quorum_least": 11},
            numbers(),
            "11 people would have to cast a ballot, and there are only 10 who may.",
        ),
        (
            {**ACTIVE, "quorum_base": QuorumBase.MEMBERS},
            numbers(),
            "5 people would have to cast a ballot, and there are only 3 who may.",
        ),
        (
            {"electorate": Electorate.ROLE, "electorate_role": Role.ADMIN, **SECRET},
            numbers(),
            "3 people would have to cast a ballot, because ballots are secret, and there is only "
            "1 who may.",
        ),
    ],
)
def test_what_cannot_be_met_is_told_with_its_reason(
    changes: dict[str, Any], people: Numbers, reason: str
) -> None:
    assert rule_dead_ends(rule(**changes), people) == [reason]


def test_a_dead_end_names_its_kinds_and_one_reason_is_told_once() -> None:
    stuck = Charter(rules={**charter(supporters=99).rules, DecisionKind.SPEND: rule(supporters=99)})
    told = dead_ends(stuck, numbers())
    assert len(told) == 1
    assert told[0].startswith("Change the charter, Spend money: 99 people besides the proposer")


def test_only_what_changes_is_looked_at_if_asked() -> None:
    stuck = charter(DecisionKind.SPEND, supporters=99)
    after = Charter(rules={**stuck.rules, DecisionKind.RESOLUTION: rule()})
    assert dead_ends(after, numbers())
    assert dead_ends(after, numbers(), before=stuck) == []


@pytest.mark.parametrize(
    ("changes", "people", "words"),
    [
        ({}, numbers(), []),
        ({"quorum_share": Fraction(1)}, numbers(), ["All 10 who may vote would have to take part"]),
        (
            {
                "threshold_base": ThresholdBase.ELECTORATE,
                "threshold_share": Fraction(1),
                "threshold_exceeded": False,
            },
            numbers(),
            ["All 10 who may vote would have to take part"],
        ),
        ({"supporters": 9}, numbers(), ["If one member left"]),
        ({"quorum_least": 10}, numbers(), ["All 10 who may vote", "If one member left"]),
        ({"quorum_share": Fraction(1)}, numbers(member=0, organiser=0), []),
    ],
)
def test_what_is_close_to_a_dead_end_is_told(
    changes: dict[str, Any], people: Numbers, words: list[str]
) -> None:
    told = tight_spots(charter(**changes), people)
    assert len(told) == len(words)
    for sentence, start in zip(told, words, strict=True):
        assert sentence.startswith(start)


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_template_is_a_dead_end_for_the_fewest_it_is_for(name: str) -> None:
    template = TEMPLATES[name]
    least = template.fewest
    people = numbers(
        member=least - 1, organiser=0, admin=1, tenure=max(least, 1), active=max(least, 1)
    )
    assert dead_ends(template.charter, people) == []
    assert str(least) in template.fits or least == 1


@pytest.mark.parametrize("name", [name for name in TEMPLATES if TEMPLATES[name].fewest > 1])
def test_with_fewer_a_template_would_be_one(name: str) -> None:
    template = TEMPLATES[name]
    less = template.fewest - 1
    people = numbers(member=less - 1, organiser=0, admin=1, tenure=less, active=less)
    assert dead_ends(template.charter, people)
