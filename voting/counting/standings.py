"""From one number an option to places: who stands where."""

from collections.abc import Iterable, Sequence
from fractions import Fraction


def ranking_by(
    totals: Sequence[int | Fraction], among: Iterable[int] | None = None
) -> tuple[tuple[int, ...], ...]:
    """Group options by their total, the highest first; in a group they keep their order.

    among: the options to place; all of them if None.
    """
    groups: dict[int | Fraction, list[int]] = {}
    for option in range(len(totals)) if among is None else sorted(among):
        groups.setdefault(totals[option], []).append(option)
    return tuple(tuple(groups[total]) for total in sorted(groups, reverse=True))
