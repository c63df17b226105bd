"""Greedy approval: projects are funded from the most supported down, as long as the money lasts.

Cities differ in what they add up, how much support a project needs, and what happens to a project
that no longer fits; each is a named option. What points a ballot gives, by its kind (approval,
choose one, cumulative, ordinal), is settled by the reader of the file.
Source: P. Faliszewski et al., Participatory Budgeting: Data, Tools and Analysis (2023), the
utilitarian greedy rule; its variants are the rules named in Pabulib's files of Warszawa, Gdynia,
Łódź and Poznań.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from voting.counting.outcome import Outcome, Round, Tie, exact
from voting.counting.profiles import BudgetProfile
from voting.counting.standings import ranking_by
from voting.counting.ties import TieBreak

LISTED = TieBreak()


class Measure(StrEnum):
    """What a project's support is: the points given to it, or the ballots that give it any."""

    POINTS = "points"
    BALLOTS = "ballots"


class Unfit(StrEnum):
    """What happens at a project that no longer fits: look at the next one, or stop."""

    SKIP = "skip"
    STOP = "stop"


def count_greedy(
    profile: BudgetProfile,
    *,
    measure: Measure = Measure.POINTS,
    threshold: Fraction = Fraction(0),
    unfit: Unfit = Unfit.SKIP,
    top_up: Fraction | None = None,
    ties: TieBreak = LISTED,
) -> Outcome:
    """Fund projects by their support; the ranking is by support, funded or not.

    threshold: least support a project needs; one without any is never funded. top_up: the first
    project that does not fit is funded all the same, with money from elsewhere, if what is left
    covers at least this share of its cost, and then nothing more is; None: never.
    Raises ValueError if top_up is not a share above 0 and up to 1.
    """
    if top_up is not None and not 0 < top_up <= 1:
        raise ValueError("the share to top up from must be above 0 and up to 1")
    support = points_of(profile) if measure == Measure.POINTS else ballots_of(profile)
    ranking = ranking_by(support)
    spending = Spending(profile, profile.budget)
    for group in ranking:
        in_order = by_lot(group, spending, ties)
        for project in in_order:
            if support[project] <= 0 or support[project] < threshold:
                spending.refuse(project, support[project], "too little support")
            elif spending.over:
                spending.refuse(project, support[project], "stopped")
            elif spending.fits(project):
                spending.fund(project, support[project])
            else:
                _unfit(spending, project, support[project], unfit, top_up)
    rounds: tuple[Round, ...] = (*spending.rounds, spending.summary())
    broken = tuple(spending.broken)
    return Outcome("greedy", profile.ballot_count, tuple(spending.funded), ranking, rounds, broken)


@dataclass
class Spending:
    """The money left and what it went to so far; used by every rule that funds greedily."""

    profile: BudgetProfile
    left: Fraction
    funded: list[int] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    broken: list[Tie] = field(default_factory=list)
    over: bool = False

    def fits(self, project: int) -> bool:
        return self.profile.projects[project].cost <= self.left

    def fund(self, project: int, support: Fraction, how: str = "funded") -> None:
        """Spend what the project costs, though no more than is left."""
        self.left -= min(self.left, self.profile.projects[project].cost)
        self.funded.append(project)
        self._tell(project, support, how)

    def refuse(self, project: int, support: Fraction, why: str) -> None:
        self._tell(project, support, why)

    def _tell(self, project: int, support: Fraction, result: str) -> None:
        self.rounds.append(
            {
                "project": self.profile.projects[project].name,
                "support": exact(support),
                "cost": exact(self.profile.projects[project].cost),
                "result": result,
                "left": exact(self.left),
            }
        )

    def summary(self) -> Round:
        """The last round: the budget, what is left of it, and the ties broken on the way."""
        return {
            "budget": exact(self.profile.budget),
            "left": exact(self.left),
            "ties": [tie.as_json(self.profile.options) for tie in self.broken],
        }


def by_lot(group: Sequence[int], spending: Spending, ties: TieBreak) -> list[int]:
    """Put equally supported projects in order; a tie is told if the money does not do for all."""
    places = ties.places(spending.profile.options)
    in_order = sorted(group, key=places.__getitem__)
    together = sum(spending.profile.projects[project].cost for project in group)
    if len(group) > 1 and together > spending.left and any(map(spending.fits, group)):
        tie = Tie(tuple(sorted(group)), in_order[0], "elect", ties.how)
        spending.broken.append(tie)
    return in_order


def _unfit(
    spending: Spending, project: int, support: Fraction, unfit: Unfit, top_up: Fraction | None
) -> None:
    """Deal with the project that does not fit into what is left."""
    if top_up is not None:
        spending.over = True
        if spending.left >= top_up * spending.profile.projects[project].cost:
            spending.fund(project, support, "funded, topped up")
            return
    elif unfit == Unfit.STOP:
        spending.over = True
    spending.refuse(project, support, "does not fit")


def points_of(profile: BudgetProfile) -> Sequence[Fraction]:
    """Return the sum of points given to each project."""
    points = [Fraction(0)] * len(profile.projects)
    for ballot, count in profile.ballots.items():
        for project, given in ballot:
            points[project] += given * count
    return points


def ballots_of(profile: BudgetProfile) -> Sequence[Fraction]:
    """Return how many ballots give each project any point."""
    ballots = [0] * len(profile.projects)
    for ballot, count in profile.ballots.items():
        for project, _ in ballot:
            ballots[project] += count
    return [Fraction(number) for number in ballots]
