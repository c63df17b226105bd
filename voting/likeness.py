"""How much two proposals ask the same: by the words their titles have in common.

A word counts by its first letters, so that "willow" and "willows" are one; short ones do not.
"""

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

#: letters that make a word; what is shorter says little in any language
LEAST, STEM = 4, 6
#: share of a title's words found again that makes it alike
ENOUGH = 0.5

T = TypeVar("T")


def words_of(text: str) -> frozenset[str]:
    """The beginnings of its longer words, folded."""
    found = re.findall(r"\w+", text.casefold())
    return frozenset(word[:STEM] for word in found if len(word) >= LEAST)


def likeness(mine: frozenset[str], theirs: frozenset[str]) -> float:
    """Share of the shorter one's words that the other has too, 0 to 1; 0 if either has none."""
    fewest = min(len(mine), len(theirs))
    return len(mine & theirs) / fewest if fewest else 0.0


def most_alike(title: str, others: Iterable[tuple[str, T]], *, limit: int) -> Sequence[T]:
    """Things whose titles ask much the same as this one, the most alike first.

    others: (title, thing) with the preferred first among equals.
    """
    mine = words_of(title)
    found = [(words_of(theirs), thing) for theirs, thing in others]
    alike = [
        (likeness(mine, theirs), len(mine & theirs), thing)
        for theirs, thing in found
        if likeness(mine, theirs) >= ENOUGH
    ]
    alike.sort(key=lambda one: one[:2], reverse=True)
    return [thing for *_, thing in alike[:limit]]
