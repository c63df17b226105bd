"""An event's time in words: as it is at the place and, if that differs, for the reader."""

from datetime import datetime
from zoneinfo import ZoneInfo


def city(zone: str) -> str:
    """The part of a zone's name that people know: "Lisbon" of Europe/Lisbon."""
    return zone.rpartition("/")[2].replace("_", " ")


def in_both_zones(at: datetime, place_zone: str, own_zone: str | None) -> str:
    """An instant as "Fri 12 March 2027, 18:00 in Lisbon, 19:00 for you".

    The reader's own is left out where the clocks agree, and gets its day where the day differs.
    """
    there = at.astimezone(ZoneInfo(place_zone))
    words = f"{_day(there)} {there.year}, {there:%H:%M} in {city(place_zone)}"
    if own_zone is None:
        return words
    here = at.astimezone(ZoneInfo(own_zone))
    if here.utcoffset() == there.utcoffset():
        return words
    day = "" if here.date() == there.date() else f"{_day(here)}, "
    return f"{words}, {day}{here:%H:%M} for you"


def span_in_both_zones(
    starts_at: datetime, ends_at: datetime, place_zone: str, own_zone: str | None
) -> str:
    """Start and end: "… 18:00 in Lisbon, 19:00 for you, until 20:00" (the end at the place)."""
    zone = ZoneInfo(place_zone)
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    words = in_both_zones(starts_at, place_zone, own_zone)
    day = "" if start.date() == end.date() else f"{_day(end)}, "
    there = f" in {city(place_zone)}" if words.endswith("for you") else ""
    return f"{words}, until {day}{end:%H:%M}{there}"


def _day(local: datetime) -> str:
    return f"{local:%a} {local.day} {local:%B}"
