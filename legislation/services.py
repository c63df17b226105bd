"""Bringing in bills from their files, watching them, and telling who watches that one moved."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

import audit.services
import notifications.services
from accounts.models import User
from core.database import insert_new
from core.errors import NotAllowed, RuleBroken
from guilds.models import Guild
from guilds.queries import get_role
from legislation import queries, rules
from legislation.billstatus import BillFileError, BillRecord, read_billstatus
from legislation.models import Bill, BillAction, BillChange, Watch
from legislation.stages import (
    BillState,
    BillSummary,
    Stage,
    milestones,
    state,
    summarise,
    tracker,
    what_changed,
)

#: a Congress has 541 members and delegates, and a bill becomes one law
MAX_SPONSORS = 1_000
MAX_LAWS = 20
#: people told in one statement
TOLD_AT_ONCE = 1_000


class ImportOutcome(StrEnum):
    NEW = "new"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class ImportResult:
    """What a file did to a bill.

    changes: what watchers were told, in sentences without their full stop; empty for a new bill,
    and for a newer file that changed nothing a person cares for. told_count: watchers.
    """

    bill: Bill
    outcome: ImportOutcome
    changes: tuple[str, ...] = ()
    told_count: int = 0


def import_bill(
    db: Session,
    data: bytes,
    *,
    actor: User | None,
    guild: Guild | None = None,
    is_watched: bool = True,
    now: datetime,
) -> ImportResult:
    """Take in one BILLSTATUS file, whole or not at all, and owe watchers notice of what changed.

    actor: None for an operator. guild: in whose name; it watches the bill from then on if
    is_watched, and is told of later files, not of this one.
    Raises BillFileError for a file that can't be read, RuleBroken for one older than what we have.
    """
    record = read_billstatus(data)  # before the first statement: SQLite has one lock for all
    values = columns_of(record)
    _check_may_keep(db, actor, guild)
    result = _take(db, record, values, now=now)
    if result.outcome is not ImportOutcome.UNCHANGED:
        audit.services.record(
            db,
            f"legislation.bill_{'imported' if result.outcome is ImportOutcome.NEW else 'updated'}",
            actor=actor,
            subject=("bill", result.bill.id),
            guild_id=guild.id if guild else None,
            summary=f"{_name(result.bill)}. {'. '.join(result.changes)}",
            now=now,
        )
    if guild is not None and is_watched:
        watch_bill(db, result.bill, actor=actor, guild=guild, now=now)
    return result


def _check_may_keep(db: Session, actor: User | None, guild: Guild | None) -> None:
    """An operator (actor None) may always, others in the name of a guild they organise."""
    if actor is None:
        return
    if guild is None or not rules.can_keep_bills(guild, get_role(db, guild.id, actor)):
        raise NotAllowed("Only organisers of a guild bring in bills and choose what it watches.")


def _take(
    db: Session, record: BillRecord, values: dict[str, Any], *, now: datetime
) -> ImportResult:
    key = (record.jurisdiction, record.legislative_session, record.identifier)
    bill = queries.lock_bill(db, *key)
    if bill is None:
        row = {**values, "id": uuid4(), "imported_at": now}
        is_new = insert_new(db, Bill, [row]) == 1  # or somebody else was quicker
        bill = queries.lock_bill(db, *key)
        if bill is None:
            raise RuntimeError("the bill just inserted is gone")
        if is_new:
            _write_actions(db, bill, record)
            return ImportResult(bill, ImportOutcome.NEW)
    _refuse_older(bill, record)
    if all(getattr(bill, name) == value for name, value in values.items()):
        return ImportResult(bill, ImportOutcome.UNCHANGED)
    changes = what_changed(_known(bill), summarise(record))
    for name, value in {**values, "imported_at": now}.items():
        setattr(bill, name, value)
    db.flush()
    _write_actions(db, bill, record)
    told_count = _tell(db, bill, changes, now=now) if changes else 0
    return ImportResult(bill, ImportOutcome.UPDATED, changes, told_count)


def columns_of(record: BillRecord) -> dict[str, Any]:
    """The record as a row, without its key and the time of import."""
    if len(record.sponsors) > MAX_SPONSORS or len(record.laws) > MAX_LAWS:
        raise BillFileError("more sponsors or laws than a bill can have")
    return {
        "jurisdiction": record.jurisdiction,
        "legislative_session": record.legislative_session,
        "identifier": record.identifier,
        "title": record.title,
        "state": state(record).value,
        "tracker": [
            {"stage": stage.value, "on": day.isoformat() if day else None, "status": status}
            for stage, day, status in tracker(record)
        ],
        "sponsorships": [
            {
                "name": sponsor.name,
                "party": sponsor.party,
                "area": sponsor.area,
                "is_primary": sponsor.is_primary,
            }
            for sponsor in record.sponsors
        ],
        "milestones": {stage.value: day.isoformat() for stage, day in milestones(record).items()},
        "laws": list(record.laws),
        "introduced_on": record.introduced_on,
        "latest_action_on": record.latest_action[0],
        "latest_action": record.latest_action[1],
        "action_count": len(record.actions),
        "file_updated_at": record.updated_at,
        "source_url": record.source_url,
    }


def _known(bill: Bill) -> BillSummary:
    """What watchers were last told of a bill."""
    dates = {Stage(stage): date.fromisoformat(day) for stage, day in bill.milestones.items()}
    return BillSummary(
        title=bill.title,
        state=BillState(bill.state),
        milestones={stage: dates[stage] for stage in Stage if stage in dates},
        action_count=bill.action_count,
        latest_action=(bill.latest_action_on, bill.latest_action),
        laws=tuple(bill.laws),
    )


def _refuse_older(bill: Bill, record: BillRecord) -> None:
    if record.updated_at < bill.file_updated_at:
        raise RuleBroken(
            f"This file of {bill.identifier} is of {_in_words(record.updated_at)}; "
            f"the one we have is newer, of {_in_words(bill.file_updated_at)}."
        )


def _in_words(at: datetime) -> str:
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def _name(bill: Bill) -> str:
    title = bill.title if len(bill.title) <= 200 else f"{bill.title[:199].rstrip()}…"
    return f"{bill.identifier} ({bill.legislative_session}): {title}"


def _write_actions(db: Session, bill: Bill, record: BillRecord) -> None:
    """Put the file's actions in the place of those we have."""
    db.exec(delete(BillAction).where(col(BillAction.bill_id) == bill.id))
    rows = [
        {
            "id": uuid4(),
            "bill_id": bill.id,
            "position": position,
            "acted_on": action.acted_on,
            "chamber": action.chamber,
            "text": action.text,
            "code": action.code,
        }
        for position, action in enumerate(record.actions)
    ]
    if rows:
        db.connection().execute(sa.insert(BillAction), rows)


def _tell(db: Session, bill: Bill, changes: tuple[str, ...], *, now: datetime) -> int:
    """Keep what changed and owe each watcher one notice of it; says how many."""
    change = BillChange(bill_id=bill.id, found_at=now, changes=list(changes))
    db.add(change)
    db.flush()
    people = queries.watcher_ids(db, bill.id)
    return sum(
        notifications.services.owe(
            db,
            "legislation.bill_moved",
            subject_id=change.id,
            due_at=now,
            user_ids=people[start : start + TOLD_AT_ONCE],
        )
        for start in range(0, len(people), TOLD_AT_ONCE)
    )


def watch_bill(
    db: Session, bill: Bill, *, actor: User | None, guild: Guild | None = None, now: datetime
) -> bool:
    """Let the actor, or a guild by the word of its organiser, know whenever the bill moves.

    actor: None for an operator. Returns False if it was watched already.
    """
    row = {
        "id": uuid4(),
        "bill_id": bill.id,
        "user_id": _watching_person(actor, guild),
        "guild_id": guild.id if guild else None,
        "watched_at": now,
    }
    if guild is not None:
        _check_may_keep(db, actor, guild)
    is_new = insert_new(db, Watch, [row]) == 1
    if is_new and guild is not None:
        _record_watching(db, "watched", bill, actor, guild, now)
    return is_new


def unwatch_bill(
    db: Session, bill: Bill, *, actor: User | None, guild: Guild | None = None, now: datetime
) -> bool:
    """Stop what `watch_bill` began. Returns False if it was not watched."""
    if guild is not None:
        _check_may_keep(db, actor, guild)
    watching = (
        col(Watch.guild_id) == guild.id
        if guild is not None
        else col(Watch.user_id) == _watching_person(actor, guild)
    )
    ended = db.exec(delete(Watch).where(col(Watch.bill_id) == bill.id, watching))
    if ended.rowcount and guild is not None:
        _record_watching(db, "unwatched", bill, actor, guild, now)
    return ended.rowcount > 0


def _watching_person(actor: User | None, guild: Guild | None) -> UUID | None:
    if guild is not None:
        return None
    if actor is None:
        raise ValueError("nobody to watch the bill")
    return actor.id


def _record_watching(
    db: Session, deed: str, bill: Bill, actor: User | None, guild: Guild, now: datetime
) -> None:
    audit.services.record(
        db,
        f"legislation.bill_{deed}",
        actor=actor,
        subject=("bill", bill.id),
        guild_id=guild.id,
        summary=_name(bill),
        now=now,
    )


def stop_watching_for_guild(guild: Guild, *, db: Session, now: datetime) -> None:  # noqa: ARG001 - a receiver's signature
    """Reaction to guild_dissolved: nobody is left to tell."""
    db.exec(delete(Watch).where(col(Watch.guild_id) == guild.id))


def export_watches(user: User, *, db: Session) -> tuple[str, list[dict[str, Any]]]:
    """Reaction to account_exporting: the bills a person watches in their own name."""
    query = (
        select(Bill.identifier, Bill.legislative_session, Bill.title, Watch.watched_at)
        .join(Watch, col(Watch.bill_id) == col(Bill.id))
        .where(Watch.user_id == user.id)
        .order_by(col(Watch.watched_at))
    )
    return "legislation", [
        {
            "bill": identifier,
            "legislative_session": legislative_session,
            "title": title,
            "watched_since": watched_at.isoformat(),
        }
        for identifier, legislative_session, title, watched_at in db.exec(query)
    ]
