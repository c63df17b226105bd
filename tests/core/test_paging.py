from datetime import UTC, datetime
from uuid import UUID

import pytest

from core.paging import Place, cut, read_place, read_rank, write_place, write_rank

KEY = UUID(int=7)
AT = datetime(2026, 3, 3, 12, 0, 0, 123456, tzinfo=UTC)
ROWS: list[Place] = [(AT, UUID(int=number)) for number in range(3)]


def test_a_place_is_read_as_it_was_written() -> None:
    assert read_place(write_place(AT, KEY)) == (AT, KEY)
    assert read_rank(write_rank(90_000, KEY)) == (90_000, KEY)


@pytest.mark.parametrize("text", [None, "", "junk", "20260303T120000000000.", f"9.{KEY}", "-1.7"])
def test_what_nobody_wrote_is_the_start_of_the_list(text: str | None) -> None:
    assert read_place(text) is None
    assert read_rank(text) is None


def test_a_page_is_cut_where_there_is_more() -> None:
    assert cut(ROWS, 3, lambda row: row) == (ROWS, None)
    assert cut([], 3, lambda row: row) == ([], None)
    shown, place = cut(ROWS, 2, lambda row: row)
    assert (shown, read_place(place)) == (ROWS[:2], ROWS[1])
