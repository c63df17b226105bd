"""Places in a long list: where the next page begins, written so that it fits into a URL.

Lists are ordered by a time, or a number, and rows that are alike in it by key; a page is asked for
by the place of the last row already seen, so that it stays right while rows come and go.
"""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

FORMAT = "%Y%m%dT%H%M%S%f"

T = TypeVar("T")
Place = tuple[datetime, UUID]
#: of a list that is ordered by a number
Rank = tuple[int, UUID]
_RANK = re.compile(r"(\d{1,9})\.([0-9a-f]{32})", re.ASCII)


def write_place(at: datetime, row_id: UUID) -> str:
    """A row's place as URL-safe text."""
    return f"{at.astimezone(UTC).strftime(FORMAT)}.{row_id.hex}"


def read_place(text: str | None) -> Place | None:
    """The place a URL names; None, the start of the list, for anything we did not write."""
    at, _, row_id = (text or "").partition(".")
    try:
        return datetime.strptime(at, FORMAT).replace(tzinfo=UTC), UUID(hex=row_id)
    except ValueError:
        return None


def cut(
    rows: Sequence[T], size: int, place_of: Callable[[T], tuple[datetime | None, UUID]]
) -> tuple[Sequence[T], str | None]:
    """The rows of one page, and the place after which the next begins; None: there is none.

    rows: up to size + 1 of them. place_of: a row's time and key.
    """
    shown = rows[:size]
    if len(rows) <= size:
        return shown, None
    at, key = place_of(shown[-1])
    assert at is not None
    return shown, write_place(at, key)


def write_rank(number: int, row_id: UUID) -> str:
    """A row's place by its number, as URL-safe text."""
    return f"{number}.{row_id.hex}"


def read_rank(text: str | None) -> Rank | None:
    """The place a URL names; None, the start of the list, for anything we did not write."""
    found = _RANK.fullmatch(text or "")
    return (int(found[1]), UUID(hex=found[2])) if found else None
