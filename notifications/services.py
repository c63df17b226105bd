"""Owing notices: in the same transaction as their cause, whether they are due now or in a year."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, update

from core.database import fresh_key, insert_from, insert_new, table_of
from core.wire import Wire
from notifications.models import Notice, Outcome

#: what a notice is owed with, as a row
_WRITTEN = (
    "id", "recipient_id", "user_id", "kind", "subject_id", "due_at", "attempts", "headline", "path",
)  # fmt: skip


def owe(
    db: Session,
    kind: str,
    *,
    subject_id: UUID,
    due_at: datetime,
    user_ids: list[UUID] | None = None,
    recipient_id: UUID | None = None,
    recipient_ids: list[UUID] | None = None,
) -> int:
    """Owe a notice to each account of `user_ids`, and to people without one: `recipient_id(s)`.

    Returns how many are new: what is owed already, to the same person at the same time, stays one.
    """
    people: list[tuple[UUID, UUID | None]] = [(user_id, user_id) for user_id in user_ids or []]
    if recipient_id is not None:
        people.append((recipient_id, None))
    people += [(guest_id, None) for guest_id in recipient_ids or []]
    return insert_new(db, Notice, [_row(kind, subject_id, due_at, *person) for person in people])


def owe_each(
    db: Session,
    kind: str,
    *,
    subject_id: UUID,
    due_at: datetime,
    user_id: Any,
    where: sa.ColumnElement[bool],
) -> int:
    """The same to each account in a column that meets a condition: one statement for very many."""
    notice = table_of(Notice).c
    columns: dict[str, Any] = {"id": fresh_key(db), "recipient_id": user_id, "user_id": user_id}
    alike = _row(kind, subject_id, due_at, subject_id, None)
    for name, value in alike.items():
        columns.setdefault(name, sa.literal(value, notice[name].type))
    return insert_from(db, Notice, columns, where)


def owe_one(line: Wire, kind: str, *, recipient_id: UUID, due_at: datetime) -> None:
    """Owe a notice to one without an account, who is the subject, where thousands pass."""
    line.run(_owe_one(line.dialect.name), _row(kind, recipient_id, due_at, recipient_id, None))


@cache
def _owe_one(dialect: str) -> sa.Executable:
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table_of(Notice))
    columns = table_of(Notice).c
    row = {name: sa.bindparam(name, type_=columns[name].type) for name in _WRITTEN}
    return insert.values(row).on_conflict_do_nothing()


def owing(kind: str, *, recipient_id: Any, due_at: Any) -> sa.Executable:
    """PostgreSQL: a statement that owes a notice to each row of two columns, of another statement.

    Such a recipient has no account and is the subject. So a deed and its notice are one statement.
    """
    columns: dict[str, Any] = {
        "id": sa.func.gen_random_uuid(),
        "recipient_id": recipient_id,
        "kind": sa.literal(kind),
        "subject_id": recipient_id,
        "due_at": due_at,
        "attempts": sa.literal(0),
        "headline": sa.literal(""),
        "path": sa.literal(""),
    }
    insert = postgresql.insert(table_of(Notice))
    return insert.from_select(
        list(columns), sa.select(*columns.values()), include_defaults=False
    ).on_conflict_do_nothing()


def _row(
    kind: str, subject_id: UUID, due_at: datetime, recipient_id: UUID, user_id: UUID | None
) -> dict[str, Any]:
    values = (uuid4(), recipient_id, user_id, kind, subject_id, due_at, 0, "", "")
    return dict(zip(_WRITTEN, values, strict=True))


def owe_mail(kind: str, *, db: Session, subject_id: UUID, now: datetime) -> None:
    """Reaction: a floor below owes a mail to the mailbox its row waits for."""
    owe(db, kind, subject_id=subject_id, due_at=now, recipient_id=subject_id)


def drop(
    db: Session, *, subject_id: UUID, kinds: list[str], recipient_id: UUID | None = None
) -> int:
    """Forget what is owed about a subject and not yet sent, to everyone or to one recipient."""
    table = table_of(Notice)
    statement = table.delete().where(
        table.c.subject_id == subject_id, table.c.kind.in_(kinds), table.c.settled_at.is_(None)
    )
    if recipient_id is not None:
        statement = statement.where(table.c.recipient_id == recipient_id)
    return db.connection().execute(statement).rowcount


def move(db: Session, *, subject_id: UUID, kind: str, due_at: datetime) -> int:
    """Give all unsent notices of one kind about a subject another hour; a claim on them is void."""
    table = table_of(Notice)
    statement = (
        table.update()
        .where(table.c.subject_id == subject_id, table.c.kind == kind, table.c.settled_at.is_(None))
        .values(due_at=due_at, claimed_by=None, claimed_until=None, attempts=0)
    )
    return db.connection().execute(statement).rowcount


def forget(db: Session, *, subject_id: UUID, kinds: list[str]) -> int:
    """Delete all notices of these kinds about a subject, sent ones too: they tell too much."""
    table = table_of(Notice)
    statement = table.delete().where(table.c.subject_id == subject_id, table.c.kind.in_(kinds))
    return db.connection().execute(statement).rowcount


def mark_read(db: Session, user_id: UUID, *, now: datetime, notice_id: UUID | None = None) -> int:
    """Mark one notice of the inbox read, or all of them."""
    statement = update(Notice).where(
        col(Notice.user_id) == user_id,
        col(Notice.outcome) == Outcome.SENT,
        col(Notice.read_at).is_(None),
    )
    if notice_id is not None:
        statement = statement.where(col(Notice.id) == notice_id)
    return db.exec(statement.values(read_at=now)).rowcount


#: how long settled notices stay in the inbox, and those without one in the ledger
KEPT_FOR = timedelta(days=180)


def forget_old(db: Session, *, now: datetime) -> int:
    """Delete what was settled long ago."""
    table = table_of(Notice)
    return (
        db.connection().execute(table.delete().where(table.c.settled_at < now - KEPT_FOR)).rowcount
    )
