"""Scores, approvals and budgets against pref_voting, votelib and pabutools."""

import pytest
from pabutools.election import (
    AbstractApprovalProfile,
    ApprovalBallot,
    ApprovalProfile,
    Cardinality_Sat,
    Cost_Sat,
    Instance,
    Project,
    SatisfactionMeasure,
)
from pabutools.rules import greedy_utilitarian_welfare, method_of_equal_shares
from pref_voting.grade_methods import score_voting, star
from pref_voting.grade_profiles import GradeProfile
from votelib.evaluate.cardinal import STAR, ScoreVoting

from tests.voting.counting.oracles.draws import budgets, scored
from voting.counting.equal_shares import Utility, count_equal_shares
from voting.counting.greedy import count_greedy
from voting.counting.profiles import BudgetProfile, ScoreProfile
from voting.counting.score import count_score
from voting.counting.star import count_star

PROFILES = 150


def grades(profile: ScoreProfile) -> GradeProfile:
    maps = [dict(enumerate(scores)) for scores in profile.ballots]
    return GradeProfile(maps, range(6), list(profile.ballots.values()))


def scores_of(profile: ScoreProfile) -> dict[frozenset[tuple[int, int | None]], int]:
    """Return the ballots as votelib has them."""
    return {frozenset(enumerate(scores)): count for scores, count in profile.ballots.items()}


def test_score() -> None:
    for profile in scored("score", PROFILES):
        outcome = count_score(profile)
        assert outcome.ranking is not None
        best = set(outcome.ranking[0])
        assert set(score_voting(grades(profile), evaluation_method="sum")) == best
        if not outcome.ties:
            theirs = ScoreVoting("sum").evaluate(scores_of(profile), 1)
            assert tuple(theirs) == outcome.winners


def test_star() -> None:
    for profile in scored("star", PROFILES):
        outcome = count_star(profile)
        assert outcome.winners[0] in star(grades(profile))
        if not outcome.ties:
            assert tuple(STAR().evaluate(scores_of(profile), 1)) == outcome.winners


def theirs(profile: BudgetProfile) -> tuple[Instance, AbstractApprovalProfile, list[Project]]:
    """Return a budget as pabutools has it, and its projects in our order."""
    projects = [Project(project.name, project.cost) for project in profile.projects]
    instance = Instance(projects, budget_limit=profile.budget)
    ballots = [
        ApprovalBallot([projects[project] for project, _ in points])
        for points, count in profile.ballots.items()
        for _ in range(count)
    ]
    return instance, ApprovalProfile(ballots, instance=instance), projects


def test_greedy() -> None:
    """Pabutools takes what satisfies most for its cost: by the cost of what is funded, votes."""
    compared = 0
    for profile in budgets("greedy", PROFILES):
        outcome = count_greedy(profile)
        if outcome.ties:
            continue
        compared += 1
        instance, ballots, projects = theirs(profile)
        funded = greedy_utilitarian_welfare(instance, ballots, sat_class=Cost_Sat)
        assert {projects.index(project) for project in funded} == set(outcome.winners)
    assert compared > PROFILES // 3


@pytest.mark.parametrize(
    ("utility", "satisfaction"),
    [(Utility.COST, Cost_Sat), (Utility.CARDINALITY, Cardinality_Sat)],
)
def test_equal_shares(utility: Utility, satisfaction: type[SatisfactionMeasure]) -> None:
    compared = 0
    for profile in budgets(f"equal shares {utility}", PROFILES):
        outcome = count_equal_shares(profile, utility=utility)
        if outcome.ties:
            continue
        compared += 1
        instance, ballots, projects = theirs(profile)
        funded = method_of_equal_shares(instance, ballots, sat_class=satisfaction)
        assert {projects.index(project) for project in funded} == set(outcome.winners)
    assert compared > PROFILES // 3
