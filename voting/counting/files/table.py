"""Tables of ballots: comma-separated values with a column an option and a row a ballot."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO

from voting.counting.files.errors import BallotFileError

#: what may stand between cells; the first one the header has is taken
SEPARATORS = (",", ";", "\t")
#: more columns than any vote has options; keeps a hostile header from costing minutes
MOST_COLUMNS = 2_000


@dataclass(frozen=True)
class Row:
    """One row below the header. line: where it begins, counted from 1; cells: without spaces."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True)
class Table:
    """The header and an iterator over the rows, each as long as the header; blank lines skipped.

    Iterating raises BallotFileError for a row of another length, or one that cannot be read.
    """

    names: Sequence[str]
    rows: Iterator[Row]


def read_table(text: str) -> Table:
    """Read the header at once and the rows as they are asked for.

    A comma at the end of every line, header and rows alike, is not a column. A single column needs
    no separator; there an empty line is a blank ballot's row, save after the last row.
    Raises BallotFileError, with the line: no header, or a header that names no option.
    """
    first, _, _ = text.partition("\n")
    separator = next((mark for mark in SEPARATORS if mark in first), ",")
    lines = _rows(text, separator)
    header = next(lines, None)
    if header is None:
        raise BallotFileError(1, "the file is empty")
    names = list(header.cells)
    trailing = len(names) > 1 and not names[-1]
    if trailing:
        names.pop()
    if len(names) > MOST_COLUMNS:
        raise BallotFileError(header.line, f"more than {MOST_COLUMNS} columns")
    return Table(names, _checked(lines, len(names), trailing=trailing))


def check_names(names: Sequence[str], line: int = 1) -> None:
    """Raise BallotFileError unless every option has a name, and each another one."""
    for name in names:
        if not name:
            raise BallotFileError(line, "a column without a name")
        if names.count(name) > 1:
            raise BallotFileError(line, f"two columns are named {name[:40]!r}")
    if not names:
        raise BallotFileError(line, "no column is an option")


def _rows(text: str, separator: str) -> Iterator[Row]:
    reader = csv.reader(StringIO(text.rstrip("\r\n"), newline=""), delimiter=separator, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise BallotFileError(line, f"cannot be read: {error}") from None
        yield Row(line, [cell.strip() for cell in cells])


def _checked(rows: Iterator[Row], width: int, *, trailing: bool) -> Iterator[Row]:
    for row in rows:
        cells = list(row.cells)
        if not cells:
            if width > 1:
                continue
            cells = [""]
        if trailing and len(cells) == width + 1 and not cells[-1]:
            cells.pop()
        if len(cells) != width:
            raise BallotFileError(row.line, f"{len(cells)} cells where {width} belong")
        yield Row(row.line, cells)
