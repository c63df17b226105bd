"""Rows and numbers of ballot files, read strictly: what cannot be right is refused."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

from voting.counting.files.errors import BallotFileError

#: Most digits of a number; larger ones are mistakes or attacks.
MOST_DIGITS = 12
#: Most options of a vote: comparing all pairs of more takes too long.
MOST_OPTIONS = 2000


def whole_number(text: str, line: int, what: str, *, least: int = 0) -> int:
    """Return a number in ASCII digits. Raises BallotFileError naming what it should have been."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS):
        raise BallotFileError(line, f"{what} must be a whole number, not {short(text)}")
    number = int(digits)
    if number < least:
        raise BallotFileError(line, f"{what} must be at least {least}, not {number}")
    return number


def checked_names(names: Sequence[str], line: int) -> tuple[str, ...]:
    """Return the names of options. Raises BallotFileError: empty ones, two alike, too many."""
    if len(names) > MOST_OPTIONS:
        raise BallotFileError(line, f"more than {MOST_OPTIONS} options")
    seen: set[str] = set()
    for name in names:
        if not name:
            raise BallotFileError(line, "an option without a name")
        if name in seen:
            raise BallotFileError(line, f"two options are called {short(name)}")
        seen.add(name)
    return tuple(names)


def rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line a row begins at, from 1, and its cells; nothing for empty lines.

    In a table of one column an empty line is a row with a blank cell, unless it ends the file.
    Raises BallotFileError where quotes are broken or a cell is too long.
    """
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    line, width = 1, 0
    empty: list[int] = []
    try:
        for cells in reader:
            if cells:
                if width == 1:
                    yield from ((at, [""]) for at in empty)
                width = width or len(cells)
                empty.clear()
                yield line, cells
            else:
                empty.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise BallotFileError(reader.line_num, f"not a CSV row: {error}") from None


def short(text: str) -> str:
    """Return a piece of a file for a message: in quotes, control characters escaped, cut off."""
    return repr(text if len(text) <= 40 else text[:40] + "…")
