"""The root hash of a box of very many ballots: that of voting.box, from what the count has read.

The entries are written and sorted as rows of an array, and hashed a branch of the tree at a time,
so that what a branch needs stays in the processor's cache.
Source: docs/decisions/0211-counting-large-boxes.md
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import numpy as np
import numpy.typing as npt

from voting import box
from voting.marks import Stack

#: leaves of a whole branch: a power of two, so that its root is a node of the tree
BRANCH = 1 << 14


def root_of_stacks(stacks: Sequence[Stack]) -> bytes:
    """As voting.box.root_of. Raises ValueError for what are no nonces or marks."""
    leaves = _leaves(stacks)
    order = np.argsort(leaves)
    branches = (order[at : at + BRANCH] for at in range(0, len(order), BRANCH))
    return box.tree_root([_hashed(leaves[branch].tolist()) for branch in branches])


def _hashed(leaves: list[bytes]) -> bytes:
    return box.tree_root([sha256(leaf).digest() for leaf in leaves])


def _leaves(stacks: Sequence[Stack]) -> npt.NDArray[Any]:
    """What is hashed of each ballot, each as text of bytes, in the order of the stacks."""
    parts = [_columns(stack) for stack in stacks]
    width = max((sum(column.shape[1] for column in part) for part in parts), default=1)
    leaves = np.zeros((sum(stack.number for stack in stacks), width), np.uint8)
    row = 0
    for stack, part in zip(stacks, parts, strict=True):
        at = 0
        for column in part:
            size = column.shape[1]
            leaves[row : row + stack.number, at : at + size] = column
            at += size
        row += stack.number
    return leaves.view(f"S{width}").ravel()  # without the zeros at the end of a shorter one


def _columns(stack: Stack) -> list[npt.NDArray[np.uint8]]:
    """The parts of voting.box.entry as rows of characters; one row where all have the same."""
    texts = (stack.nonces, f":{stack.weight}:", stack.marks)
    nonces, weight, marks = (np.frombuffer(text.encode("ascii"), np.uint8) for text in texts)
    same = np.frombuffer(box.LEAF, np.uint8)
    return [
        same.reshape(1, -1),
        nonces.reshape(stack.number, -1),
        weight.reshape(1, -1),
        marks.reshape(stack.number, -1),
    ]
