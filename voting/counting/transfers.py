"""Papers that move from option to option: what instant run-off and STV have in common.

A pile is what an option holds: papers, each a ranking, the position in it that counts now, and how
many voters cast it. A paper nobody holds any more is exhausted.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, NamedTuple, Protocol, TypeAlias

#: Groups of option indexes, best first; equal ranks share a group; options left out are unranked.
Ranking: TypeAlias = tuple[tuple[int, ...], ...]
#: votes as a count has them: whole units of a decimal place, or exact fractions of a vote
Votes: TypeAlias = int | Fraction
#: what is left of a paper's value; by arithmetic alone, as a count may ask it of many at once
Share: TypeAlias = Callable[[Any], Any]


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


class Passed(NamedTuple):
    """What moving papers came to: votes gained by each option that got any, and votes exhausted."""

    gained: Mapping[int, Votes]
    exhausted: Votes


class Papers(Protocol):
    """All papers of a count, each held by an option or exhausted.

    Papers are the plain way to have them; voting.fastcount has another for very many ballots.
    """

    def deal(self, continuing: Collection[int]) -> Passed:
        """Give every paper to its first choice."""

    def move(
        self, options: Iterable[int], continuing: Collection[int], share: Share | None = None
    ) -> Passed:
        """Give all that some options hold to the next choice among those continuing.

        share: what a paper's value becomes on the way; None: it stays.
        """


@dataclass
class Paper:
    """Ballots alike: their ranking, the position that counts now, how many, and what each is worth.

    value: as received by the option that holds them.
    """

    ranking: Ranking
    position: int
    number: int
    value: Votes


class PlainPapers:
    """Papers one by one. ballots: as `prepared` returns them; worth: the value of one at first."""

    def __init__(self, ballots: Mapping[Ranking, int], worth: Votes) -> None:
        self.waiting = [Paper(ranking, 0, number, worth) for ranking, number in ballots.items()]
        self.piles: dict[int, list[Paper]] = {}

    def deal(self, continuing: Collection[int]) -> Passed:
        """Give every paper to its first choice."""
        self.piles = {option: [] for option in continuing}
        papers, self.waiting = self.waiting, []
        return self._give(papers, continuing)

    def move(
        self, options: Iterable[int], continuing: Collection[int], share: Share | None = None
    ) -> Passed:
        """As Papers.move."""
        papers = [paper for option in options for paper in self.piles.pop(option)]
        if share is not None:
            for paper in papers:
                paper.value = share(paper.value)
        return self._give(papers, continuing)

    def _give(self, papers: Iterable[Paper], continuing: Collection[int]) -> Passed:
        gained: dict[int, Votes] = dict.fromkeys(continuing, 0)
        exhausted: Votes = 0
        for paper in papers:
            option, paper.position = next_choice(paper.ranking, paper.position, continuing)
            if option >= 0:
                gained[option] += paper.value * paper.number
                self.piles[option].append(paper)
            else:
                exhausted += paper.value * paper.number
        return Passed(gained, exhausted)


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
