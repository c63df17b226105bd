"""Breaking ties by an order nobody could know before the ballots closed and anyone can repeat.

With a seed (the root hash of the closed ballot box) the options are sorted by
SHA-256(seed || name), the name in UTF-8, digests compared byte by byte, smallest first. Without a
seed (counting a file by hand) the order is that of the options in the profile. Whoever stands
earlier in the order is favoured: elected first, ranked higher, excluded last.

A method whose rule has its own way of breaking a tie uses that first and this only for the rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True)
class TieBreak:
    """A total order of the options, drawn from a seed or, without one, as they are listed."""

    seed: bytes | None = None

    @property
    def how(self) -> str:
        """The word an Outcome's ties tell this by."""
        return "order of options" if self.seed is None else "seed"

    def order(self, options: Sequence[str]) -> tuple[int, ...]:
        """Return every option's index, the most favoured first."""
        indexes = range(len(options))
        if self.seed is None:
            return tuple(indexes)
        seed = self.seed
        return tuple(sorted(indexes, key=lambda i: (digest(seed, options[i]), i)))

    def places(self, options: Sequence[str]) -> tuple[int, ...]:
        """Return each option's place in the order: 0 for the most favoured."""
        places = [0] * len(options)
        for place, index in enumerate(self.order(options)):
            places[index] = place
        return tuple(places)

    def favoured(self, tied: Iterable[int], options: Sequence[str]) -> int:
        """Return the one of the tied options that stands first in the order."""
        return min(tied, key=self.places(options).__getitem__)

    def least_favoured(self, tied: Iterable[int], options: Sequence[str]) -> int:
        """Return the one of the tied options that stands last in the order."""
        return max(tied, key=self.places(options).__getitem__)


def digest(seed: bytes, name: str) -> bytes:
    """Return SHA-256(seed || name), by which options are sorted."""
    return sha256(seed + name.encode()).digest()
