import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voting.counting.profiles import ScoreProfile
from voting.counting.score import Aggregate, count_score

NAMES = ("Ada", "Bo", "Cy")
profiles = st.dictionaries(
    st.tuples(*[st.none() | st.integers(0, 5)] * 3), st.integers(1, 3), max_size=8
).map(lambda ballots: ScoreProfile(NAMES, ballots))


def test_the_highest_total_is_elected() -> None:
    outcome = count_score(ScoreProfile(NAMES, {(5, 3, None): 2, (0, 4, 5): 1}))
    assert outcome.winners == (0,)
    assert outcome.ranking == ((0, 1), (2,))
    assert outcome.ballots == 3
    assert [tie.chosen for tie in outcome.ties] == [0]


def test_the_mean_leaves_out_who_has_no_opinion() -> None:
    profile = ScoreProfile(NAMES, {(5, 3, None): 2, (0, 4, 5): 1})
    outcome = count_score(profile, aggregate=Aggregate.MEAN)
    assert outcome.ranking == ((2,), (0, 1))
    standings = outcome.rounds[0]["standings"]
    assert isinstance(standings, list)
    assert standings[1] == {"option": "Ada", "total": 10, "scored_by": 3, "mean": "10/3"}


def test_an_option_nobody_scored_has_no_mean_and_comes_last() -> None:
    profile = ScoreProfile(NAMES, {(-1, None, -5): 1})
    assert count_score(profile, aggregate=Aggregate.MEAN).ranking == ((0,), (2,), (1,))


def test_scores_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="out of range"):
        count_score(ScoreProfile(NAMES, {(0, 0, 6): 1}), highest=5)
    with pytest.raises(ValueError, match="out of range"):
        count_score(ScoreProfile(NAMES, {(0, 0, -1): 1}), lowest=0)


@given(profiles, st.integers(0, 2), st.integers(0, 5))
@settings(deadline=None, max_examples=60)
def test_another_score_never_hurts_the_winner(
    profile: ScoreProfile, option: int, score: int
) -> None:
    ballot = tuple(score if at == option else None for at in range(3))
    more = {**profile.ballots, ballot: profile.ballots.get(ballot, 0) + 1}
    if option in count_score(profile).winners:
        assert option in count_score(ScoreProfile(NAMES, more)).winners
