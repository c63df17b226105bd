"""The closed ballot box: a hash tree over its ballots, as RFC 6962 builds one (section 2.1).

A ballot's entry is "nonce:weight:marks" in ASCII. The nonce is random and unknown before the close,
so entries sorted by their text lie in an order that tells nothing of the casting, and nobody can
know the root before the last ballot is in. The root is the seed by which ties are broken.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256

#: what stands before an entry, and before two hashes, when it is hashed
LEAF, NODE = b"\x00", b"\x01"


def entry(nonce: str, weight: int, marks: str) -> bytes:
    """A ballot as it lies in the box."""
    return f"{nonce}:{weight}:{marks}".encode("ascii")


def root_of(entries: Iterable[bytes]) -> bytes:
    """The root hash of a box, whatever the order in which its entries are given."""
    return tree_root([sha256(LEAF + one).digest() for one in sorted(entries)])


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """The Merkle tree hash of leaf hashes; of none, the hash of nothing.

    Level by level: an odd one out is handed up as it is, which is what RFC 6962's split at the
    largest power of two comes to.
    """
    if not leaves:
        return sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [sha256(NODE + left + right).digest() for left, right in pairs]
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0]
