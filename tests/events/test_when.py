from datetime import UTC, datetime, timedelta

import pytest

from events import when

AT = datetime(2027, 3, 12, 18, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("place", "own", "words"),
    [
        ("Europe/Lisbon", None, "Fri 12 March 2027, 18:00 in Lisbon"),
        ("Europe/Lisbon", "Europe/Lisbon", "Fri 12 March 2027, 18:00 in Lisbon"),
        ("Europe/Lisbon", "Europe/London", "Fri 12 March 2027, 18:00 in Lisbon"),
        ("Europe/Lisbon", "Europe/Madrid", "Fri 12 March 2027, 18:00 in Lisbon, 19:00 for you"),
        (
            "Europe/Lisbon",
            "Asia/Kathmandu",
            "Fri 12 March 2027, 18:00 in Lisbon, 23:45 for you",
        ),
        (
            "Europe/Lisbon",
            "Asia/Tokyo",
            "Fri 12 March 2027, 18:00 in Lisbon, Sat 13 March, 03:00 for you",
        ),
        ("America/New_York", None, "Fri 12 March 2027, 13:00 in New York"),
    ],
)
def test_both_zones_in_words(place: str, own: str | None, words: str) -> None:
    assert when.in_both_zones(AT, place, own) == words


def test_the_end_is_told_as_the_clocks_at_the_place_show_it() -> None:
    said = when.span_in_both_zones(AT, AT + timedelta(hours=2), "Europe/Lisbon", None)
    assert said == "Fri 12 March 2027, 18:00 in Lisbon, until 20:00"
    said = when.span_in_both_zones(AT, AT + timedelta(days=1), "Europe/Lisbon", "Europe/Madrid")
    assert said.endswith("19:00 for you, until Sat 13 March, 18:00 in Lisbon")
    said = when.span_in_both_zones(AT, AT + timedelta(hours=2), "Europe/Lisbon", "Europe/London")
    assert said == "Fri 12 March 2027, 18:00 in Lisbon, until 20:00"
