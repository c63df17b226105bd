from collections import Counter
from fractions import Fraction

import pytest

from guilds.charter import BUDGETING, ONE_QUESTION, Method
from voting.counting.conversions import converted
from voting.counting.methods import METHODS
from voting.counting.profiles import (
    ApprovalProfile,
    BudgetProfile,
    Choice,
    RankedProfile,
    ScoreProfile,
)
from voting.marks import Paper, profile_of, read_marks, write_marks

NAMES = Paper(("Apple", "Birch", "Cedar"), ("10", "2.50", "0"))


def test_marks_come_back_as_they_went_in() -> None:
    numbers = [None, 0, 9, 10, 35, 36, 61]
    assert write_marks(numbers) == "-09AZaz"
    assert read_marks("-09AZaz") == numbers


@pytest.mark.parametrize("number", [-1, 62])
def test_what_has_no_mark_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="0 to 61"):
        write_marks([number])


def test_ranks_are_groups_the_best_first_and_gaps_say_nothing() -> None:
    profile = profile_of(
        Method.SCHULZE, NAMES, {"2-1": 3, "4-2": 1, "11-": 2, "---": 5}, settings={}
    )
    assert isinstance(profile, RankedProfile)
    assert profile.ballots == {((2,), (0,)): 4, ((0, 1),): 2, (): 5}


def test_scores_stand_above_the_lowest_one() -> None:
    profile = profile_of(Method.SCORE, NAMES, {"0-4": 2}, settings={"lowest": "-2"})
    assert isinstance(profile, ScoreProfile)
    assert profile.ballots == {(-2, None, 2): 2}


def test_what_is_not_approved_and_what_is_blank_are_the_same() -> None:
    profile = profile_of(Method.APPROVAL, NAMES, {"1-0": 2, "10-": 3}, settings={})
    assert isinstance(profile, ApprovalProfile)
    assert profile.ballots == {frozenset({0}): 5}


def test_a_budget_has_costs_and_approvals_of_a_point_each() -> None:
    profile = profile_of(Method.GREEDY, NAMES, {"101": 2}, settings={"budget": "12.50"})
    assert isinstance(profile, BudgetProfile)
    assert [project.cost for project in profile.projects] == [10, Fraction(5, 2), 0]
    assert profile.budget == Fraction(25, 2)
    assert profile.ballots == {((0, Fraction(1)), (2, Fraction(1))): 2}


@pytest.mark.parametrize("method", Method)
def test_every_method_counts_what_its_marks_say(method: Method) -> None:
    """No ballot is lost on the way from the text to the count."""
    blank = Choice.ABSTAIN if method in ONE_QUESTION else "---"
    other = Choice.YES if method in ONE_QUESTION else "1-2" if method not in BUDGETING else "1-1"
    counted = Counter({blank: 3, other: 4})
    paper = Paper(("Apple",)) if method in ONE_QUESTION else NAMES
    profile = profile_of(method, paper, counted, settings={"budget": "10"})
    kind = METHODS[method.value].kind
    assert converted(profile, kind) is profile
    assert profile.ballot_count == 7
