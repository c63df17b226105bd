"""The Method of Equal Shares: voters get equal parts of the budget and pay for what they support.

Again and again the project is funded that its supporters can pay for together at the lowest price
for each unit of use it is to them (rho): everyone pays rho times their use, or all they have left.
It ends when no project can be paid for.
Source: D. Peters and P. Skowron, "Proportionality and the Limits of Welfarism" (2020), and
D. Peters, G. Pierczyński and P. Skowron, "Proportional Participatory Budgeting with Additive
Utilities" (2021); completions and the tie-break (lower cost, then more ballots) as recommended at
equalshares.net/implementation.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from voting.counting.greedy import Spending, ballots_of, by_lot, points_of
from voting.counting.outcome import Outcome, Round, Tie, exact
from voting.counting.profiles import BudgetProfile
from voting.counting.standings import ranking_by
from voting.counting.ties import TieBreak

LISTED = TieBreak()
#: counts the add-one completion may take; a small step of a large budget would take for ever
MOST_RUNS = 100_000


class Utility(StrEnum):
    """What a funded project is worth to a supporter: its cost, one, or the points they gave it."""

    COST = "cost"
    CARDINALITY = "cardinality"
    POINTS = "points"


class Completion(StrEnum):
    """How money that is left over is spent.

    ADD1: count again with a step more for each voter, until all is spent or it would be too much;
    the last count that the budget pays for stands. GREEDY: by support, as far as it goes.
    """

    NONE = "none"
    ADD1 = "add1"
    GREEDY = "greedy"
    ADD1_GREEDY = "add1-greedy"


def count_equal_shares(
    profile: BudgetProfile,
    *,
    utility: Utility = Utility.COST,
    completion: Completion = Completion.NONE,
    step: Fraction = Fraction(1),
    ties: TieBreak = LISTED,
) -> Outcome:
    """Fund projects by the Method of Equal Shares; there is no ranking.

    step: what the add-one completion adds for each voter, in the currency of the budget.
    Raises ValueError: step is not above 0, or is so small that it would take too long.
    """
    if step <= 0:
        raise ValueError("the step must be above 0")
    election = Election(profile, utility, ties)
    voters = max(profile.ballot_count, 1)
    share = profile.budget / voters
    run = election.count(share)
    if completion in (Completion.ADD1, Completion.ADD1_GREEDY):
        run = _add_one(election, run, step)
    rounds, broken, funded = run.rounds, run.broken, run.funded
    spent = run.spent(profile)
    summary: Round = {
        "budget": exact(profile.budget),
        "share": exact(run.share),
        "left": exact(profile.budget - spent),
        "ties": [tie.as_json(profile.options) for tie in broken],
    }
    rounds.append(summary)
    if completion in (Completion.GREEDY, Completion.ADD1_GREEDY):
        spending = _greedily(profile, funded, profile.budget - spent, ties)
        funded = funded + spending.funded
        rounds += [*spending.rounds, spending.summary()]
        broken += spending.broken
    return Outcome(
        "equal-shares", profile.ballot_count, tuple(funded), None, tuple(rounds), tuple(broken)
    )


@dataclass
class Run:
    """One count with a given share for each voter; funded in order."""

    share: Fraction
    funded: list[int] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    broken: list[Tie] = field(default_factory=list)

    def spent(self, profile: BudgetProfile) -> Fraction:
        return sum((profile.projects[project].cost for project in self.funded), Fraction(0))


class Election:
    """What stays the same from one count to the next."""

    def __init__(self, profile: BudgetProfile, utility: Utility, ties: TieBreak) -> None:
        self.profile = profile
        self.ties = ties
        self.ballots = ballots_of(profile)
        self.places = ties.places(profile.options)
        #: how many voters cast each ballot
        self.weights = tuple(profile.ballots.values())
        #: for each project, the ballots that support it and of what use it is to them
        self.supporters: list[list[tuple[int, Fraction]]] = [[] for _ in profile.projects]
        for ballot, points in enumerate(profile.ballots):
            for project, given in points:
                cost = profile.projects[project].cost
                use = {Utility.COST: cost, Utility.POINTS: given}.get(utility, Fraction(1))
                self.supporters[project].append((ballot, use))

    def count(self, share: Fraction) -> Run:
        """Count once, every voter starting with a share of this much."""
        run = Run(share)
        purses = Purses(share, len(self.weights))
        supported = [at for at, supporters in enumerate(self.supporters) if supporters]
        free = [at for at in supported if self.profile.projects[at].cost == 0]
        for project in free:
            self._pay(run, purses, project, Fraction(0))
        lower = {project: Fraction(0) for project in supported if project not in free}
        while True:
            rho, best = self._cheapest(purses, lower)
            if rho is None:
                return run
            project = self._choose(run, best)
            del lower[project]
            self._pay(run, purses, project, rho)

    def _cheapest(
        self, purses: "Purses", lower: dict[int, Fraction]
    ) -> tuple[Fraction | None, list[int]]:
        """Return the lowest rho and the projects that have it; None if nothing can be paid for.

        lower: what each project's rho was when last looked at; it can only have risen since, so
        that those above the best need not be looked at. Those nobody can pay for are taken out.
        """
        best: Fraction | None = None
        tied: list[int] = []
        for project in sorted(lower, key=lower.__getitem__):
            if best is not None and lower[project] > best:
                break
            rho = self._rho(purses, project)
            if rho is None:
                del lower[project]
                continue
            lower[project] = rho
            if best is None or rho < best:
                best, tied = rho, [project]
            elif rho == best:
                tied.append(project)
        return best, tied

    def _rho(self, purses: "Purses", project: int) -> Fraction | None:
        """Return the price for each unit of use at which the supporters pay the whole cost."""
        means: Counter[tuple[int, Fraction]] = Counter()
        for ballot, use in self.supporters[project]:
            means[purses.of[ballot], use] += self.weights[ballot]
        payers = [(purses.amounts[purse], use, count) for (purse, use), count in means.items()]
        missing = self.profile.projects[project].cost
        if sum((amount * count for amount, _, count in payers), Fraction(0)) < missing:
            return None
        use_left = sum((use * count for _, use, count in payers), Fraction(0))
        for amount, use, count in sorted(payers, key=lambda payer: payer[0] / payer[1]):
            if missing * use <= amount * use_left:
                break
            missing -= amount * count
            use_left -= use * count
        return missing / use_left

    def _choose(self, run: Run, tied: Sequence[int]) -> int:
        """Return the one of projects with the same rho that is funded first."""
        projects = self.profile.projects
        best = min((projects[at].cost, -self.ballots[at]) for at in tied)
        left = [at for at in tied if (projects[at].cost, -self.ballots[at]) == best]
        chosen = min(left, key=self.places.__getitem__)
        if len(tied) > 1:
            how = "lower cost, then more ballots" if len(left) == 1 else self.ties.how
            run.broken.append(Tie(tuple(sorted(tied)), chosen, "elect", how))
        return chosen

    def _pay(self, run: Run, purses: "Purses", project: int, rho: Fraction) -> None:
        """Fund a project: each supporter pays rho times its use, or all that is left."""
        purses.pay(self.supporters[project], rho)
        run.funded.append(project)
        cost = self.profile.projects[project].cost
        run.rounds.append(
            {
                "project": self.profile.projects[project].name,
                "cost": exact(cost),
                "supporters": int(self.ballots[project]),
                "rho": exact(rho),
                "result": "funded",
            }
        )


class Purses:
    """What each ballot's voters have left; equal amounts are kept once, as most are equal."""

    def __init__(self, share: Fraction, ballots: int) -> None:
        self.amounts = [share]
        #: for each ballot, which of the amounts its voters have
        self.of = [0] * ballots

    def pay(self, supporters: Iterable[tuple[int, Fraction]], rho: Fraction) -> None:
        """Take rho times the use, or all there is, from every voter of these ballots."""
        after: dict[tuple[int, Fraction], int] = {}
        for ballot, use in supporters:
            key = (self.of[ballot], use)
            if key not in after:
                after[key] = len(self.amounts)
                self.amounts.append(max(self.amounts[key[0]] - rho * use, Fraction(0)))
            self.of[ballot] = after[key]


def _add_one(election: Election, run: Run, step: Fraction) -> Run:
    """Give every voter a step more until all is spent, or the projects would cost too much."""
    profile = election.profile
    wanted = [at for at, supporters in enumerate(election.supporters) if supporters]
    for _ in range(MOST_RUNS):
        left = profile.budget - run.spent(profile)
        unfunded = set(wanted) - set(run.funded)
        if not any(profile.projects[project].cost <= left for project in unfunded):
            return run
        more = election.count(run.share + step)
        if more.spent(profile) > profile.budget:
            return run
        run = more
    raise ValueError("the step is too small for this budget: choose a larger one")


def _greedily(
    profile: BudgetProfile, funded: Sequence[int], left: Fraction, ties: TieBreak
) -> Spending:
    """Fund what else fits, from the most supported down."""
    spending = Spending(profile, left)
    points = points_of(profile)
    supported = [at for at, given in enumerate(points) if given > 0 and at not in funded]
    for group in ranking_by(points, supported):
        for project in by_lot(group, spending, ties):
            if spending.fits(project):
                spending.fund(project, points[project])
            else:
                spending.refuse(project, points[project], "does not fit")
    return spending
