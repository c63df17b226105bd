"""What methods that count ticks, scores or money promise of any ballots, tried on small boxes.

Every run draws the same.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voting.counting.methods import get_method
from voting.counting.profiles import (
    ApprovalProfile,
    BudgetProfile,
    Project,
    ScoreProfile,
)
from voting.counting.ties import TieBreak

NAMES = ("Ada", "Bo", "Cy", "Di")
COSTS = (7, 3, 5, 3)
BUDGET = Fraction(10)
COUNTED = ("approval", "score", "star", "greedy", "equal-shares")
LOTS = TieBreak(b"what the box itself draws by")
Profile: TypeAlias = ApprovalProfile | BudgetProfile | ScoreProfile
Scores: TypeAlias = Mapping[tuple[int, ...], int]
everywhere = settings(max_examples=60, deadline=None, derandomize=True)
scored = st.dictionaries(
    st.tuples(*[st.integers(0, 5)] * len(NAMES)), st.integers(1, 9), min_size=1, max_size=6
)


def profile_of(method: str, scores: Scores, order: Sequence[int] = range(len(NAMES))) -> Profile:
    """The ballots as the method's, options in this order; what scores above 0 is ticked."""
    names = tuple(NAMES[at] for at in order)
    moved: dict[tuple[int | None, ...], int] = {
        tuple(ballot[at] for at in order): count for ballot, count in scores.items()
    }
    if method in ("score", "star"):
        return ScoreProfile(names, moved)
    ticked: dict[Any, int] = {}
    for ballot, count in moved.items():
        chosen = tuple(at for at, score in enumerate(ballot) if score)
        ticked[chosen] = ticked.get(chosen, 0) + count
    if method == "approval":
        return ApprovalProfile(names, {frozenset(one): n for one, n in ticked.items()})
    projects = tuple(Project(NAMES[at], Fraction(COSTS[at])) for at in order)
    given_points = {tuple((at, Fraction(1)) for at in one): n for one, n in ticked.items()}
    return BudgetProfile(projects, BUDGET, given_points)


def winners(method: str, profile: Profile) -> list[str]:
    outcome = get_method(method).run(profile, ties=LOTS)
    return [profile.options[at] for at in outcome.winners]


@pytest.mark.parametrize("method", COUNTED)
@given(scored, st.permutations(range(len(NAMES))))
@everywhere
def test_neutral(method: str, scores: Scores, order: Sequence[int]) -> None:
    """In whichever order the options stand on the paper, the same ones win."""
    assert winners(method, profile_of(method, scores, order)) == winners(
        method, profile_of(method, scores)
    )


@pytest.mark.parametrize("method", COUNTED)
@given(scored, st.randoms(use_true_random=False))
@everywhere
def test_anonymous(method: str, scores: Scores, random: Any) -> None:
    """In whichever order the ballots come, everything in the outcome is the same."""
    ballots = list(scores.items())
    random.shuffle(ballots)
    first, second = (profile_of(method, one) for one in (scores, dict(ballots)))
    run = get_method(method).run
    assert run(first, ties=LOTS) == run(second, ties=LOTS)


@pytest.mark.parametrize("method", ["score", "star"])
@given(scored, st.data())
@everywhere
def test_monotone(method: str, scores: Scores, data: st.DataObject) -> None:
    """Ballots that score the winner higher than before do the winner no harm."""
    profile = profile_of(method, scores)
    (winner,) = get_method(method).run(profile, ties=LOTS).winners or (0,)
    raised: dict[tuple[int, ...], int] = {}
    for ballot, count in scores.items():
        more = min(5, ballot[winner] + data.draw(st.integers(0, 2)))
        higher = (*ballot[:winner], more, *ballot[winner + 1 :])
        raised[higher] = raised.get(higher, 0) + count
    if winners(method, profile):
        assert winners(method, profile_of(method, raised)) == [NAMES[winner]]
