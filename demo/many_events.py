"""Many events in all guilds, from last year's to next year's, and who comes to those ahead."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from demo.bulk import Row, batches, insert, key
from demo.masses import QUARTERS, Wanted, somebody
from demo.play import Play, chance
from demo.story.gatherings import PEACE
from events.models import Attendance, AttendanceStatus, Event, EventState, Visibility
from events.rules import ATTENDANCE_KEPT_FOR, reminders_owed
from notifications.models import Notice

OCCASIONS = (
    "Vigil", "March", "Breakfast", "Reading", "Night walk", "Assembly", "Teach-in", "Picket",
)  # fmt: skip
ZONES = ("America/New_York", "Europe/Lisbon", "Asia/Kathmandu", "Africa/Lagos", "Pacific/Auckland")
LAST_YEAR, NEXT_YEAR = -365, 365
#: most who come to one event; known by name until a week after it
MOST_COMING = 8


def events(play: Play, wanted: Wanted) -> Iterator[str]:
    """Events, attendances of those not long over, and the reminders that are still owed."""
    done = 0
    for batch in batches(_events(play, wanted)):
        insert(play.db, Event, batch)
        coming = [row for event in batch for row in _coming(play, wanted, event)]
        for rows in batches(coming):
            insert(play.db, Attendance, rows)
        for rows in batches(_reminders(coming, {event["id"]: event for event in batch}, play.now)):
            insert(play.db, Notice, rows)
        done += len(batch)
        yield f"{done:,} events"


def _events(play: Play, wanted: Wanted) -> Iterator[Row]:
    falls = chance("events")
    homes = [guild.id for guild in play.guilds.values() if guild.is_listed and guild.member_count]
    for number in range(wanted.events):
        home = key("guild", number % wanted.guilds) if wanted.guilds else falls.choice(homes)
        yield _event(play, number, home, min(MOST_COMING, wanted.people or MOST_COMING), falls)


def _event(play: Play, number: int, guild_id: UUID, most_coming: int, falls: Random) -> Row:
    starts_at = play.now + timedelta(minutes=15 * falls.randint(LAST_YEAR * 96, NEXT_YEAR * 96))
    state = falls.choices(list(EventState), weights=[1, 8, 1])[0]
    place = falls.choice(QUARTERS)
    return {
        "id": key("event", number),
        "guild_id": guild_id,
        "created_by": None,
        "title": f"{falls.choice(OCCASIONS)} at {place}, {number + 1}",
        "description": "",
        "description_html": "",
        "place_name": place,
        "place_address": "",
        "time_zone": falls.choice(ZONES),
        "starts_at": starts_at.replace(second=0, microsecond=0),
        "ends_at": starts_at.replace(second=0, microsecond=0) + timedelta(hours=2),
        "what_to_bring": "",
        "conduct": PEACE,
        "visibility": Visibility.PUBLIC,
        "state": state,
        "sequence": int(state is EventState.CANCELLED),
        "cancel_reason": "Rain." if state is EventState.CANCELLED else "",
        "changed_at": play.now - timedelta(days=400),
        "attending_count": 0 if state is EventState.DRAFT else falls.randint(0, most_coming),
    }


def _coming(play: Play, wanted: Wanted, event: Row) -> Iterator[Row]:
    """Who comes; whoever came to what is long over is forgotten, only their number stays."""
    if event["ends_at"] < play.now - ATTENDANCE_KEPT_FOR:
        return
    first = event["id"].int % 1_000_003
    for place in range(event["attending_count"]):
        yield {
            "id": key(f"attendance {event['id']}", place),
            "event_id": event["id"],
            "user_id": somebody(play, wanted, first + place),
            "nickname": "",
            "address_sealed": "",
            "address_hash": None,
            "time_zone": event["time_zone"],
            "status": AttendanceStatus.ACCEPTED,
            "agreed_at": event["changed_at"],
            "answered_at": event["changed_at"],
        }


def _reminders(coming: list[Row], events: dict[UUID, Row], now: datetime) -> Iterator[Row]:
    for attendance in coming:
        event = events[attendance["event_id"]]
        if event["state"] is not EventState.CONFIRMED:
            continue
        for kind, due_at in reminders_owed(event["starts_at"], now):
            yield {
                "id": key(f"{kind} {event['id']}", attendance["user_id"].int),
                "recipient_id": attendance["user_id"],
                "user_id": attendance["user_id"],
                "kind": kind,
                "subject_id": event["id"],
                "due_at": due_at,
                "attempts": 0,
                "headline": "",
                "path": "",
            }
