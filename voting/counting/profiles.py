"""Profiles: the ballots of one vote, equal ballots grouped, options known by their index.

Every profile can be counted without knowing where its ballots came from. Order of ballots never
matters to a count; order of options matters only where a tie is left to it (ties.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, Protocol, TypeAlias

from voting.counting.transfers import EqualRanks, Papers, PlainPapers, Votes, prepared
from voting.counting.transfers import Ranking as Ranking


def check_options(options: tuple[str, ...]) -> None:
    """Raise ValueError if two options have the same name: nobody could tell who won."""
    if len(set(options)) != len(options):
        raise ValueError("two options have the same name")


class Unranked(StrEnum):
    """What a ballot says of the options it leaves out, where options are compared in pairs."""

    LAST = "last"
    NO_OPINION = "no-opinion"


class HasBallots(Protocol):
    @property
    def ballots(self) -> Mapping[Any, int]: ...


class Grouped:
    """What is told of any ballots of which equal ones are grouped: ballot -> how many cast it."""

    @property
    def ballot_count(self: HasBallots) -> int:
        return sum(self.ballots.values())

    @property
    def is_silent(self: HasBallots) -> bool:
        """Whether no ballot marks anything; nothing is chosen then, by whatever rule."""
        return not any(self.ballots)


@dataclass(frozen=True)
class RankedProfile(Grouped):
    """Rankings and how many voters cast each; the empty ranking is a blank ballot.

    unranked: LAST, options left out stand below all ranked ones; NO_OPINION, the ballot takes no
    part in comparing them. Raises ValueError if two options have the same name.
    """

    options: tuple[str, ...]
    ballots: Mapping[Ranking, int]
    unranked: Unranked = Unranked.LAST

    def __post_init__(self) -> None:
        check_options(self.options)

    def preferences(self, unranked: Unranked) -> list[list[int]]:
        """Return [a][b] how many ballots rank a above b; equal ranks say nothing of each other."""
        everyone = range(len(self.options))
        matrix = [[0] * len(everyone) for _ in everyone]
        for ranking, count in self.ballots.items():
            if unranked is Unranked.LAST:
                below = set(everyone)
            else:
                below = {option for group in ranking for option in group}
            for group in ranking:
                below.difference_update(group)
                for option in group:
                    row = matrix[option]
                    for other in below:
                        row[other] += count
        return matrix

    def papers(self, equal_ranks: EqualRanks, worth: Votes = 1) -> Papers:
        """Return the ballots as papers that move.

        worth: the value of one; whole units, or a fraction where nothing may be cut off.
        """
        return PlainPapers(prepared(self.ballots, equal_ranks), worth)


#: One score an option, None where the voter has no opinion of it.
Scores: TypeAlias = tuple[int | None, ...]


@dataclass(frozen=True)
class ScoreProfile(Grouped):
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
    def is_silent(self) -> bool:
        return all(score is None for ballot in self.ballots for score in ballot)

    def tallies(self) -> list[dict[int, int]]:
        """Return for each option how many ballots give it each score; no opinion is not told."""
        tallies: list[dict[int, int]] = [{} for _ in self.options]
        for ballot, count in self.ballots.items():
            for tally, score in zip(tallies, ballot, strict=True):
                if score is not None:
                    tally[score] = tally.get(score, 0) + count
        return tallies

    def preferences(self) -> list[list[int]]:
        """Return [a][b] how many ballots score a above b; no opinion counts as a score of 0."""
        size = len(self.options)
        preferred = [[0] * size for _ in range(size)]
        for ballot, count in self.ballots.items():
            scores = [score or 0 for score in ballot]
            for one, score in enumerate(scores):
                row = preferred[one]
                for other in range(size):
                    if score > scores[other]:
                        row[other] += count
        return preferred


@dataclass(frozen=True)
class ApprovalProfile(Grouped):
    """Sets of approved options and how many voters cast each; the empty set is a blank ballot.

    Raises ValueError if two options have the same name.
    """

    options: tuple[str, ...]
    ballots: Mapping[frozenset[int], int]

    def __post_init__(self) -> None:
        check_options(self.options)

    def approvals(self) -> list[int]:
        """Return how many ballots approve each option."""
        approvals = [0] * len(self.options)
        for ballot, count in self.ballots.items():
            for option in ballot:
                approvals[option] += count
        return approvals


class Choice(StrEnum):
    """What one voter says to one motion; in a consent round: consent, objection, stand aside."""

    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"


@dataclass(frozen=True)
class ChoiceProfile(Grouped):
    """Motions (usually one), each answered by every ballot, and how many voters cast each ballot.

    Raises ValueError if two motions have the same name, or a ballot is too long or too short.
    """

    options: tuple[str, ...]
    ballots: Mapping[tuple[Choice, ...], int]

    def __post_init__(self) -> None:
        check_options(self.options)
        if any(len(ballot) != len(self.options) for ballot in self.ballots):
            raise ValueError("a ballot must answer every motion")


@dataclass(frozen=True)
class Project:
    """Something a budget may be spent on. cost: in the currency of the budget, not negative."""

    name: str
    cost: Fraction


#: (project, points) for each project a voter supports, by ascending project; points are above 0.
#: An approval is 1 point.
Points: TypeAlias = tuple[tuple[int, Fraction], ...]


@dataclass(frozen=True)
class BudgetProfile(Grouped):
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
