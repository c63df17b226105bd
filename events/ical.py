"""Events as iCalendar files (RFC 5545), for one event or a guild's feed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar

from events.models import Event, EventState

PRODUCT = "-//Dream Guilds//Events//EN"


def calendar(events: Sequence[Event], *, public_url: str, name: str = "") -> bytes:
    """A calendar of published events; the same rows give the same bytes.

    public_url: where this server is reached, without a path; its host makes the UIDs lasting.
    """
    out = icalendar.Calendar()
    out.add("prodid", PRODUCT)
    out.add("version", "2.0")
    out.add("calscale", "GREGORIAN")
    out.add("method", "PUBLISH")
    if name:
        out.add("name", name)  # RFC 7986
        out.add("x-wr-calname", name)
    for event in events:
        out.add_component(_component(event, public_url))
    if events:
        out.add_missing_timezones(
            first_date=_new_year(min(event.starts_at.year for event in events)),
            last_date=_new_year(max(event.ends_at.year for event in events) + 2),
        )
    return bytes(out.to_ical())


def _component(event: Event, public_url: str) -> icalendar.Event:
    zone = ZoneInfo(event.time_zone)
    host = public_url.partition("://")[2].partition(":")[0]
    url = f"{public_url}/events/{event.id}"
    out = icalendar.Event()
    out.add("uid", f"{event.id}@{host}")
    out.add("dtstamp", event.changed_at)
    out.add("last-modified", event.changed_at)
    out.add("sequence", event.sequence)
    out.add("status", "CANCELLED" if event.state is EventState.CANCELLED else "CONFIRMED")
    out.add("summary", event.title)
    out.add("dtstart", _local(event.starts_at, zone))
    out.add("dtend", _local(event.ends_at, zone))
    out.add("location", ", ".join(filter(None, (event.place_name, event.place_address))))
    out.add("description", _description(event, url))
    out.add("url", url)
    return out


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    """The instant in its zone, or in UTC in the hour that comes twice: TZID means its first."""
    local = at.astimezone(zone)
    return at if local.fold else local


def _description(event: Event, url: str) -> str:
    bring = f"What to bring:\n{event.what_to_bring}" if event.what_to_bring else ""
    off = "Cancelled." if event.state is EventState.CANCELLED else ""
    if off and event.cancel_reason:
        off = f"Cancelled: {event.cancel_reason}"
    return "\n\n".join(filter(None, (off, event.description, bring, url)))


def _new_year(year: int) -> date:
    """Clock changes are told for whole years; the day before is safe in every zone."""
    return date(year, 1, 1) - timedelta(days=1)
