"""Profiles: the ballots of one vote, equal ballots grouped, options known by their index.

Every profile can be counted without knowing where its ballots came from. Order of ballots never
matters to a count; order of options matters only where a tie is left to it (ties.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias

#: Groups of option indexes, best first; equal ranks share a group; options left out are unranked.
Ranking: TypeAlias = tuple[tuple[int, ...], ...]


def check_options(options: tuple[str, ...]) -> None:
    """Raise ValueError if two options have the same name: nobody could tell who won."""
    if len(set(options)) != len(options):
        raise ValueError("two options have the same name")


class Unranked(StrEnum):
    """What a ballot says of the options it leaves out, where options are compared in pairs."""

    LAST = "last"
    NO_OPINION = "no-opinion"


@dataclass(frozen=True)
class RankedProfile:
    """Rankings and how many voters cast each; the empty ranking is a blank ballot.

    unranked: LAST, options left out stand below all ranked ones; NO_OPINION, the ballot takes no
    part in comparing them. Raises ValueError if two options have the same name.
    """

    options: tuple[str, ...]
    ballots: Mapping[Ranking, int]
    unranked: Unranked = Unranked.LAST

    def __post_init__(self) -> None:
        check_options(self.options)

    @property
    def ballot_count(self) -> int:
        return sum(self.ballots.values())


#: One score an option, None where the voter has no opinion of it.
Scores: TypeAlias = tuple[int | None, ...]


@dataclass(frozen=True)
class ScoreProfile:
    """Scores, higher is better, and how many voters cast each; all None is a blank ballot.

    Raises ValueError if two options have the same name, or a ballot is too long or too short.
    """

    options: tuple[str, ...]
    ballots: Mapping[Scores, int]

    def __post_init__(self) -> None:
        check_options(self.options)
        if any(len(ballot) != len(self.options) for ballot in self.ballots):
            raise ValueError("a ballot must hold one score an option")

    @property
    def ballot_count(self) -> int:
        return sum(self.ballots.values())


@dataclass(frozen=True)
class ApprovalProfile:
    """Sets of approved options and how many voters cast each; the empty set is a blank ballot.

    Raises ValueError if two options have the same name.
    """

    options: tuple[str, ...]
    ballots: Mapping[frozenset[int], int]

    def __post_init__(self) -> None:
        check_options(self.options)

    @property
    def ballot_count(self) -> int:
        return sum(self.ballots.values())


class Choice(StrEnum):
    """What one voter says to one motion; in a consent round: consent, objection, stand aside."""

    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"


@dataclass(frozen=True)
class ChoiceProfile:
    """Motions (usually one), each answered by every ballot, and how many voters cast each ballot.

    Raises ValueError if two motions have the same name, or a ballot is too long or too short.
    """

    options: tuple[str, ...]
    ballots: Mapping[tuple[Choice, ...], int]

    def __post_init__(self) -> None:
        check_options(self.options)
        if any(len(ballot) != len(self.options) for ballot in self.ballots):
            raise ValueError("a ballot must answer every motion")

    @property
    def ballot_count(self) -> int:
        return sum(self.ballots.values())


@dataclass(frozen=True)
class Project:
    """Something a budget may be spent on. cost: in the currency of the budget, not negative."""

    name: str
    cost: Fraction


#: (project, points) for each project a voter supports, by ascending project; points are above 0.
#: An approval is 1 point.
Points: TypeAlias = tuple[tuple[int, Fraction], ...]


@dataclass(frozen=True)
class BudgetProfile:
    """Projects, what may be spent, and how many voters gave which points.

    Raises ValueError if two projects have the same name, or a cost or the budget is negative.
    """

    projects: tuple[Project, ...]
    budget: Fraction
    ballots: Mapping[Points, int]

    def __post_init__(self) -> None:
        check_options(self.options)
        if self.budget < 0 or any(project.cost < 0 for project in self.projects):
            raise ValueError("costs and the budget must not be negative")

    @property
    def options(self) -> tuple[str, ...]:
        return tuple(project.name for project in self.projects)

    @property
    def ballot_count(self) -> int:
        return sum(self.ballots.values())
