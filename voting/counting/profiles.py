"""Profiles: the ballots of one vote, equal ballots grouped, options known by their index.

Every profile can be counted without knowing where its ballots came from. Order of ballots never
matters to a count; order of options matters only where a tie is left to it (ties.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

#: Groups of option indexes, best first; equal ranks share a group; options left out are unranked.
Ranking: TypeAlias = tuple[tuple[int, ...], ...]


def check_options(options: tuple[str, ...]) -> None:
    """Raise ValueError if two options have the same name: nobody could tell who won."""
    if len(set(options)) != len(options):
        raise ValueError("two options have the same name")


@dataclass(frozen=True)
class RankedProfile:
    """Rankings and how many voters cast each; the empty ranking is a blank ballot.

    Raises ValueError if two options have the same name.
    """

    options: tuple[str, ...]
    ballots: Mapping[Ranking, int]

    def __post_init__(self) -> None:
        check_options(self.options)

    @property
    def ballot_count(self) -> int:
        return sum(self.ballots.values())
