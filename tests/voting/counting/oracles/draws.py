"""Ballots drawn by a seed, so that every run and every machine compares the same ones."""

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from random import Random

from voting.counting.profiles import (
    BudgetProfile,
    Points,
    Project,
    RankedProfile,
    Ranking,
    ScoreProfile,
    Scores,
)

NAMES = ("Ada", "Bo", "Cy", "Di", "Eve", "Fay", "Gus")


def ranked(
    seed: str, number: int, *, least: int = 3, most: int = len(NAMES)
) -> Iterator[RankedProfile]:
    """Yield profiles of strict rankings; one in three ballots leaves options out.

    least, most: how many options there may be.
    In half of the profiles voters lean towards one of two orders, so that there are groups.
    """
    random = Random(seed)
    for turn in range(number):
        options = range(random.randint(least, most))
        camps = [random.sample(options, len(options)) for _ in range(2)]
        ballots: Counter[Ranking] = Counter()
        for _ in range(random.randint(10, 80)):
            camp = random.choice(camps)
            noise = len(options) if turn % 2 else 2
            order = sorted(options, key=lambda one: camp.index(one) + random.uniform(0, noise))
            length = random.choice((random.randint(1, len(options)), len(options), len(options)))
            ballots[tuple((option,) for option in order[:length])] += 1
        yield RankedProfile(NAMES[: len(options)], ballots)


def scored(seed: str, number: int, *, highest: int = 5) -> Iterator[ScoreProfile]:
    """Yield profiles of scores from 0; everyone scores everything."""
    random = Random(seed)
    for _ in range(number):
        options = random.randint(3, len(NAMES))
        ballots: Counter[Scores] = Counter()
        for _ in range(random.randint(10, 80)):
            ballots[tuple(random.randint(0, highest) for _ in range(options))] += 1
        yield ScoreProfile(NAMES[:options], ballots)


def budgets(seed: str, number: int) -> Iterator[BudgetProfile]:
    """Yield approvals of projects that cost from 1 to 50, with money for half of them."""
    random = Random(seed)
    for _ in range(number):
        names = NAMES[: random.randint(3, len(NAMES))]
        projects = tuple(Project(name, Fraction(random.randint(1, 50))) for name in names)
        budget = sum(project.cost for project in projects) / 2
        ballots: Counter[Points] = Counter()
        for _ in range(random.randint(10, 60)):
            chosen = sorted(random.sample(range(len(names)), random.randint(1, len(names) - 1)))
            ballots[tuple((project, Fraction(1)) for project in chosen)] += 1
        yield BudgetProfile(projects, Fraction(budget), ballots)
