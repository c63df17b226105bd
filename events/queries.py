"""Reading events and who comes; what the viewer may not see is not there."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from accounts.models import User
from core.paging import Place
from events import rules
from events.models import Attendance, AttendanceStatus, Event, EventChange, EventState, Visibility
from guilds.models import Guild, Role
from guilds.queries import get_role

PAGE = 30
#: a calendar feed goes back this far, so that a cancellation reaches who subscribed
FEED_LOOKS_BACK = timedelta(days=30)
FEED_LENGTH = 300


@dataclass(frozen=True)
class Seen:
    """An event with its guild and the viewer's role in it; is_author: the viewer drafted it."""

    event: Event
    guild: Guild
    role: Role | None
    is_author: bool

    @property
    def host(self) -> Guild | None:
        """The guild, if the viewer may know of it."""
        return self.guild if self.guild.is_listed or self.role is not None else None


def get_event(db: Session, event_id: UUID, viewer: User | None) -> Seen | None:
    """An event the viewer may know of."""
    query = select(Event, Guild).where(Event.guild_id == Guild.id, Event.id == event_id)
    row = db.exec(query).first()
    if row is None:
        return None
    event, guild = row
    is_author = viewer is not None and event.created_by == viewer.id
    seen = Seen(event, guild, get_role(db, guild.id, viewer), is_author)
    return seen if rules.can_see(event, seen.role, is_author=is_author) else None


def upcoming_public(
    db: Session, now: datetime, limit: int, *, after: Place | None = None
) -> list[tuple[Event, Guild]]:
    """Up to `limit` public events that are not over, of listed guilds; the next one first."""
    query = (
        select(Event, Guild)
        .where(Event.guild_id == Guild.id, col(Guild.is_listed))
        .where(Event.visibility == Visibility.PUBLIC, Event.state == EventState.CONFIRMED)
        .where(Event.ends_at > now, Event.starts_at > now - rules.LONGEST)
    )
    if after is not None:
        query = query.where(_later_than(after))
    return list(db.exec(query.order_by(col(Event.starts_at), col(Event.id)).limit(limit)))


def upcoming_of_guild(
    db: Session,
    guild: Guild,
    role: Role | None,
    viewer: User | None,
    now: datetime,
    limit: int,
    *,
    after: Place | None = None,
) -> list[Event]:
    """Up to `limit` events of a guild that are not over and that its viewer may find, in order.

    Organisers find drafts and events known by link too, members their own drafts; cancelled
    ones stay until their end.
    """
    query = select(Event).where(Event.guild_id == guild.id, Event.ends_at > now)
    if not rules.can_organise(role):
        shown = {Visibility.PUBLIC} if role is None else {Visibility.PUBLIC, Visibility.GUILD}
        called = col(Event.visibility).in_(shown) & (col(Event.state) != EventState.DRAFT)
        query = query.where(called | _is_draft_of(viewer) if role and viewer else called)
    if after is not None:
        query = query.where(_later_than(after))
    return list(db.exec(query.order_by(col(Event.starts_at), col(Event.id)).limit(limit)))


def past_drafts(
    db: Session, guild: Guild, role: Role | None, viewer: User | None, now: datetime
) -> list[Event]:
    """Drafts whose time has passed, to be taken up again; the newest first, one page.

    Organisers find all of them, members their own.
    """
    if role is None or viewer is None:
        return []
    query = (
        select(Event)
        .where(Event.guild_id == guild.id, Event.state == EventState.DRAFT, Event.ends_at <= now)
        .order_by(col(Event.starts_at).desc())
        .limit(PAGE)
    )
    if not rules.can_organise(role):
        query = query.where(_is_draft_of(viewer))
    return list(db.exec(query))


def _is_draft_of(viewer: User) -> sa.ColumnElement[bool]:
    return (col(Event.state) == EventState.DRAFT) & (col(Event.created_by) == viewer.id)


def my_upcoming(db: Session, user: User, now: datetime, limit: int) -> list[Event]:
    """Up to `limit` events the person said yes to and that will take place; the next one first."""
    query = (
        select(Event)
        .join(Attendance, col(Attendance.event_id) == col(Event.id))
        .where(Attendance.user_id == user.id, Attendance.status == AttendanceStatus.ACCEPTED)
        .where(Event.state == EventState.CONFIRMED, Event.ends_at > now)
        .order_by(col(Event.starts_at), col(Event.id))
        .limit(limit)
    )
    return list(db.exec(query))


def _later_than(place: Place) -> sa.ColumnElement[bool]:
    return sa.tuple_(col(Event.starts_at), col(Event.id)) > place


def get_attendance(db: Session, event_id: UUID, user: User | None) -> Attendance | None:
    """The account holder's own word about an event."""
    if user is None:
        return None
    query = select(Attendance).where(Attendance.event_id == event_id, Attendance.user_id == user.id)
    return db.exec(query).first()


def get_guest_attendance(
    db: Session, attendance_id: UUID | None
) -> tuple[Attendance, Event] | None:
    """A guest's word and the event it is about; None if it is no guest's or was deleted."""
    if attendance_id is None:
        return None
    query = (
        select(Attendance, Event)
        .where(Attendance.event_id == Event.id)
        .where(Attendance.id == attendance_id, col(Attendance.user_id).is_(None))
    )
    return db.exec(query).first()


def people(
    db: Session, event: Event, *, after: Place | None = None
) -> list[tuple[Attendance, User | None]]:
    """Up to PAGE + 1 who come, in the order they said so; the account, or None for a guest."""
    query = (
        select(Attendance, User)
        .join(User, col(Attendance.user_id) == col(User.id), isouter=True)
        .where(Attendance.event_id == event.id, Attendance.status == AttendanceStatus.ACCEPTED)
    )
    if after is not None:
        query = query.where(sa.tuple_(col(Attendance.answered_at), col(Attendance.id)) > after)
    query = query.order_by(col(Attendance.answered_at), col(Attendance.id)).limit(PAGE + 1)
    return list(db.exec(query))


def attending(db: Session, event_id: UUID) -> tuple[list[UUID], list[UUID]]:
    """Everyone who comes, for notices: ids of accounts, and ids of guests' attendances."""
    query = select(Attendance.user_id, Attendance.id).where(
        Attendance.event_id == event_id, Attendance.status == AttendanceStatus.ACCEPTED
    )
    rows = db.exec(query).all()
    accounts = [user_id for user_id, _ in rows if user_id is not None]
    return accounts, [attendance_id for user_id, attendance_id in rows if user_id is None]


def get_change(db: Session, event_id: UUID, at: datetime) -> EventChange | None:
    """How things stood before the change that was made at this instant."""
    query = select(EventChange).where(EventChange.event_id == event_id, EventChange.at == at)
    return db.exec(query).first()


def _in_feed(guild_id: UUID, now: datetime) -> list[sa.ColumnElement[bool]]:
    return [
        col(Event.guild_id) == guild_id,
        col(Event.visibility) == Visibility.PUBLIC,
        col(Event.state) != EventState.DRAFT,
        col(Event.ends_at) > now - FEED_LOOKS_BACK,
    ]


def feed(db: Session, guild: Guild, now: datetime) -> list[Event]:
    """A guild's public events for its calendar, cancelled ones included; the earliest first."""
    query: SelectOfScalar[Event] = (
        select(Event)
        .where(*_in_feed(guild.id, now))
        .order_by(col(Event.starts_at), col(Event.id))
        .limit(FEED_LENGTH)
    )
    return list(db.exec(query))


def feed_version(db: Session, guild: Guild, now: datetime) -> str:
    """A text that changes whenever the feed does."""
    query = select(
        func.count(), func.max(col(Event.changed_at)), func.min(col(Event.ends_at))
    ).where(*_in_feed(guild.id, now))
    count, changed_at, earliest = db.exec(query).one()
    return f"{guild.name}/{count}/{changed_at}/{earliest}"
