import pytest

from voting.counting.conversions import choices, committee, converted
from voting.counting.profiles import (
    ApprovalProfile,
    Choice,
    ChoiceProfile,
    RankedProfile,
    ScoreProfile,
)

YES, NO, ABSTAIN = Choice
SCORES = ScoreProfile(("A", "B", "C"), {(5, None, 0): 2, (1, 1, 3): 1})


def test_scores_become_rankings() -> None:
    profile = converted(SCORES, RankedProfile)
    assert dict(profile.ballots) == {((0,), (2,)): 2, ((2,), (0, 1)): 1}


def test_scored_above_nothing_is_approved() -> None:
    profile = converted(SCORES, ApprovalProfile)
    assert dict(profile.ballots) == {frozenset({0}): 2, frozenset({0, 1, 2}): 1}


def test_ones_and_noughts_answer_motions() -> None:
    profile = choices(ScoreProfile(("A", "B"), {(1, 0): 2, (None, 1): 1}))
    assert profile.options == ("A", "B")
    assert dict(profile.ballots) == {(YES, NO): 2, (ABSTAIN, YES): 1}
    with pytest.raises(ValueError, match="1, 0 or blank"):
        choices(SCORES)


def test_columns_of_yes_no_and_abstain_are_one_question() -> None:
    ballots = {(1, 0, 0): 3, (None, 1, None): 2, (0, 0, 1): 1, (0, 0, 0): 1, (1, 1, 0): 1}
    profile = choices(ScoreProfile(("Yes", "No", "Abstain"), ballots))
    assert profile.options == ("Yes", "No")
    assert dict(profile.ballots) == {(YES, NO): 3, (NO, YES): 2, (ABSTAIN, ABSTAIN): 3}


def test_the_top_of_a_ranking_is_a_choice() -> None:
    profile = choices(RankedProfile(("A", "B"), {((0,), (1,)): 2, ((0, 1),): 1, (): 1}))
    assert dict(profile.ballots) == {(YES, NO): 2, (ABSTAIN, ABSTAIN): 2}


def test_a_committee_is_a_budget_of_its_seats() -> None:
    profile = committee(ApprovalProfile(("A", "B"), {frozenset({1}): 2}), 1)
    assert profile.budget == 1
    assert [project.cost for project in profile.projects] == [1, 1]


def test_nothing_becomes_what_it_does_not_say() -> None:
    with pytest.raises(ValueError, match="counts scores, but the file holds choices"):
        converted(ChoiceProfile(("A",), {}), ScoreProfile)
