"""Profiles of very many ballots, as arrays: a count asks them what it asks the plain ones.

The methods are those of voting.counting, so rounds and ties come out of the one count there is;
only what it asks of the ballots is answered here, a column an option. All numbers are whole; where
they could grow too large for an array, plain papers take over. That both answer the same is held
by tests/voting/test_fastcount.py. Source: docs/decisions/0211-counting-large-boxes.md
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from guilds.charter import Method
from voting.counting.files.box_marks import BLANK, DIGITS
from voting.counting.profiles import (
    ApprovalProfile,
    RankedProfile,
    ScoreProfile,
    Unranked,
    check_options,
)
from voting.counting.transfers import EqualRanks, Papers, Passed, Share, Votes
from voting.marks import RANKED, SCORED, Paper, Stack, profile_of, score_range

#: one row an option, one column a ballot
Columns: TypeAlias = npt.NDArray[np.uint8]
Scores: TypeAlias = npt.NDArray[np.int16]
Numbers: TypeAlias = npt.NDArray[np.int64]

#: in columns: no mark; a character that is none
NONE, UNREADABLE = 255, 254
#: blanks of different options get different numbers from here, so that none equals another
APART = 128
MOST_OPTIONS = UNREADABLE - APART
VALUES = np.full(256, UNREADABLE, np.uint8)
VALUES[ord(BLANK)] = NONE
VALUES[[ord(digit) for digit in DIGITS]] = np.arange(len(DIGITS))
#: ballots looked at together, so that they stay in the processor's cache
CHUNK = 1 << 15
#: an array of floats, by which numpy adds up, holds whole numbers below this exactly
MOST_ADDED = 1 << 53
MOST_MULTIPLIED = 1 << 63


def fast_profile(
    method: Method, paper: Paper, stacks: Sequence[Stack], *, settings: Mapping[str, str]
) -> RankedProfile | ScoreProfile | ApprovalProfile:
    """The ballots as the count wants them. method: one of voting.marks.IN_STACKS.

    Raises ValueError for marks that are none, as the plain ones do, and for too many options.
    """
    box = Box(stacks, len(paper.names))
    if method in RANKED:
        return RankedArrays(method, paper, box)
    if method in SCORED:
        return ScoreArrays(paper, box, score_range(settings)[0])
    return ApprovalArrays(paper, box)


class Box:
    """All ballots as columns, those of one weight together, and how many electors they speak for.

    parts: (weight, columns). Raises ValueError for marks that are none, or too many options.
    """

    def __init__(self, stacks: Sequence[Stack], options: int) -> None:
        if not 0 < options <= MOST_OPTIONS:
            raise ValueError(f"{options} options are none, or too many")
        self.stacks, self.options = stacks, options
        self.parts = [(one.weight, columns_of(one.marks, options)) for one in stacks]
        self.total: int = sum(weight * columns.shape[1] for weight, columns in self.parts)

    def counted(self) -> dict[str, int]:
        """The ballots as the plain profiles are made from: marks -> electors they speak for."""
        counted: Counter[str] = Counter()
        for weight, _, marks, _ in self.stacks:
            for start in range(0, len(marks), self.options):
                counted[marks[start : start + self.options]] += weight
        return dict(counted)

    @property
    def is_silent(self) -> bool:
        """Whether no ballot marks anything."""
        return not any(one.marks.strip(BLANK) for one in self.stacks)

    def summed(self, ask: Callable[[Columns], Numbers]) -> list[list[int]]:
        """What each part answers, times its weight, added up; asked piece by piece."""
        total = ask(columns_of("", self.options))
        for weight, columns in self.parts:
            for chunk in chunks(columns):
                total += weight * ask(chunk)
        found: list[list[int]] = total.tolist()
        return found


def columns_of(marks: str, options: int) -> Columns:
    """One row an option of ballots whose marks stand one after another. Raises ValueError."""
    read = VALUES[np.frombuffer(marks.encode("ascii"), np.uint8)]
    if len(read) % options or (read == UNREADABLE).any():
        raise ValueError("these marks are none")
    return np.ascontiguousarray(read.reshape(-1, options).T)


def chunks(columns: Columns) -> Iterator[Columns]:
    for start in range(0, columns.shape[1], CHUNK):
        yield columns[:, start : start + CHUNK]


def lower(rows: npt.NDArray[Any], others: npt.NDArray[Any]) -> Numbers:
    """[a][b] how often row a holds less than row b of the others."""
    everyone = range(len(rows))
    found = np.zeros((len(rows), len(rows)), np.int64)
    for a in everyone:
        for b in everyone:
            if a != b:
                found[a, b] = np.count_nonzero(rows[a] < others[b])
    return found


def spread(columns: Columns) -> Numbers:
    """[option][number] how many ballots mark it so."""
    return np.stack([np.bincount(row, minlength=NONE + 1) for row in columns])


class RankedArrays(RankedProfile):
    """As RankedProfile."""

    def __init__(self, method: Method, paper: Paper, box: Box) -> None:
        check_options(paper.names)
        self.__dict__.update(options=paper.names, unranked=Unranked.LAST)  # frozen otherwise
        self.__dict__.update(_method=method, _paper=paper, _box=box)

    _method: Method
    _paper: Paper
    _box: Box

    @cached_property
    def ballots(self) -> Any:
        """One by one, for counts that look at them so."""
        return profile_of(self._method, self._paper, self._box.counted(), settings={}).ballots

    @property
    def ballot_count(self) -> int:
        return self._box.total

    @property
    def is_silent(self) -> bool:
        return self._box.is_silent

    def preferences(self, unranked: Unranked) -> list[list[int]]:
        """As RankedProfile.preferences."""
        if unranked is Unranked.LAST:
            return self._box.summed(lambda ranks: lower(ranks, ranks))
        return self._box.summed(lambda ranks: lower(ranks, np.where(ranks == NONE, 0, ranks)))

    def papers(self, equal_ranks: EqualRanks, worth: Votes = 1) -> Papers:
        """As RankedProfile.papers."""
        total = self._box.total
        if (
            isinstance(worth, int)
            and total * worth < MOST_ADDED
            and total * worth * worth < MOST_MULTIPLIED
        ):
            return ArrayPapers(self._box, equal_ranks, worth)
        return super().papers(equal_ranks, worth)


class ScoreArrays(ScoreProfile):
    """As ScoreProfile."""

    def __init__(self, paper: Paper, box: Box, lowest: int) -> None:
        check_options(paper.names)
        self.__dict__.update(options=paper.names, _paper=paper, _box=box, _lowest=lowest)

    _paper: Paper
    _box: Box
    _lowest: int

    @cached_property
    def ballots(self) -> Any:
        """One by one."""
        settings = {"lowest": str(self._lowest)}
        return profile_of(Method.SCORE, self._paper, self._box.counted(), settings=settings).ballots

    @property
    def ballot_count(self) -> int:
        return self._box.total

    @property
    def is_silent(self) -> bool:
        return self._box.is_silent

    def tallies(self) -> list[dict[int, int]]:
        """As ScoreProfile.tallies."""
        return [
            {mark + self._lowest: by for mark, by in enumerate(row[: len(DIGITS)]) if by}
            for row in self._box.summed(spread)
        ]

    def preferences(self) -> list[list[int]]:
        """As ScoreProfile.preferences."""
        return self._box.summed(lambda marks: lower(*[-self._scores(marks)] * 2))

    def _scores(self, marks: Columns) -> Scores:
        return np.where(marks == NONE, 0, marks.astype(np.int16) + self._lowest)


class ApprovalArrays(ApprovalProfile):
    """As ApprovalProfile."""

    def __init__(self, paper: Paper, box: Box) -> None:
        check_options(paper.names)
        self.__dict__.update(options=paper.names, _paper=paper, _box=box)

    _paper: Paper
    _box: Box

    @cached_property
    def ballots(self) -> Any:
        """One by one."""
        return profile_of(Method.APPROVAL, self._paper, self._box.counted(), settings={}).ballots

    @property
    def ballot_count(self) -> int:
        return self._box.total

    @property
    def is_silent(self) -> bool:
        return not any(self.approvals())

    def approvals(self) -> list[int]:
        """As ApprovalProfile.approvals."""
        return [sum(row[1 : len(DIGITS)]) for row in self._box.summed(spread)]


class ArrayPapers:
    """Papers as arrays: who holds each, and what it is worth. As voting.counting.transfers.Papers.

    The caller sees to it that no sum or product of all papers' worth is too large for an array.
    """

    def __init__(self, box: Box, equal_ranks: EqualRanks, worth: int) -> None:
        parts = [(1, columns_of("", box.options)), *box.parts]
        self.ranks = np.concatenate([columns for _, columns in parts], axis=1)
        self.may_share = equal_ranks is EqualRanks.EXHAUST_IF_SEVERAL
        if not self.may_share:
            for chunk in chunks(self.ranks):
                drop_equal(chunk, equal_ranks)
        size = self.ranks.shape[1]
        #: index of an option; -1: exhausted
        self.holder = np.full(size, -1, np.int8)
        #: what each is worth, and how many electors it speaks for; one number while all are alike
        self.values: Numbers | int = worth
        self.weights: Numbers | int = 1
        if any(weight != 1 for weight, _ in parts):
            counts = [columns.shape[1] for _, columns in parts]
            self.weights = np.repeat(np.array([weight for weight, _ in parts]), counts)

    def deal(self, continuing: Collection[int]) -> Passed:
        """Give every paper to its first choice."""
        size = len(self.holder)
        pieces = (slice(start, start + CHUNK) for start in range(0, size, CHUNK))
        return self._give(pieces, continuing)

    def move(
        self, options: Iterable[int], continuing: Collection[int], share: Share | None = None
    ) -> Passed:
        """As Papers.move."""
        leaving = np.zeros(len(self.holder), np.bool_)
        for option in options:
            leaving |= self.holder == option
        rows = np.flatnonzero(leaving)
        if share is not None:
            if isinstance(self.values, int):
                self.values = np.full(len(self.holder), self.values, np.int64)
            self.values[rows] = share(self.values[rows])
        pieces = (rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK))
        return self._give(pieces, continuing)

    def _give(self, pieces: Iterable[Any], continuing: Collection[int]) -> Passed:
        """pieces: of papers, each an index of arrays."""
        totals = np.zeros(len(self.ranks) + 1, np.int64)
        in_order = sorted(continuing)
        for rows in pieces:
            self.holder[rows] = chosen = self._next(rows, in_order)
            worth = part(self.values, rows) * part(self.weights, rows)
            if isinstance(worth, int):
                totals += np.bincount(chosen + 1, minlength=len(totals)) * worth
            else:
                totals += np.bincount(chosen + 1, worth, len(totals)).astype(np.int64)
        exhausted, *gained = totals.tolist()
        return Passed({option: gained[option] for option in continuing}, exhausted)

    def _next(self, rows: Any, continuing: Sequence[int]) -> npt.NDArray[np.int8]:
        """The option each paper goes to: the best ranked of those continuing, if it is but one."""
        ranks = [self.ranks[option][rows] for option in continuing]
        best = np.full(self.holder[rows].shape, NONE, np.uint8)
        for one in ranks:
            np.minimum(best, one, out=best)
        chosen, number = np.zeros(best.shape, np.int8), np.zeros(best.shape, np.int8)
        for option, one in zip(continuing, ranks, strict=True):
            is_best = (one == best).view(np.int8)  # arithmetic, as a mask is five times slower
            chosen += is_best * np.int8(option)
            if self.may_share:
                number += is_best
        chosen[(best == NONE) | (number > 1)] = -1
        return chosen


def part(numbers: Numbers | int, rows: Any) -> Any:
    return numbers if isinstance(numbers, int) else numbers[rows]


def drop_equal(ranks: Columns, equal_ranks: EqualRanks) -> None:
    """Blank equal ranks, and by EXHAUST all that is ranked after them. Changes the ranks."""
    size = len(ranks)
    blanks = np.arange(APART, APART + size, dtype=np.uint8)[:, np.newaxis]
    apart = np.where(ranks == NONE, blanks, ranks)
    first = np.full(ranks.shape[1], NONE, np.uint8)
    shared = np.zeros(ranks.shape, np.bool_)
    for a, b in combinations(range(size), 2):
        equal = apart[a] == apart[b]
        if equal.any():
            shared[a] |= equal
            shared[b] |= equal
            np.minimum(first, ranks[a], out=first, where=equal)
    ranks[shared if equal_ranks is EqualRanks.SKIP else ranks >= first] = NONE
