"""What every template may use: filters for time and number, static files, the CSRF field."""

import hashlib
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Flask, url_for
from flask_login import current_user
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from core import clock

ROOT = Path(__file__).resolve().parent.parent


def zone_of_reader() -> ZoneInfo:
    return ZoneInfo(getattr(current_user, "time_zone", None) or "UTC")


def in_words(at: datetime, zone: ZoneInfo) -> str:
    """A time as the house writes it: "Fri 12 March 2027, 18:00 (Lisbon)"."""
    local = at.astimezone(zone)
    place = zone.key.rpartition("/")[2].replace("_", " ")
    return f"{local:%a} {local.day} {local:%B %Y, %H:%M} ({place})"


def local_time(at: datetime | None, zone: str | None = None) -> Markup:
    """An instant as <time>, in the reader's zone or the one given (a protest keeps its place's)."""
    if at is None:
        return Markup()
    words = in_words(at, ZoneInfo(zone) if zone else zone_of_reader())
    return Markup('<time datetime="{}">{}</time>').format(at.isoformat(), words)  # it escapes them


def day(on: Any) -> str:
    """A date, or an instant's date in the reader's zone: "12 March 2027"."""
    if isinstance(on, datetime):
        on = on.astimezone(zone_of_reader())
    return f"{on.day} {on:%B %Y}" if on else ""


def relative(at: datetime | None) -> str:
    """How far away an instant is: "in 3 days", "2 hours ago"."""
    if at is None:
        return ""
    distance = at - clock.now()
    words = duration(abs(distance))
    return f"in {words}" if distance > timedelta(0) else f"{words} ago"


def duration(length: timedelta) -> str:
    """A length of time in its largest sensible unit: "3 days", "45 minutes"."""
    minutes = round(length.total_seconds() / 60)
    for name, size in (("day", 1440), ("hour", 60)):
        if minutes >= size * 2 or minutes == size:
            return count(round(minutes / size), name)
    return count(minutes, "minute") if minutes else "a moment"


def count(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun: "1 member", "2,000 members"."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def percent(share: Any) -> str:
    """A share of 0 to 1 as a percentage without needless decimals: "50 %", "33.3 %"."""
    value = float(share) * 100
    return f"{value:.0f} %" if abs(value - round(value)) < 0.05 else f"{value:.1f} %"


@cache
def _fingerprint(path: str) -> str:
    return hashlib.sha256((ROOT / "static" / path).read_bytes()).hexdigest()[:12]


@cache  # eleven a page: building each anew cost 0.3 ms
def static(path: str) -> str:
    """URL of a file under static/ that changes with its content: it may be kept for ever."""
    return url_for("static", filename=path, v=_fingerprint(path))


def csrf_field() -> Markup:
    """The hidden field every form needs. It starts a cookie: call it in forms only."""
    field = Markup('<input type="hidden" name="csrf_token" value="{}">')
    return field.format(generate_csrf())  # it escapes that


def init_app(app: Flask, subjects: dict[str, tuple[str, str]]) -> None:
    """`subjects`: kind of thing -> (endpoint, argument), so that records and decisions can link."""

    def subject_url(kind: str, subject_id: UUID) -> str | None:
        if kind not in subjects:
            return None
        endpoint, argument = subjects[kind]
        place: dict[str, Any] = {argument: subject_id}
        return url_for(endpoint, **place)

    app.jinja_env.filters.update(
        local_time=local_time, day=day, relative=relative, duration=duration, percent=percent
    )
    app.jinja_env.globals.update(
        static=static, csrf_field=csrf_field, count=count, now=clock.now, subject_url=subject_url
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
