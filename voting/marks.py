"""What a ballot holds: one short text, the same for the database, the box and the count.

A ballot on one question is a Choice. Any other has one character an option, in their order: "-"
for no opinion, else a digit or letter for a whole number from 0 to 61 (0-9, A-Z, a-z): a rank from
1, a score above the lowest one, or 1 for an approval. Grouped by text, equal ballots are one row.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import partial
from typing import NamedTuple, TypeAlias, TypeVar

from guilds.charter import BUDGETING, ONE_QUESTION, Method
from voting.counting.files.box_marks import BLANK, DIGITS
from voting.counting.files.box_marks import read_marks as read_marks
from voting.counting.profiles import (
    ApprovalProfile,
    BudgetProfile,
    Choice,
    ChoiceProfile,
    Points,
    Project,
    RankedProfile,
    Ranking,
    ScoreProfile,
    Scores,
)

RANKED = frozenset({Method.IRV, Method.SCHULZE, Method.RANKED_PAIRS, Method.STV})
SCORED = frozenset({Method.SCORE, Method.STAR})
#: what voting.fastcount can count
IN_STACKS = RANKED | SCORED | {Method.APPROVAL}
#: settings that say what a ballot may hold or how it reads, not how it is counted
BALLOT_SETTINGS = frozenset({"budget", "currency", "lowest", "highest"})
#: settings of scores, and what holds where none is set
SCORE_RANGE = {"lowest": "0", "highest": "5"}

Ballot = TypeVar("Ballot")
Profile: TypeAlias = RankedProfile | ScoreProfile | ApprovalProfile | ChoiceProfile | BudgetProfile


class Paper(NamedTuple):
    """What stands on the ballot paper. names: of one question, its title alone."""

    names: tuple[str, ...]
    costs: tuple[str, ...] = ()


class Stack(NamedTuple):
    """So many ballots that each speak for as many electors.

    marks, nonces: those of the ballots, one after another, in the same order.
    """

    weight: int
    number: int
    marks: str
    nonces: str


def write_marks(numbers: Sequence[int | None]) -> str:
    """One number an option (0 to 61), or None. Raises ValueError for any other."""
    if any(number is not None and not 0 <= number < len(DIGITS) for number in numbers):
        raise ValueError("a mark must be a whole number from 0 to 61")
    return "".join(BLANK if number is None else DIGITS[number] for number in numbers)


def score_range(settings: Mapping[str, str]) -> tuple[int, int]:
    """The lowest and the highest score. settings: as Proposal.settings."""
    lowest, highest = (int(settings.get(name, usual)) for name, usual in SCORE_RANGE.items())
    return lowest, highest


def kind_of(method: Method) -> str:
    """What a bundle calls ballots of this method (voting.counting.files.bundle)."""
    if method in ONE_QUESTION:
        return "choices"
    if method in RANKED:
        return "ranking"
    if method in SCORED:
        return "scores"
    return "points" if method in BUDGETING else "approvals"


def profile_of(
    method: Method, paper: Paper, counted: Mapping[str, int], *, settings: Mapping[str, str]
) -> Profile:
    """The ballots as the count wants them.

    counted: marks -> how many electors they speak for. settings: as Proposal.settings.
    """
    names = paper.names
    if method in ONE_QUESTION:
        return ChoiceProfile(names, _grouped(counted, lambda marks: (Choice(marks),)))
    if method in RANKED:
        return RankedProfile(names, _grouped(counted, _ranking))
    if method in SCORED:
        lowest, _ = score_range(settings)
        return ScoreProfile(names, _grouped(counted, partial(_scores, lowest=lowest)))
    if method in BUDGETING:
        projects = tuple(
            Project(name, Fraction(cost)) for name, cost in zip(names, paper.costs, strict=True)
        )
        budget = Fraction(settings.get("budget", "0"))
        return BudgetProfile(projects, budget, _grouped(counted, _points))
    return ApprovalProfile(names, _grouped(counted, lambda marks: frozenset(_approved(marks))))


def _grouped(counted: Mapping[str, int], read: Callable[[str], Ballot]) -> dict[Ballot, int]:
    """What each text says -> how many; two texts may say the same."""
    grouped: Counter[Ballot] = Counter()
    for marks, count in counted.items():
        grouped[read(marks)] += count
    return dict(grouped)


def _approved(marks: str) -> list[int]:
    return [place for place, mark in enumerate(read_marks(marks)) if mark]


def _points(marks: str) -> Points:
    return tuple((place, Fraction(1)) for place in _approved(marks))


def _scores(marks: str, *, lowest: int) -> Scores:
    return tuple(None if mark is None else mark + lowest for mark in read_marks(marks))


def _ranking(marks: str) -> Ranking:
    groups: dict[int, list[int]] = {}
    for place, rank in enumerate(read_marks(marks)):
        if rank is not None:
            groups.setdefault(rank, []).append(place)
    return tuple(tuple(groups[rank]) for rank in sorted(groups))
