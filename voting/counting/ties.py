"""Breaking ties by an order nobody could know before the ballots closed and anyone can repeat.

With a seed (the root hash of the closed ballot box) the options are sorted by
SHA-256(seed || name), the name in UTF-8, digests compared byte by byte, smallest first. Without a
seed (counting a file by hand) the order is that of the options in the profile. Whoever stands
earlier in the order is favoured: elected first, ranked higher, excluded last. Where lots were drawn
in a room, their order is given by name and stands before both.

A method whose rule has its own way of breaking a tie uses that first and this only for the rest.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256


@dataclass(frozen=True)
class TieBreak:
    """A total order of the options: as lots fell, from a seed, or as they are listed.

    lots: names, most favoured first; options missing from it come after them in the other order.
    """

    seed: bytes | None = None
    lots: tuple[str, ...] = ()

    @property
    def how(self) -> str:
        """The word an Outcome's ties tell this by."""
        if self.lots:
            return "lots"
        return "order of options" if self.seed is None else "seed"

    def order(self, options: Sequence[str]) -> tuple[int, ...]:
        """Return every option's index, the most favoured first."""
        drawn = {name: place for place, name in enumerate(self.lots)}

        def key(index: int) -> tuple[int, bytes, int]:
            name = options[index]
            return (
                drawn.get(name, len(drawn)),
                b"" if self.seed is None else digest(self.seed, name),
                index,
            )

        return tuple(sorted(range(len(options)), key=key))

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
