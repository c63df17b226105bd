"""Marks as a ballot box holds them, and the ballot that a bundle writes for them.

A ballot on one question is its choice in a word. Any other has one character an option, in their
order: "-" for no opinion, else a digit or letter for a whole number from 0 to 61 (0-9, A-Z, a-z): a
rank from 1, a score above the lowest one, or 1 for an approval.
"""

from typing import Any

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BLANK = "-"


def read_marks(marks: str) -> list[int | None]:
    """The numbers that were written. Raises ValueError if they were not."""
    return [None if mark == BLANK else DIGITS.index(mark) for mark in marks]


def ballot_of(kind: str, marks: str, *, lowest: int = 0) -> list[Any]:
    """The ballot as a bundle of that kind has it (voting.counting.files.bundle).

    lowest: the score that is written as 0. Raises ValueError for what are no marks, or no kind.
    """
    if kind == "choices":
        return [marks]
    numbers = read_marks(marks)
    given = [place for place, number in enumerate(numbers) if number]
    match kind:
        case "approvals":
            return given
        case "points":
            return [[place, 1] for place in given]
        case "scores":
            return [None if number is None else number + lowest for number in numbers]
        case "ranking":
            ranks = sorted({number for number in numbers if number is not None})
            return [[at for at, number in enumerate(numbers) if number == rank] for rank in ranks]
    raise ValueError(f"no kind of ballot: {kind}")
