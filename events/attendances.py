"""Saying yes and leaving again, with an account or as a guest, and being forgotten afterwards.

Whoever changes an attendance holds its event's row, so that `attending_count` stays right.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

import notifications.services
from accounts.models import User
from core.addresses import fold
from core.database import table_of
from core.errors import RuleBroken
from core.vault import Vault
from events import rules
from events.models import Attendance, AttendanceStatus, Event, Visibility
from events.services import OPEN_KINDS, lock
from guilds.models import Guild, Role
from guilds.queries import get_role

ALL_KINDS = [*OPEN_KINDS, "events.cancelled"]
#: how many ended events one round of the job forgets
BATCH = 100
LINK_PURPOSE = "attendance"


@dataclass(frozen=True)
class Guest:
    """Someone without an account, as typed; the address is normalised."""

    address: str
    nickname: str
    time_zone: str


def attend(db: Session, event: Event, *, actor: User, agreed: bool, now: datetime) -> Attendance:
    """Say yes; `agreed` to the conduct. Saying it twice changes nothing."""
    event, _guild = lock(db, event.id)
    _check(event, get_role(db, event.guild_id, actor), now, agreed=agreed)
    attendance = db.exec(
        select(Attendance)
        .where(Attendance.event_id == event.id, Attendance.user_id == actor.id)
        .execution_options(populate_existing=True)
    ).first()
    if attendance is None:
        attendance = Attendance(
            event_id=event.id,
            user_id=actor.id,
            time_zone=actor.time_zone,
            status=AttendanceStatus.DECLINED,
            agreed_at=now,
            answered_at=now,
        )
    if attendance.status is not AttendanceStatus.ACCEPTED:
        attendance.agreed_at = now
        _accept(db, event, attendance, now)
    return attendance


def mailbox_hash(vault: Vault, event_id: UUID, address: str) -> str:
    """Equal for two spellings of one mailbox at one event; at another event it differs."""
    return vault.keyed_hash(f"attendance/{event_id}", fold(address))


def attend_as_guest(
    db: Session,
    event: Event,
    *,
    guest: Guest,
    agreed: bool,
    vault: Vault,
    now: datetime,
    may_write: bool = True,
) -> None:
    """Keep a guest's word until the mailbox confirms it, and owe that mailbox a mail.

    Says nothing and writes as much whoever it is, so that nobody learns who comes already.
    may_write: False if the mailbox has had enough mail for now.
    """
    event, _guild = lock(db, event.id)
    _check(event, None, now, agreed=agreed)
    address_hash = mailbox_hash(vault, event.id, guest.address)
    attendance = db.exec(
        select(Attendance)
        .where(Attendance.event_id == event.id, Attendance.address_hash == address_hash)
        .execution_options(populate_existing=True)
    ).first()
    if attendance is None:
        attendance = Attendance(
            event_id=event.id,
            address_hash=address_hash,
            time_zone=guest.time_zone,
            status=AttendanceStatus.NEEDS_ACTION,
            agreed_at=now,
            answered_at=now,
        )
    if attendance.status is AttendanceStatus.ACCEPTED:  # a yes stands as its owner gave it
        known = vault.unseal(attendance.address_sealed)
        attendance.address_sealed = vault.seal(known)  # to take as long as any other
    else:
        attendance.status = AttendanceStatus.NEEDS_ACTION
        attendance.address_sealed = vault.seal(guest.address)
        attendance.nickname = guest.nickname
        attendance.time_zone = guest.time_zone
        attendance.agreed_at = attendance.answered_at = now
    db.add(attendance)
    db.flush()
    if may_write:
        notifications.services.owe(
            db, "events.confirm_guest", subject_id=event.id, due_at=now, recipient_id=attendance.id
        )


def confirm_guest(db: Session, attendance: Attendance, *, now: datetime) -> None:
    """The guest pressed the button, for the first time or after leaving. Twice changes nothing."""
    event, _guild = lock(db, attendance.event_id)
    db.refresh(attendance)
    if attendance.status is AttendanceStatus.ACCEPTED:
        return
    _check(event, None, now, agreed=True)
    _accept(db, event, attendance, now)


def decline(db: Session, attendance: Attendance, *, now: datetime) -> None:
    """Take a yes back; nothing more is sent about the event."""
    event, _guild = lock(db, attendance.event_id)
    db.refresh(attendance)
    if attendance.status is AttendanceStatus.ACCEPTED:
        event.attending_count -= 1
        db.add(event)
    attendance.status = AttendanceStatus.DECLINED
    attendance.answered_at = now
    db.add(attendance)
    db.flush()
    recipient_id = attendance.user_id or attendance.id
    notifications.services.drop(db, subject_id=event.id, kinds=ALL_KINDS, recipient_id=recipient_id)


def _check(event: Event, role: Role | None, now: datetime, *, agreed: bool) -> None:
    if not rules.can_attend(event, role, now):
        raise RuleBroken("This event is over, cancelled or not open to you.")
    if not agreed:
        raise RuleBroken("Everyone who comes agrees to how we behave there.")


def _accept(db: Session, event: Event, attendance: Attendance, now: datetime) -> None:
    attendance.status = AttendanceStatus.ACCEPTED
    attendance.answered_at = now
    event.attending_count += 1
    db.add(event)
    db.add(attendance)
    db.flush()
    recipient: dict[str, Any] = (
        {"user_ids": [attendance.user_id]}
        if attendance.user_id
        else {"recipient_id": attendance.id}
    )
    for kind, due_at in rules.reminders_owed(event.starts_at, now):
        notifications.services.owe(db, kind, subject_id=event.id, due_at=due_at, **recipient)


def release_places(user: User, *, db: Session, now: datetime) -> None:  # noqa: ARG001 - signature of a reaction
    """Reaction: an account is about to be erased, and its attendances with it; counts follow."""
    db.exec(select(User.id).where(User.id == user.id).with_for_update())  # no new yes meanwhile
    said_yes = select(Attendance.event_id).where(
        Attendance.user_id == user.id, Attendance.status == AttendanceStatus.ACCEPTED
    )
    ids = db.exec(
        select(Event.id)
        .where(col(Event.id).in_(said_yes))
        .order_by(col(Event.id))
        .with_for_update()
    ).all()
    table = table_of(Event)
    db.connection().execute(
        table.update()
        .where(table.c.id.in_(ids))
        .values(attending_count=table.c.attending_count - 1)
    )
    attendance = table_of(Attendance)
    db.connection().execute(attendance.delete().where(attendance.c.user_id == user.id))


def release_places_in_guild(guild: Guild, *, user_id: UUID, db: Session, now: datetime) -> None:
    """Reaction: who left a guild hears nothing more of events for members alone."""
    query = (
        select(Attendance)
        .join(Event, col(Attendance.event_id) == col(Event.id))
        .where(Event.guild_id == guild.id, Event.visibility == Visibility.GUILD)
        .where(Event.ends_at > now, Attendance.user_id == user_id)
        .order_by(col(Event.id))
    )
    for attendance in db.exec(query).all():
        decline(db, attendance, now=now)


def export(user: User, *, db: Session) -> tuple[str, list[dict[str, str]]]:
    """Reaction: what we know about this person's coming, for the download of all data."""
    query = (
        select(Attendance, Event)
        .where(Attendance.event_id == Event.id, Attendance.user_id == user.id)
        .order_by(col(Event.starts_at))
    )
    return "events", [
        {
            "event": event.title,
            "event_id": str(event.id),
            "starts_at": event.starts_at.isoformat(),
            "status": attendance.status.value,
            "agreed_at": attendance.agreed_at.isoformat(),
            "answered_at": attendance.answered_at.isoformat(),
        }
        for attendance, event in db.exec(query)
    ]


def ended_events(db: Session, now: datetime) -> list[UUID]:
    """Up to BATCH events that ended long enough ago and whose attendances are still known."""
    query = (
        select(Event.id)
        .where(Event.ends_at < now - rules.ATTENDANCE_KEPT_FOR)
        .where(sa.exists().where(col(Attendance.event_id) == col(Event.id)))
        .limit(BATCH)
    )
    return list(db.exec(query))


def forget_attendances(db: Session, event_id: UUID) -> int:
    """Delete who came, and the notices that would tell it as well; the count stays."""
    table = table_of(Attendance)
    notifications.services.forget(db, subject_id=event_id, kinds=ALL_KINDS)
    return db.connection().execute(table.delete().where(table.c.event_id == event_id)).rowcount


def forget_unconfirmed(db: Session, now: datetime) -> int:
    """Delete guests whose mailbox never confirmed."""
    table = table_of(Attendance)
    statement = table.delete().where(
        table.c.status == AttendanceStatus.NEEDS_ACTION,
        table.c.answered_at < now - rules.UNCONFIRMED_KEPT_FOR,
    )
    return db.connection().execute(statement).rowcount
