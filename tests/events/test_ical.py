from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import icalendar
import pytest

from events import ical
from events.models import Event, EventState
from tests.builders import NOW, event_facts

URL = "https://guilds.example:8443"


def event_with(state: EventState = EventState.CONFIRMED, **facts: Any) -> Event:
    told = vars(event_facts(**facts))
    return Event(
        id=UUID(int=7), guild_id=UUID(int=1), state=state, changed_at=NOW, sequence=3, **told
    )


def read_one(data: bytes) -> icalendar.Event:
    [event] = icalendar.Calendar.from_ical(data).events
    return event


def test_a_reader_finds_what_where_and_when_in_the_zone_of_the_place() -> None:
    event = event_with()
    read = read_one(ical.calendar([event], public_url=URL))
    assert read["UID"] == f"{event.id}@guilds.example"
    assert (read["SUMMARY"], read["STATUS"], read["SEQUENCE"]) == (event.title, "CONFIRMED", 3)
    assert read["LOCATION"] == "Fountain on Praça Nova, Praça Nova 1"
    assert read["URL"] == f"{URL}/events/{event.id}"
    assert read["DTSTART"].params["TZID"] == "Europe/Lisbon"
    assert read.start == event.starts_at
    assert read.end == event.ends_at
    assert read.LAST_MODIFIED == NOW
    assert read["DTSTAMP"].dt == NOW
    assert "Water\nA lantern" in read["DESCRIPTION"]


def test_a_cancelled_event_says_so_and_why() -> None:
    event = event_with(EventState.CANCELLED)
    event.cancel_reason = "The square is closed."
    read = read_one(ical.calendar([event], public_url=URL))
    assert read["STATUS"] == "CANCELLED"
    assert read["DESCRIPTION"].startswith("Cancelled: The square is closed.")


def test_the_file_is_published_with_its_zone_once_and_the_same_bytes_each_time() -> None:
    event = event_with()
    data = ical.calendar([event, event_with()], public_url=URL, name="River guild")
    assert data == ical.calendar([event, event_with()], public_url=URL, name="River guild")
    read = icalendar.Calendar.from_ical(data)
    assert read["METHOD"] == "PUBLISH"
    assert read["X-WR-CALNAME"] == "River guild"
    assert [zone["TZID"] for zone in read.timezones] == ["Europe/Lisbon"]


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("Europe/Lisbon", datetime(2026, 3, 29, 18, tzinfo=UTC)),
        ("Europe/Lisbon", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 1, 20, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 6, 1, 3, tzinfo=UTC)),
        ("UTC", datetime(2026, 6, 1, 3, tzinfo=UTC)),
    ],
)
def test_the_instant_survives_in_any_zone(zone: str, at: datetime) -> None:
    event = event_with(time_zone=zone, starts_at=at, ends_at=at + timedelta(hours=3))
    read = read_one(ical.calendar([event], public_url=URL))
    assert (read.start.astimezone(UTC), read.end.astimezone(UTC)) == (
        event.starts_at,
        event.ends_at,
    )


def test_what_people_type_cannot_leave_its_line() -> None:
    title = "Ünsere; Märsche, “laut”\\n" * 4
    event = event_with(title=title, place_name="Here\r\nATTENDEE:mailto:eve@example.org")
    data = ical.calendar([event], public_url=URL)
    assert read_one(data)["SUMMARY"] == title
    lines = data.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert b"\n" not in data.replace(b"\r\n", b"")
    assert not any(line.startswith(b"ATTENDEE") for line in lines)


def test_a_calendar_without_events_is_a_calendar() -> None:
    assert icalendar.Calendar.from_ical(ical.calendar([], public_url=URL, name="x")).events == []
