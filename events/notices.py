"""Mails about events, each composed when it falls due from what is true then.

Discreet ones (docs/threat-model.md) say when, in the reader's own zone, and neither what nor where.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from accounts.models import User
from core import clock
from core.mail import Message, Writer
from core.templating import in_words
from events import queries, rules, when
from events.models import (
    Attendance,
    AttendanceStatus,
    Endorsement,
    Event,
    EventChange,
    EventState,
)
from guilds.models import Guild, GuildState
from guilds.queries import get_role
from notifications.models import Notice
from voting.models import Proposal
from voting.verdicts import numbers_for_everyone

#: what a discreet mail calls an event
SOMETHING = "something you said yes to"


@dataclass(frozen=True)
class Addressee:
    """Who is told: where the mail's link leads, in which zone they live, and a guest's address."""

    event: Event
    path: str
    time_zone: str
    #: "" for an account: delivery knows its address
    to: str


def _attendance(db: Session, notice: Notice) -> Attendance | None:
    if notice.user_id is None:
        return db.get(Attendance, notice.recipient_id)
    user = db.get(User, notice.user_id)
    return queries.get_attendance(db, notice.subject_id, user)


def _attendance_path(writer: Writer, attendance: Attendance) -> str:
    return f"/attendances/{writer.vault.link_token('attendance', attendance.id)}"


def _addressee(db: Session, notice: Notice, writer: Writer) -> Addressee | None:
    """The event and who comes to it; None if either is gone or the yes was taken back."""
    event = db.get(Event, notice.subject_id)
    attendance = _attendance(db, notice)
    if event is None or attendance is None or attendance.status is not AttendanceStatus.ACCEPTED:
        return None
    user = db.get(User, notice.user_id) if notice.user_id else None
    if user is not None:
        return Addressee(event, f"/events/{event.id}", user.time_zone, "")
    to = writer.vault.unseal(attendance.address_sealed)
    return Addressee(event, _attendance_path(writer, attendance), attendance.time_zone, to)


def _time(event: Event, reader: Addressee) -> str:
    return when.in_both_zones(event.starts_at, event.time_zone, reader.time_zone)


def _own_time(at: datetime, reader: Addressee) -> str:
    return in_words(at, ZoneInfo(reader.time_zone))


def _span(stand: Event | EventChange, reader: Addressee) -> str:
    return when.span_in_both_zones(
        stand.starts_at, stand.ends_at, stand.time_zone, reader.time_zone
    )


def _place(stand: Event | EventChange) -> str:
    return ", ".join(filter(None, (stand.place_name, stand.place_address)))


def confirm_guest(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To a mailbox someone typed: is it you? To who comes already: nothing more to do."""
    event = db.get(Event, notice.subject_id)
    attendance = _attendance(db, notice)
    if event is None or attendance is None:
        return None
    if event.state is not EventState.CONFIRMED or event.ends_at <= clock.now():
        return None
    return writer.message(
        "events/confirm_guest",
        subject="Please look at this",
        path=_attendance_path(writer, attendance),
        to=writer.vault.unseal(attendance.address_sealed),
        said_yes=attendance.status is AttendanceStatus.ACCEPTED,
    )


def starts_in_a_day(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """The day before. If it comes so late that `starts_soon` is due as well, that one suffices."""
    least = rules.REMINDERS["events.starts_soon"]
    return _reminder(db, notice, writer, at_least_ahead=least)


def starts_soon(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """Two hours before, or as soon after as we can, while it has not started."""
    return _reminder(db, notice, writer, at_least_ahead=timedelta(0))


def _reminder(
    db: Session, notice: Notice, writer: Writer, *, at_least_ahead: timedelta
) -> Message | None:
    reader = _addressee(db, notice, writer)
    if reader is None:
        return None
    event = reader.event
    ahead = event.starts_at - clock.now()
    if event.state is not EventState.CONFIRMED or ahead <= at_least_ahead:
        return None
    time = _time(event, reader)
    return writer.message(
        "events/reminder",
        subject=f"Reminder: {event.title}, {time}",
        path=reader.path,
        to=reader.to,
        discreet_subject="A reminder",
        event=event,
        time=time,
        own_time=_own_time(event.starts_at, reader),
        bring=event.what_to_bring.splitlines(),
        has_account=notice.user_id is not None,
    )


def changed(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """Time or place are other than they were before the change this notice is about."""
    reader = _addressee(db, notice, writer)
    if reader is None or reader.event.state is not EventState.CONFIRMED:
        return None
    event = reader.event
    before = queries.get_change(db, event.id, notice.due_at)
    if before is None or event.ends_at <= clock.now():
        return None
    was_time, time = _span(before, reader), _span(event, reader)
    was_place, place = _place(before), _place(event)
    news = [("time", was_time != time), ("place", was_place != place)]
    what = " and ".join(word for word, is_new in news if is_new)
    if not what:
        return None  # changed back meanwhile
    return writer.message(
        "events/changed",
        subject=f"New {what}: {event.title}",
        path=reader.path,
        to=reader.to,
        discreet_subject=f"{SOMETHING.capitalize()} has changed",
        event=event,
        what=what,
        was_time=was_time if was_time != time else "",
        time=time,
        was_place=was_place if was_place != place else "",
        place=place,
        own_time=_own_time(event.starts_at, reader),
        has_account=notice.user_id is not None,
    )


def cancelled(db: Session, notice: Notice, writer: Writer) -> Message | None:
    reader = _addressee(db, notice, writer)
    if reader is None or reader.event.state is not EventState.CANCELLED:
        return None
    event = reader.event
    return writer.message(
        "events/cancelled",
        subject=f"Cancelled: {event.title}",
        path=reader.path,
        to=reader.to,
        discreet_subject=f"{SOMETHING.capitalize()} is cancelled",
        event=event,
        time=_time(event, reader),
        own_time=_own_time(event.starts_at, reader),
        has_account=notice.user_id is not None,
    )


def endorsed(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To organisers of the host, while the endorsement stands."""
    found = _endorsement(db, notice)
    if found is None or found[0].declined_at is not None:
        return None
    _, event, host, guild, proposal = found
    if not _organises(db, notice, host):
        return None
    return writer.message(
        "events/endorsed",
        subject=f"{guild.name} stands behind {event.title}",
        discreet_subject="News from a guild",
        path=f"/events/{event.id}",
        title=event.title,
        guild=guild.name,
        numbers=numbers_for_everyone(proposal),
        reader_guild=host.name,
    )


def endorsement_declined(db: Session, notice: Notice, writer: Writer) -> Message | None:
    """To organisers of the guild whose endorsement was turned down."""
    found = _endorsement(db, notice)
    if found is None or found[0].declined_at is None:
        return None
    endorsement, event, host, guild, _ = found
    if not _organises(db, notice, guild):
        return None
    return writer.message(
        "events/endorsement_declined",
        subject=f"Turned down: {guild.name} behind {event.title}",
        discreet_subject="News from a guild",
        path=f"/events/{event.id}",
        title=event.title,
        host=host.name,
        guild=guild.name,
        reason=endorsement.decline_reason,
        reader_guild=guild.name,
    )


def _endorsement(
    db: Session, notice: Notice
) -> tuple[Endorsement, Event, Guild, Guild, Proposal] | None:
    """What a notice is about: with the event, its host, the guild behind it and its decision."""
    endorsement = db.get(Endorsement, notice.subject_id)
    if endorsement is None:
        return None
    event = db.get_one(Event, endorsement.event_id)
    guild = db.get_one(Guild, endorsement.guild_id)
    proposal = db.get_one(Proposal, endorsement.proposal_id)
    return endorsement, event, db.get_one(Guild, event.guild_id), guild, proposal


def _organises(db: Session, notice: Notice, guild: Guild) -> bool:
    """Whether the reader organises a guild that there still is."""
    user = db.get(User, notice.user_id) if notice.user_id else None
    return guild.state == GuildState.ACTIVE and rules.can_organise(get_role(db, guild.id, user))


Compose = Callable[[Session, Notice, Writer], Message | None]

NOTICES: dict[str, Compose] = {
    "events.confirm_guest": confirm_guest,
    "events.starts_in_a_day": starts_in_a_day,
    "events.starts_soon": starts_soon,
    "events.changed": changed,
    "events.cancelled": cancelled,
    "events.endorsed": endorsed,
    "events.endorsement_declined": endorsement_declined,
}
