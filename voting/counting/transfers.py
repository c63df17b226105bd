"""Papers that move from option to option: what instant run-off and STV have in common.

A pile is what an option holds: papers, each a ranking, the position in it that counts now, and how
many voters cast it. A paper nobody holds any more is exhausted.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

from voting.counting.profiles import Ranking

#: votes as a count has them: whole units of a decimal place, or exact fractions of a vote
Votes: TypeAlias = int | Fraction


class EqualRanks(StrEnum):
    """What becomes of a ballot that gives several options the same rank (an overvote).

    EXHAUST_IF_SEVERAL: exhausted if more than one of them is still in when the rank is reached;
    if only one is, it counts for that one (Burlington, Vermont). EXHAUST: exhausted at that rank
    in any case (Maine; also the Scottish rule). SKIP: the next rank counts (Minneapolis).
    """

    EXHAUST_IF_SEVERAL = "exhaust-if-several"
    EXHAUST = "exhaust"
    SKIP = "skip"


class Elimination(StrEnum):
    """Who goes when nobody has won, or reached the quota.

    SINGLE: the option with the fewest votes. BATCH: all who together have fewer votes than the
    next one above them, and so cannot be saved by each other's votes; the largest such group.
    """

    SINGLE = "single"
    BATCH = "batch"


def prepared(ballots: Mapping[Ranking, int], equal_ranks: EqualRanks) -> Counter[Ranking]:
    """Return the ballots with equal ranks cut off (EXHAUST) or out (SKIP), alike ones grouped."""
    papers: Counter[Ranking] = Counter()
    for ranking, count in ballots.items():
        if equal_ranks is not EqualRanks.EXHAUST_IF_SEVERAL and any(
            len(group) > 1 for group in ranking
        ):
            ranking = without_equal_ranks(ranking, equal_ranks)
        papers[ranking] += count
    return papers


def without_equal_ranks(ranking: Ranking, equal_ranks: EqualRanks) -> Ranking:
    if equal_ranks is EqualRanks.SKIP:
        return tuple(group for group in ranking if len(group) == 1)
    first = next(place for place, group in enumerate(ranking) if len(group) > 1)
    return ranking[:first]


def next_choice(ranking: Ranking, start: int, continuing: Collection[int]) -> tuple[int, int]:
    """Return the first continuing option from a position on, and its position.

    Returns (-1, length of the ranking) if the paper is exhausted: nothing continuing is left on
    it, or a rank it shares among several continuing options has been reached.
    """
    for position in range(start, len(ranking)):
        group = ranking[position]
        if len(group) == 1:
            if group[0] in continuing:
                return group[0], position
            continue
        standing = [option for option in group if option in continuing]
        if len(standing) == 1:
            return standing[0], position
        if standing:
            break
    return -1, len(ranking)


def hopeless(votes: Mapping[int, Votes], keep: int, coming: Votes = 0) -> tuple[int, ...]:
    """Return the largest group who together have fewer votes than any other option alone.

    keep: at least so many options stay out of the group. coming: votes of others that may yet
    reach the group. Empty if there is no such group.
    """
    ascending = sorted(votes, key=votes.__getitem__)
    total, size = coming, 0
    for place, option in enumerate(ascending):
        if total < votes[option] and len(ascending) - place >= keep:
            size = place
        total += votes[option]
    return tuple(sorted(ascending[:size]))
