"""What ranked methods promise of any profile, tried on small ones drawn at random.

Blank ballots, equal ranks and options left out are drawn too, unless a test says otherwise. Every
run draws the same.
"""

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import partial
from itertools import combinations
from math import ceil
from typing import Any, TypeAlias

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from voting.counting.irv import Stop, count_irv
from voting.counting.outcome import Outcome
from voting.counting.pairwise import preferences
from voting.counting.profiles import RankedProfile, Ranking, Unranked
from voting.counting.ranked_pairs import count_ranked_pairs
from voting.counting.schulze import count_schulze
from voting.counting.stv import Rule, count_stv
from voting.counting.ties import TieBreak
from voting.counting.transfers import Elimination, EqualRanks

NAMES = ("Ada", "Bo", "Cy", "Di", "Eve")
Count: TypeAlias = Callable[..., Outcome]

STV: Mapping[str, Count] = {
    "scottish": partial(count_stv, rule=Rule.SCOTTISH),
    "wigm": partial(count_stv, rule=Rule.WIGM),
    "wigm-batch": partial(count_stv, rule=Rule.WIGM, elimination=Elimination.BATCH),
    "exact": partial(count_stv, rule=Rule.EXACT),
    "meek": partial(count_stv, rule=Rule.MEEK),
}
IRV: Mapping[str, Count] = {
    "irv": count_irv,
    "irv-batch": partial(count_irv, elimination=Elimination.BATCH, equal_ranks=EqualRanks.EXHAUST),
    "irv-skip": partial(count_irv, stop=Stop.LAST_TWO, equal_ranks=EqualRanks.SKIP),
}
PAIRWISE: Mapping[str, Count] = {"schulze": count_schulze, "ranked-pairs": count_ranked_pairs}
WITH_TWO_SEATS = {name: partial(count, seats=2) for name, count in {**STV, **PAIRWISE}.items()}
METHODS: Mapping[str, Count] = {**IRV, **WITH_TWO_SEATS}
everywhere = settings(max_examples=50, deadline=None, derandomize=True)


@st.composite
def profiles(draw: st.DrawFn, *, strict: bool = False) -> RankedProfile:
    """Draw up to eight different ballots on two to five options. strict: no equal ranks."""
    number = draw(st.integers(2, len(NAMES)))
    options = st.integers(0, number - 1)
    ranking: st.SearchStrategy[Any]
    if strict:
        ranking = st.lists(options, unique=True, max_size=number).map(one_by_one)
    else:
        rank = st.one_of(st.none(), options)
        ranking = st.lists(rank, min_size=number, max_size=number).map(by_rank)
    ballots = st.dictionaries(ranking, st.integers(1, 9), min_size=1, max_size=8)
    unranked = Unranked.LAST if strict else draw(st.sampled_from(Unranked))
    return RankedProfile(NAMES[:number], draw(ballots), unranked)


def one_by_one(options: list[int]) -> Ranking:
    return tuple((option,) for option in options)


def by_rank(ranks: list[int | None]) -> Ranking:
    given_ranks = sorted({rank for rank in ranks if rank is not None})
    return tuple(
        tuple(option for option, given in enumerate(ranks) if given == rank) for rank in given_ranks
    )


def exchanged(profile: RankedProfile, places: list[int]) -> RankedProfile:
    """Return the profile with every option in the place of another."""
    ballots = {
        tuple(tuple(sorted(places[option] for option in group)) for group in ranking): count
        for ranking, count in profile.ballots.items()
    }
    return RankedProfile(profile.options, ballots, profile.unranked)


@pytest.mark.parametrize("method", METHODS)
@given(profiles(), st.data())
@everywhere
def test_neutral(method: str, profile: RankedProfile, data: st.DataObject) -> None:
    """Options that change places, in the ballots and in the lots, change places in the outcome."""
    everyone = range(len(profile.options))
    places = data.draw(st.permutations(everyone))
    lots = data.draw(st.permutations(everyone))
    count = METHODS[method]
    names = profile.options
    before = count(profile, ties=TieBreak(lots=tuple(names[one] for one in lots)))
    after = count(
        exchanged(profile, places), ties=TieBreak(lots=tuple(names[places[one]] for one in lots))
    )
    assert after.winners == tuple(places[winner] for winner in before.winners)
    if before.ranking is not None:
        moved = [{places[option] for option in group} for group in before.ranking]
        assert [set(group) for group in after.ranking or ()] == moved


@pytest.mark.parametrize("method", METHODS)
@given(profiles(), st.randoms(use_true_random=False))
@everywhere
def test_anonymous(method: str, profile: RankedProfile, random: Any) -> None:
    """In whichever order the ballots come, everything in the outcome is the same."""
    ballots = list(profile.ballots.items())
    random.shuffle(ballots)
    shuffled = RankedProfile(profile.options, dict(ballots), profile.unranked)
    count = METHODS[method]
    assert count(shuffled) == count(profile)


@pytest.mark.parametrize("method", PAIRWISE)
@given(profiles())
@everywhere
def test_who_beats_all_others_wins_and_who_loses_to_all_does_not(
    method: str, profile: RankedProfile
) -> None:
    matrix = preferences(profile)
    everyone = range(len(profile.options))
    outcome = PAIRWISE[method](profile)
    assert outcome.ranking is not None
    for one in everyone:
        others = [other for other in everyone if other != one]
        if all(matrix[one][other] > matrix[other][one] for other in others):
            assert outcome.ranking[0] == outcome.winners == (one,)
        if all(matrix[one][other] < matrix[other][one] for other in others):
            assert outcome.ranking[-1] == (one,)


@pytest.mark.parametrize("method", PAIRWISE)
@given(profiles(strict=True), st.data())
@everywhere
def test_monotone(method: str, profile: RankedProfile, data: st.DataObject) -> None:
    """One voter who puts the winner first does the winner no harm.

    The lots stay the same. Instant run-off and STV do not promise this (test_irv.py).
    """
    count = PAIRWISE[method]
    winner = count(profile).winners[0]
    ranking = data.draw(st.sampled_from(sorted(profile.ballots)))
    ballots = dict(profile.ballots)
    ballots[ranking] -= 1
    raised = ((winner,), *(group for group in ranking if group != (winner,)))
    ballots[raised] = ballots.get(raised, 0) + 1
    assert count(RankedProfile(profile.options, ballots)).winners == (winner,)


@pytest.mark.parametrize("method", IRV)
@given(profiles())
@everywhere
def test_every_ballot_counts_once_in_every_round(method: str, profile: RankedProfile) -> None:
    for row in IRV[method](profile).rounds:
        votes: Any = row["votes"]
        assert sum(votes.values()) + row["exhausted"] == profile.ballot_count


@pytest.mark.parametrize("method", STV)
@pytest.mark.parametrize("seats", [1, 2, 3])
@given(profiles())
@everywhere
def test_no_vote_is_won_or_lost_on_the_way(method: str, seats: int, profile: RankedProfile) -> None:
    """Votes, what is exhausted and what is cut off are all ballots, at every stage.

    In fractions nothing is cut off. Nor does anyone keep more than the quota once it has moved on.
    """
    outcome = STV[method](profile, seats=seats)
    rounds: tuple[Any, ...] = outcome.rounds
    for row in rounds:
        lost = Fraction(row.get("lost_to_rounding", 0))
        total = sum(map(Fraction, row["votes"].values())) + Fraction(row["exhausted"]) + lost
        assert total == profile.ballot_count
        assert lost == 0 or (method != "exact" and 0 < lost < Fraction(1, 10))
        if row.get("action") == "surplus":
            assert all(row["votes"][name] == row["quota"] for name in row["options"])
    assert len(outcome.winners) == len(set(outcome.winners)) == min(seats, len(profile.options))


@pytest.mark.parametrize("method", STV)
@pytest.mark.parametrize("seats", [1, 2, 3])
@given(profiles(strict=True))
@everywhere
def test_a_group_with_quotas_gets_its_seats(
    method: str, seats: int, profile: RankedProfile
) -> None:
    """Droop proportionality for solid coalitions.

    Of n voters with a preference, more than k/(seats + 1) who all put the same options above all
    others elect k of them, or all of them if there are fewer. Where quotas are rounded up, as many
    as make up k of them.
    """
    outcome = STV[method](profile, seats=seats)
    quota = Fraction(str(outcome.rounds[0]["quota"]))
    assume(quota)  # 0 where all ballots are blank
    everyone = range(len(profile.options))
    for size in everyone[1:]:
        for group in combinations(everyone, size):
            solid = sum(
                count
                for ranking, count in profile.ballots.items()
                if {option for (option,) in ranking[:size]} == set(group)
            )
            earned = ceil(solid / quota) - 1 if method == "exact" else solid // quota
            elected = set(group).intersection(outcome.winners)
            assert len(elected) >= min(earned, size), (group, solid)


@given(profiles(), st.sampled_from(EqualRanks), st.sampled_from(Stop))
@everywhere
def test_those_without_hope_go_together_without_changing_who_wins(
    profile: RankedProfile, equal_ranks: EqualRanks, stop: Stop
) -> None:
    single = count_irv(profile, equal_ranks=equal_ranks, stop=stop)
    batch = count_irv(profile, equal_ranks=equal_ranks, stop=stop, elimination=Elimination.BATCH)
    assert batch.winners == single.winners
    assert len(batch.rounds) <= len(single.rounds)


@pytest.mark.parametrize("rule", [Rule.WIGM, Rule.EXACT])
@given(profiles())
@everywhere
def test_stv_for_one_seat_is_instant_run_off(rule: Rule, profile: RankedProfile) -> None:
    irv = count_irv(profile, equal_ranks=EqualRanks.EXHAUST)
    assert count_stv(profile, seats=1, rule=rule).winners == irv.winners


@given(profiles(strict=True))
@everywhere
def test_a_majority_s_first_choice_wins_by_every_method(profile: RankedProfile) -> None:
    first = [
        sum(count for ranking, count in profile.ballots.items() if ranking[:1] == ((option,),))
        for option in range(len(profile.options))
    ]
    assume(2 * max(first) > profile.ballot_count)
    favourite = first.index(max(first))
    counts = [*IRV.values(), *PAIRWISE.values(), *(partial(c, seats=1) for c in STV.values())]
    assert {count(profile).winners for count in counts} == {(favourite,)}
