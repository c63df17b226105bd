from collections.abc import Mapping
from fractions import Fraction

import pytest

from voting.counting.greedy import Measure, Unfit, count_greedy
from voting.counting.profiles import BudgetProfile, Points, Project


def budget(amount: int, costs: Mapping[str, int], ballots: Mapping[str, int]) -> BudgetProfile:
    """Return a profile; a ballot names projects by letter, twice for two points."""
    projects = tuple(Project(name, Fraction(cost)) for name, cost in costs.items())
    places = {name: at for at, name in enumerate(costs)}
    read: dict[Points, int] = {}
    for letters, count in ballots.items():
        points = tuple((places[name], Fraction(letters.count(name))) for name in sorted({*letters}))
        read[points] = count
    return BudgetProfile(projects, Fraction(amount), read)


PROJECTS = {"A": 60, "B": 50, "C": 30, "D": 10, "E": 1}
PARK = budget(100, PROJECTS, {"AB": 3, "A": 2, "C": 2, "D": 1})


def funded(profile: BudgetProfile, **rules: object) -> str:
    outcome = count_greedy(profile, **rules)
    return "".join(profile.options[at] for at in outcome.winners)


def test_what_does_not_fit_is_skipped() -> None:
    assert funded(PARK) == "ACD"
    outcome = count_greedy(PARK)
    assert outcome.ranking == ((0,), (1,), (2,), (3,), (4,))
    assert [told["result"] for told in outcome.rounds[:5]] == [
        "funded",
        "does not fit",
        "funded",
        "funded",
        "too little support",
    ]
    assert outcome.rounds[-1] == {"budget": 100, "left": 0, "ties": []}


def test_or_it_stops_there() -> None:
    assert funded(PARK, unfit=Unfit.STOP) == "A"


def test_a_project_needs_its_threshold() -> None:
    assert funded(PARK, threshold=Fraction(2)) == "AC"


def test_the_first_that_does_not_fit_may_be_topped_up() -> None:
    assert funded(PARK, top_up=Fraction(4, 5)) == "AB"
    assert funded(PARK, top_up=Fraction(9, 10)) == "A"
    assert count_greedy(PARK, top_up=Fraction(4, 5)).rounds[-1]["left"] == 0


def test_points_or_ballots_are_added_up() -> None:
    profile = budget(50, {"A": 50, "B": 50}, {"AAAA": 1, "B": 2})
    assert funded(profile) == "A"
    assert funded(profile, measure=Measure.BALLOTS) == "B"


def test_a_tie_is_told_only_where_the_money_does_not_do() -> None:
    tied = {"A": 1, "B": 1}
    short, plenty = (budget(amount, {"A": 50, "B": 40}, tied) for amount in (60, 90))
    assert [tie.chosen for tie in count_greedy(short).ties] == [0]
    assert count_greedy(plenty).ties == ()


def test_a_share_to_top_up_from_must_be_one() -> None:
    with pytest.raises(ValueError, match="top up"):
        count_greedy(PARK, top_up=Fraction(2))
