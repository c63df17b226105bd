"""Spreadsheet files: CSV in pieces, whose cells no spreadsheet takes for a formula."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

#: what a spreadsheet begins to calculate at, in any width of letters
FORMULA = ("=", "+", "-", "@", "\t", "\r")
#: the same behind a semicolon: half of Europe's spreadsheets part cells there, in any CSV
PARTED = re.compile(r"(;[\s\"']*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
#: rows a piece holds
ROWS = 1000


def cell(text: str) -> str:
    """A text as a cell: an apostrophe before what could be a formula; plain numbers stay."""
    text = PARTED.sub(r"\1'", text)
    begins = unicodedata.normalize("NFKC", text.lstrip()[:1])
    return f"'{text}" if begins.startswith(FORMULA) or text.startswith(FORMULA) else text


def lines(header: Sequence[str], rows: Iterable[Sequence[str | int]]) -> Iterator[str]:
    """The file in pieces, in UTF-8's order of things: header first, CRLF between (RFC 4180)."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(header)
    left = iter(rows)
    while True:
        part = list(islice(left, ROWS))
        writer.writerows([[_plain(value) for value in row] for row in part])
        yield written.getvalue()
        if len(part) < ROWS:
            return
        written.seek(0)
        written.truncate()


def _plain(value: str | int) -> str | int:
    return cell(value) if isinstance(value, str) else value
