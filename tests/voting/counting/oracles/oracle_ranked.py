"""Ranked methods against pyrankvote, pref_voting and votelib, where no tie leaves it to a rule."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pref_voting.proportional_methods as proportional
import pyrankvote
import pytest
from pref_voting.iterative_methods import instant_runoff
from pref_voting.margin_based_methods import beat_path, ranked_pairs
from pref_voting.profiles_with_ties import ProfileWithTies
from votelib.convert import RankedToCondorcetVotes
from votelib.evaluate import condorcet
from votelib.evaluate.sequential import TransferableVoteSelector

from tests.voting.counting.oracles.draws import ranked
from voting.counting.irv import count_irv
from voting.counting.outcome import Outcome
from voting.counting.profiles import RankedProfile
from voting.counting.ranked_pairs import count_ranked_pairs
from voting.counting.schulze import count_schulze
from voting.counting.stv import Rule, count_stv

PROFILES = 150


def theirs(profile: RankedProfile) -> ProfileWithTies:
    """Return the profile as pref_voting has it; options left out are below all ranked ones."""
    rankings = [
        {option: rank for rank, (option,) in enumerate(ranking, 1)} for ranking in profile.ballots
    ]
    made = ProfileWithTies(
        rankings, list(profile.ballots.values()), candidates=range(len(profile.options))
    )
    made.use_extended_strict_preference()
    return made


def orders(profile: RankedProfile) -> dict[tuple[int, ...], int]:
    """Return the ballots as votelib has them."""
    return {
        tuple(option for (option,) in ranking): count for ranking, count in profile.ballots.items()
    }


def pyrankvote_of(
    profile: RankedProfile, count: Callable[..., pyrankvote.helpers.ElectionResults], *seats: int
) -> set[int]:
    candidates = [pyrankvote.Candidate(name) for name in profile.options]
    ballots = [
        pyrankvote.Ballot(ranked_candidates=[candidates[option] for option in order])
        for order, times in orders(profile).items()
        for _ in range(times)
    ]
    winners = count(candidates, ballots, *seats).get_winners()
    return {profile.options.index(winner.name) for winner in winners}


def untied(
    profiles: Iterable[RankedProfile], count: Callable[[RankedProfile], Outcome]
) -> Iterator[tuple[RankedProfile, Outcome]]:
    """Yield what can be compared, and see to it that it is most of it."""
    drawn = compared = 0
    for profile in profiles:
        drawn += 1
        outcome = count(profile)
        if not outcome.ties and not on_the_quota(outcome):
            compared += 1
            yield profile, outcome
    assert compared > drawn // 2


def on_the_quota(outcome: Outcome) -> bool:
    """Say whether an option had exactly the quota and was not elected by it.

    An exact quota must be exceeded, as with Droop; for pref_voting and votelib it is enough to
    reach it, though one option more than there are seats may do so.
    """
    elected: set[str] = set()
    rounds: Sequence[Any] = outcome.rounds
    for row in rounds:
        elected.update(row["elected"])
        if any(
            votes == row.get("quota") and name not in elected
            for name, votes in row["votes"].items()
        ):
            return True
    return False


def test_instant_run_off() -> None:
    for profile, outcome in untied(ranked("irv", PROFILES), count_irv):
        wanted = set(outcome.winners)
        assert set(instant_runoff(theirs(profile))) == wanted
        assert pyrankvote_of(profile, pyrankvote.instant_runoff_voting) == wanted


def test_schulze() -> None:
    for profile in ranked("schulze", PROFILES):
        outcome = count_schulze(profile)
        assert outcome.ranking is not None
        made = theirs(profile)
        assert set(beat_path(made, strength_function=made.support)) == set(outcome.ranking[0])
        if len(outcome.ranking[0]) == 1:
            pairs = RankedToCondorcetVotes().convert(orders(profile))
            assert tuple(condorcet.Schulze().evaluate(pairs, 1)) == outcome.winners


def test_ranked_pairs() -> None:
    """pref_voting tries every order of equal majorities, so the options are few."""
    for profile in ranked("ranked pairs", PROFILES, most=4):
        outcome = count_ranked_pairs(profile)
        made = theirs(profile)
        winners = ranked_pairs(made, strength_function=made.support)
        assert outcome.winners[0] in winners


@pytest.mark.parametrize("seats", [1, 2, 3])
@pytest.mark.parametrize(
    ("rule", "oracle"),
    [
        (Rule.SCOTTISH, proportional.stv_scottish),
        (Rule.EXACT, proportional.stv_wig),
        (Rule.MEEK, proportional.stv_meek),
    ],
)
def test_stv(rule: Rule, oracle: Callable[..., Sequence[int]], seats: int) -> None:
    number = 50 if rule is Rule.MEEK else PROFILES  # theirs takes its time
    drawn = ranked(f"stv {rule} {seats}", number, least=seats + 1)
    for profile, outcome in untied(drawn, lambda one: count_stv(one, seats=seats, rule=rule)):
        assert set(oracle(theirs(profile), num_seats=seats)) == set(outcome.winners)


@pytest.mark.parametrize("seats", [1, 2, 3])
def test_stv_in_fractions(seats: int) -> None:
    drawn = ranked(f"gregory {seats}", PROFILES, least=seats + 1)
    gregory = TransferableVoteSelector(quota_function="hagenbach_bischoff", transferer="Gregory")
    for profile, outcome in untied(drawn, lambda one: count_stv(one, seats=seats, rule=Rule.EXACT)):
        try:
            elected = gregory.evaluate(orders(profile), seats)
        except NotImplementedError:  # a tie that only they meet: all surpluses go at once there
            continue
        assert set(elected) == set(outcome.winners)
