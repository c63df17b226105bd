from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voting.counting.test_greedy import budget
from voting.counting.conversions import committee
from voting.counting.equal_shares import Completion, Utility, count_equal_shares
from voting.counting.profiles import ApprovalProfile, BudgetProfile


def funded(profile: BudgetProfile, **rules: object) -> str:
    outcome = count_equal_shares(profile, **rules)
    return "".join(profile.options[at] for at in outcome.winners)


def test_a_minority_spends_its_part() -> None:
    """Four voters have 25 each; greedily the three would have taken all of it."""
    profile = budget(100, {"A": 50, "B": 50, "C": 25}, {"AB": 3, "C": 1})
    assert funded(profile) == "AC"
    assert count_equal_shares(profile).rounds[0] == {
        "project": "A",
        "cost": 50,
        "supporters": 3,
        "rho": "1/3",
        "result": "funded",
    }


def test_who_cannot_pay_their_part_pays_all_they_have() -> None:
    """After A (20, by 2 voters) they have 20 each; for B (80) the third, with 30, pays 30."""
    profile = budget(90, {"A": 20, "B": 70}, {"AB": 2, "B": 1})
    outcome = count_equal_shares(profile)
    assert [told["project"] for told in outcome.rounds[:-1]] == ["B"]
    after = count_equal_shares(profile, utility=Utility.CARDINALITY)
    assert [told["project"] for told in after.rounds[:-1]] == ["A", "B"]
    assert after.rounds[1]["rho"] == 30
    assert after.rounds[-1]["left"] == 0


def test_by_cardinality_many_cheap_projects_come_first() -> None:
    profile = budget(40, {"A": 40, "B": 10, "C": 10}, {"ABC": 3, "A": 1})
    assert funded(profile) == "A"
    assert funded(profile, utility=Utility.CARDINALITY) == "BC"


def test_points_say_of_how_much_use_a_project_is() -> None:
    profile = budget(40, {"A": 40, "B": 40}, {"AAAB": 1, "AB": 1, "ABB": 1, "AABB": 1})
    assert funded(profile, utility=Utility.POINTS) == "A"


def test_of_equal_projects_the_cheaper_then_the_one_on_more_ballots() -> None:
    profile = budget(40, {"A": 20, "B": 10}, {"AB": 2})
    outcome = count_equal_shares(profile)
    assert [profile.options[at] for at in outcome.winners] == ["B", "A"]
    assert outcome.ties[0].how == "lower cost, then more ballots"


def test_what_is_left_may_be_spent_greedily() -> None:
    profile = budget(100, {"A": 60, "B": 90, "C": 40}, {"A": 2, "B": 3, "C": 1})
    assert funded(profile) == ""
    assert funded(profile, completion=Completion.GREEDY) == "B"


def test_or_by_giving_everyone_one_more() -> None:
    """Six voters begin with 100/6; three can pay 90 once everyone has 30 or more."""
    profile = budget(100, {"A": 70, "B": 90, "C": 40}, {"A": 2, "B": 3, "C": 1})
    outcome = count_equal_shares(profile, completion=Completion.ADD1)
    assert [profile.options[at] for at in outcome.winners] == ["B"]
    assert outcome.rounds[-1]["share"] == str(Fraction(100, 6) + 14)


def test_adding_one_ends_before_it_would_be_too_much() -> None:
    """At 30 each both A and B could be paid for, and together they cost too much."""
    profile = budget(100, {"A": 60, "B": 90}, {"A": 2, "B": 3})
    assert funded(profile, completion=Completion.ADD1) == ""
    assert funded(profile, completion=Completion.ADD1_GREEDY) == "B"


def test_a_free_project_is_funded_if_anybody_wants_it() -> None:
    assert funded(budget(0, {"A": 0, "B": 0}, {"A": 1})) == "A"
    assert funded(budget(10, {"A": 5}, {})) == ""


def test_a_step_must_be_one() -> None:
    with pytest.raises(ValueError, match="step"):
        count_equal_shares(budget(1, {"A": 1}, {"A": 1}), step=Fraction(0))


elections = st.dictionaries(
    st.text("ABCD", min_size=1, max_size=4).map(lambda text: "".join(sorted({*text}))),
    st.integers(1, 4),
    min_size=1,
    max_size=6,
)


@given(elections, st.integers(0, 30), st.sampled_from(Utility), st.sampled_from(Completion))
@settings(deadline=None, max_examples=100)
def test_no_more_is_spent_than_there_is(
    ballots: Mapping[str, int], amount: int, utility: Utility, completion: Completion
) -> None:
    profile = budget(amount, {"A": 7, "B": 3, "C": 5, "D": 11}, ballots)
    outcome = count_equal_shares(profile, utility=utility, completion=completion)
    assert sum(profile.projects[at].cost for at in outcome.winners) <= profile.budget
    assert len(set(outcome.winners)) == len(outcome.winners)
    assert all(any(at == named for ballot in profile.ballots for named, _ in ballot)
               for at in outcome.winners)  # fmt: skip


@given(elections, st.integers(1, 4), st.integers(1, 4))
@settings(deadline=None, max_examples=100)
def test_who_agree_and_are_enough_get_their_part(
    ballots: Mapping[str, int], seats: int, size: int
) -> None:
    """Voters with one ballot who are l seats' worth of all get l of what they approve."""
    counts = {frozenset("ABCD".index(name) for name in names): n for names, n in ballots.items()}
    group = next(iter(counts))
    counts[group] += size
    profile = committee(ApprovalProfile(tuple("ABCD"), counts), seats)
    outcome = count_equal_shares(profile)
    due = min(counts[group] * seats // profile.ballot_count, len(group))
    assert len(group.intersection(outcome.winners)) >= due
