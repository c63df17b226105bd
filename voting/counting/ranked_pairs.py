"""Ranked pairs: majorities are locked in from the strongest, leaving out what closes a circle.

Source: T. N. Tideman, "Independence of clones as a criterion for voting rules", Social Choice and
Welfare 4 (1987). He took majorities by their margin; here, as with Schulze, they are taken by the
ballots on the winning side, then by the fewest on the losing side. Majorities equal in both are
taken in the order of the tie-break, after Zavist and Tideman, "Complete independence of clones in
the ranked pairs rule" (1989): first the one whose winner is more favoured, then the one whose loser
is less favoured.
"""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import TypeAlias

from voting.counting.outcome import Json, Outcome, Round, Tie
from voting.counting.pairwise import by_name, elect_top, preferences, ranking_of
from voting.counting.profiles import RankedProfile, Unranked
from voting.counting.ties import TieBreak

LISTED = TieBreak()
#: (winner, loser): more ballots rank the first above the second than the other way round.
Majority: TypeAlias = tuple[int, int]


def count_ranked_pairs(
    profile: RankedProfile,
    *,
    seats: int = 1,
    unranked: Unranked | None = None,
    ineligible: Sequence[str] = (),
    ties: TieBreak = LISTED,
) -> Outcome:
    """Rank the options and give the seats to the top.

    unranked: how options a ballot leaves out are read; None: as the profile says. ineligible:
    names that are ranked but take no seat. Options with equally many locked above them share a
    group of the ranking. Raises ValueError if seats is below 1 or ineligible names no option.
    """
    options = profile.options
    matrix = preferences(profile, unranked)
    above, steps, broken = lock(matrix, options, ties)
    ranking = ranking_of(above)
    winners, last = elect_top(ranking, seats, ineligible, options, ties)
    rounds: tuple[Round, ...] = (
        {"preferences": by_name(matrix, options)},
        {"majorities": steps, "ties": [tie.as_json(options) for tie in (*broken, *last)]},
    )
    return Outcome("ranked-pairs", profile.ballot_count, winners, ranking, rounds, (*broken, *last))


def lock(
    matrix: Sequence[Sequence[int]], options: Sequence[str], ties: TieBreak
) -> tuple[list[list[bool]], list[Json], list[Tie]]:
    """Return [a][b] whether locked majorities lead from a to b; every step; ties that mattered."""
    above = [[False] * len(options) for _ in options]
    steps: list[Json] = []
    broken: list[Tie] = []
    for _, group in groupby(
        in_order(matrix, ties.places(options)), key=lambda pair: strength(matrix, pair)
    ):
        before = [row[:] for row in above]
        equal = list(group)
        for winner, loser in equal:
            locked = not above[loser][winner]
            if locked:
                connect(above, winner, loser)
            elif not before[loser][winner]:
                broken.append(tie_of(equal, ties))
            steps.append(
                {
                    "winner": options[winner],
                    "loser": options[loser],
                    "for": matrix[winner][loser],
                    "against": matrix[loser][winner],
                    "locked": locked,
                }
            )
    return above, steps, broken


def in_order(matrix: Sequence[Sequence[int]], places: Sequence[int]) -> list[Majority]:
    """Return the majorities, the strongest first, equal ones by the tie-break's places."""
    everyone = range(len(matrix))
    majorities = [(a, b) for a in everyone for b in everyone if matrix[a][b] > matrix[b][a]]
    return sorted(
        majorities,
        key=lambda pair: (*strength(matrix, pair), places[pair[0]], -places[pair[1]]),
    )


def strength(matrix: Sequence[Sequence[int]], pair: Majority) -> tuple[int, int]:
    """Return a majority's sorting key: smaller is stronger."""
    winner, loser = pair
    return -matrix[winner][loser], matrix[loser][winner]


def connect(above: list[list[bool]], winner: int, loser: int) -> None:
    """Lock a majority: all that lead to the winner now lead to all the loser leads to."""
    everyone = range(len(above))
    upper = [a for a in everyone if a == winner or above[a][winner]]
    lower = [b for b in everyone if b == loser or above[loser][b]]
    for a in upper:
        for b in lower:
            above[a][b] = True


def tie_of(equal: Iterable[Majority], ties: TieBreak) -> Tie:
    """Return the tie between equal majorities that could not all be locked."""
    pairs = tuple(equal)
    among = tuple(sorted({option for pair in pairs for option in pair}))
    return Tie(among, pairs[0][0], "order of equal majorities", ties.how)
