"""How the marks on a paper ballot become a ranking, where blank, doubled or repeated ones occur.

The rules differ by place and are named here; the words are those of RCTab's configuration
(overvoteRule, maxSkippedRanksAllowed, exhaustOnDuplicateCandidate).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from voting.counting.profiles import Ranking
from voting.counting.transfers import EqualRanks

#: The options marked at one rank: none if it was left blank; None for several nobody wrote down.
Mark: TypeAlias = tuple[int, ...] | None


class Repeats(StrEnum):
    """What an option marked again at a later rank does: SKIP that rank, or EXHAUST the ballot."""

    SKIP = "skip"
    EXHAUST = "exhaust"


@dataclass(frozen=True)
class MarkRules:
    """overvotes: several options at one rank; where nobody wrote down which, only SKIP goes on.

    skipped_ranks: how many blank ranks in a row may be skipped before the ballot is exhausted;
    None: any number.
    """

    overvotes: EqualRanks = EqualRanks.EXHAUST_IF_SEVERAL
    skipped_ranks: int | None = None
    repeats: Repeats = Repeats.SKIP


def ranking_of(marks: Iterable[Mark], rules: MarkRules) -> Ranking:
    """Return the ranking that marks, the first rank first, amount to."""
    ranking: list[tuple[int, ...]] = []
    seen: set[int] = set()
    blank = 0
    for mark in marks:
        blank = blank + 1 if mark == () else 0
        if rules.skipped_ranks is not None and blank > rules.skipped_ranks:
            break
        several = mark is None or len(mark) > 1
        if several and rules.overvotes is EqualRanks.SKIP:
            continue
        if mark is None or (several and rules.overvotes is EqualRanks.EXHAUST):
            break
        if rules.repeats is Repeats.EXHAUST and seen.intersection(mark):
            break
        fresh = tuple(sorted(option for option in set(mark) if option not in seen))
        if fresh:
            ranking.append(fresh)
        seen.update(mark)
    return tuple(ranking)
