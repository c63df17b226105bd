"""Comparing options in pairs: what Schulze and ranked pairs have in common.

A matrix holds, at [a][b], how many ballots rank a above b. Equal ranks say nothing of each other.
"""

from collections.abc import Collection, Iterable, Sequence

from voting.counting.outcome import Round, Tie
from voting.counting.profiles import RankedProfile, Unranked
from voting.counting.ties import TieBreak


def preferences(profile: RankedProfile, unranked: Unranked | None = None) -> list[list[int]]:
    """Return the matrix of how many ballots rank one option above another.

    unranked: how options left out are read; None: as the profile says.
    """
    return profile.preferences(profile.unranked if unranked is None else unranked)


def ranking_of(above: Sequence[Sequence[bool]]) -> tuple[tuple[int, ...], ...]:
    """Return groups of options, best first, by how many options stand above each.

    above: [a][b] whether a stands above b; transitive and without circles, so that an option above
    another always comes before it. Options with equally many above them share a group.
    """
    groups: dict[int, list[int]] = {}
    for option in range(len(above)):
        groups.setdefault(sum(row[option] for row in above), []).append(option)
    return tuple(tuple(groups[number]) for number in sorted(groups))


def elect_top(
    ranking: Iterable[tuple[int, ...]],
    seats: int,
    ineligible: Collection[str],
    options: Sequence[str],
    ties: TieBreak,
) -> tuple[tuple[int, ...], tuple[Tie, ...]]:
    """Return who takes the seats, in order, and the ties that decided who or in what order.

    ineligible: names passed over when seats are given (a limit on seats of one employer, say).
    Raises ValueError if seats is below 1 or ineligible names no option. More seats than options:
    all are elected.
    """
    if seats < 1:
        raise ValueError("there must be at least one seat")
    unknown = [name for name in ineligible if name not in options]
    if unknown:
        raise ValueError(f"no option is called {unknown[0]}")
    places = ties.places(options)
    winners: list[int] = []
    broken: list[Tie] = []
    for group in ranking:
        eligible = (option for option in group if options[option] not in ineligible)
        tied = sorted(eligible, key=places.__getitem__)
        while tied and len(winners) < seats:
            if len(tied) > 1:
                what = "elect" if len(tied) > seats - len(winners) else "order of election"
                broken.append(Tie(tuple(sorted(tied)), tied[0], what, ties.how))
            winners.append(tied.pop(0))
    return tuple(winners), tuple(broken)


def by_name(matrix: Sequence[Sequence[int]], options: Sequence[str]) -> Round:
    """Return a matrix as a round holds it: for each option, its number against each other one."""
    return {
        name: {other: row[b] for b, other in enumerate(options) if b != a}
        for a, (name, row) in enumerate(zip(options, matrix, strict=True))
    }
