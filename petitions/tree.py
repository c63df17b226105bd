"""The hash tree over a dossier's blinded signatures: leaves, branches, and the way to the root.

A leaf is made from the receipt that only its signatory has: it tells nothing of who signed, and
sorted leaves tell nothing of when. The tree is that of RFC 6962 (voting.box), a branch at a time.
"""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import islice
from typing import NamedTuple

from voting.box import LEAF, NODE, tree_root

LABEL = b"dream-guilds petition signature"
#: leaves of a whole branch: a power of two, so that its root is a node of the tree
BRANCH = 4096
#: letters of a receipt
RECEIPT = 26
#: a step from a leaf to the root: on which side the other hash stands ("L" or "R"), then its hex
Step = str


class Branch(NamedTuple):
    """Up to BRANCH neighbouring leaves, sorted, and the root over them."""

    leaves: list[bytes]
    root: bytes


def leaf_of(petition_id: str, receipt: str) -> bytes:
    """32 bytes that stand for a signature. petition_id: as it is written, 36 characters."""
    return sha256(LEAF + LABEL + petition_id.encode() + receipt.encode()).digest()


def read_receipt(typed: str) -> str:
    """A receipt as it was typed or pasted: small letters, spaces and hyphens are forgiven."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())[: RECEIPT + 1]


def branches(leaves: Iterable[bytes]) -> Iterator[Branch]:
    """The branches over sorted leaves, one at a time in memory."""
    left = iter(leaves)
    while part := list(islice(left, BRANCH)):
        yield Branch(part, tree_root(part))


def path(branch: Sequence[bytes], place: int, roots: Sequence[bytes], number: int) -> list[Step]:
    """From a leaf to the root: through its own branch, then over the roots of all branches."""
    return [*_steps(branch, place), *_steps(roots, number)]


def _steps(level: Sequence[bytes], place: int) -> Iterator[Step]:
    while len(level) > 1:
        other = place ^ 1
        if other < len(level):
            yield ("L" if other < place else "R") + level[other].hex()
        pairs = range(0, len(level) - 1, 2)
        above = [sha256(NODE + level[at] + level[at + 1]).digest() for at in pairs]
        level = above + ([level[-1]] if len(level) % 2 else [])
        place //= 2


def root_by(leaf: bytes, steps: Iterable[Step]) -> bytes:
    """The root that a leaf and its path lead to. Raises ValueError for what is no path."""
    found = leaf
    for step in steps:
        other = bytes.fromhex(step[1:])
        if step[:1] not in {"L", "R"} or len(other) != len(found):
            raise ValueError("not a path")
        pair = other + found if step[0] == "L" else found + other
        found = sha256(NODE + pair).digest()
    return found
