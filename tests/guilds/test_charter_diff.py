from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from guilds.charter import Charter, DecisionKind, DecisionRule, Electorate, Method
from guilds.charter_diff import Mark, changes
from guilds.charter_templates import TEMPLATES
from guilds.models import Role

ASSEMBLY = TEMPLATES["simple-assembly"].charter


def amended(*kinds: DecisionKind, **change: Any) -> Charter:
    rules = {
        kind: DecisionRule.model_validate({**ASSEMBLY.rules[kind].model_dump(), **change})
        for kind in kinds
    }
    return Charter(rules={**ASSEMBLY.rules, **rules})


def test_what_does_not_change_is_not_shown() -> None:
    assert changes(ASSEMBLY, ASSEMBLY) == []


def test_a_change_is_the_old_sentence_and_the_new_one_amid_those_that_stay() -> None:
    after = amended(DecisionKind.OPEN_PETITION, quorum_share=Fraction(1, 2))
    (change,) = changes(ASSEMBLY, after)
    assert change.kinds == ("Open a petition for signature",)
    marked = [line for line in change.lines if line.mark != Mark.SAME]
    assert marked == [
        (
            Mark.GONE,
            "It counts if at least 20 % of all members cast a ballot; abstaining takes part.",
        ),
        (
            Mark.NEW,
            "It counts if at least half of all members cast a ballot; abstaining takes part.",
        ),
    ]
    assert change.lines[0] == (Mark.SAME, "Any member may propose it.")


def test_a_sentence_more_does_not_part_the_old_ones_from_the_new() -> None:
    after = amended(
        DecisionKind.SPEND,
        electorate=Electorate.TENURE,
        electorate_days=30,
        quorum_share=Fraction(1, 2),
        threshold_share=Fraction(2, 3),
        threshold_exceeded=False,
    )
    (change,) = changes(ASSEMBLY, after)
    marked = [
        (line.mark, " ".join(line.sentence.split()[:2]))
        for line in change.lines
        if line.mark != Mark.SAME
    ]
    assert marked == [
        (Mark.NEW, "Members for"),
        (Mark.GONE, "It counts"),
        (Mark.NEW, "It counts"),
        (Mark.GONE, "It passes"),
        (Mark.NEW, "It passes"),
    ]


def test_kinds_that_change_alike_are_shown_once() -> None:
    kinds = [DecisionKind.OPEN_PETITION, DecisionKind.BILL_STANCE, DecisionKind.SPEND]
    told = changes(ASSEMBLY, amended(*kinds, supporters=2))
    assert [change.kinds for change in told] == [
        ("Open a petition for signature", "Take a stance on a bill"),
        ("Spend money",),
    ]


@pytest.mark.parametrize("there", TEMPLATES)
@pytest.mark.parametrize("here", TEMPLATES)
def test_old_and_new_lines_are_the_two_rules(here: str, there: str) -> None:
    before, after = TEMPLATES[here].charter, TEMPLATES[there].charter
    told = changes(before, after)
    assert (told == []) == (here == there)
    for change in told:
        assert {Mark.GONE, Mark.NEW} & {line.mark for line in change.lines}


#: every field of a rule, with a value that is another than the assembly's
FIELDS: dict[str, dict[str, Any]] = {
    "proposer": {"proposer": Role.ORGANISER},
    "supporters": {"supporters": 1},
    "deliberation": {"deliberation": timedelta(hours=5)},
    "voting_least": {"voting_least": timedelta(hours=5)},
    "voting_most": {"voting_most": timedelta(days=20)},
    "methods": {"methods": (Method.CONSENT, Method.MAJORITY)},
    "electorate": {"electorate": Electorate.TENURE, "electorate_days": 3},
    "electorate_days": {"electorate": Electorate.ACTIVE, "electorate_days": 4},
    "electorate_role": {"electorate": Electorate.ROLE, "electorate_role": Role.ADMIN},
    "quorum_base": {"quorum_base": "members", "electorate": Electorate.ROLE},
    "quorum_share": {"quorum_share": Fraction(1, 4)},
    "quorum_least": {"quorum_least": 2},
    "threshold_base": {"threshold_base": "electorate"},
    "threshold_share": {"threshold_share": Fraction(3, 4)},
    "threshold_exceeded": {"threshold_exceeded": False},
    "is_secret": {"is_secret": True, "is_changeable": False, "delegation": False},
    "delegation": {"delegation": False},
    "delegation_cap": {"delegation_cap": 6},
    "is_changeable": {"is_changeable": False},
    "organisers_alone": {"organisers_alone": False},
}


def test_every_field_of_a_rule_is_in_the_table() -> None:
    assert set(FIELDS) == set(DecisionRule.model_fields)


@pytest.mark.parametrize("field", FIELDS)
def test_whatever_a_rule_says_reads_differently_when_it_changes(field: str) -> None:
    assert changes(ASSEMBLY, amended(DecisionKind.MEMBERSHIP, **FIELDS[field]))
