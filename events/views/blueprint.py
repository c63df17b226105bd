"""The blueprint of events, and how its pages come to a guild and an event."""

from uuid import UUID

from flask import Blueprint, abort, request
from werkzeug.wrappers import Response

from accounts.identity import me, viewer
from core.database import get_db
from core.rates import spend
from events import queries, when
from events.models import Event
from events.queries import Seen
from guilds.models import Guild, Role
from guilds.queries import get_guild

bp = Blueprint("events", __name__)

Page = str | tuple[str, int] | Response

#: one person who looks after events; each change of time or place is a mail to all who come
PER_ORGANISER = "30/hour;100/day"


def words_of(event: Event) -> str:
    user = viewer()
    own_zone = user.time_zone if user else None
    return when.span_in_both_zones(event.starts_at, event.ends_at, event.time_zone, own_zone)


def guild_of(slug: str) -> tuple[Guild, Role | None]:
    found = get_guild(get_db(), slug, viewer())
    if found is None:
        abort(404)
    return found


def event_of(event_id: UUID) -> Seen:
    seen = queries.get_event(get_db(), event_id, viewer())
    if seen is None:
        abort(404)
    return seen


def spend_on_post(limit: str, purpose: str) -> None:
    if request.method == "POST":
        spend(limit, purpose, str(me().id))
