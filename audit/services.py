"""Recording deeds and proving that the record is whole.

`record` notes a deed; the entries join the chain at the very end of the transaction, under one row
lock, so that no deed waits for another longer than the insert takes and none can deadlock on it.
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy import event
from sqlmodel import Session, col, select

from accounts.models import User
from audit.models import REASON_LENGTH, AuditEntry, AuditHead
from core.database import insert_new, table_of

PENDING = "audit.pending"
HEAD_ID = 1
GENESIS = "0" * 64
HASHED = (
    "sequence", "at", "actor_id", "action", "subject_kind", "subject_id", "guild_id", "summary",
    "reason",
)  # fmt: skip


def record(
    db: Session,
    action: str,
    *,
    actor: User | None,
    subject: tuple[str, UUID],
    now: datetime,
    guild_id: UUID | None = None,
    summary: str = "",
    reason: str = "",
) -> None:
    """Note a deed of `actor` (None: the clock or an operator) on `subject` = (kind, id).

    Goes into the record with the transaction's commit, or not at all.
    """
    entry = AuditEntry(
        id=uuid4(),
        sequence=0,
        at=now,
        actor_id=actor.id if actor else None,
        action=action,
        subject_kind=subject[0],
        subject_id=subject[1],
        guild_id=guild_id,
        summary=summary[:REASON_LENGTH],
        reason=reason[:REASON_LENGTH],
        previous_hash="",
        entry_hash="",
    )
    if not db.in_transaction():
        db.begin()  # a session that has not begun tells nobody of its rollback
    db.info.setdefault(PENDING, []).append(entry)


def entry_hash(values: dict[str, Any], previous_hash: str) -> str:
    """SHA-256 of the entry's fields in canonical JSON, chained to the entry before."""
    plain = {
        name: value.isoformat()
        if isinstance(value, datetime)
        else None
        if value is None
        else str(value)
        for name, value in values.items()
    }
    text = json.dumps([previous_hash, plain], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _fields(entry: AuditEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in HASHED}


def _chain_pending(db: Session) -> None:
    """Before every commit: give each noted entry its number and hash."""
    entries: list[AuditEntry] = db.info.pop(PENDING, [])
    if not entries:
        return
    head = _lock_head(db)
    for entry in entries:
        entry.sequence = head.sequence + 1
        entry.previous_hash = head.entry_hash
        entry.entry_hash = entry_hash(_fields(entry), head.entry_hash)
        head.sequence, head.entry_hash = entry.sequence, entry.entry_hash
    db.add(head)
    db.add_all(entries)
    db.flush()


def _lock_head(db: Session) -> AuditHead:
    query = (
        select(AuditHead)
        .where(AuditHead.id == HEAD_ID)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    head = db.exec(query).first()
    if head is None:
        insert_new(db, AuditHead, [{"id": HEAD_ID, "sequence": 0, "entry_hash": GENESIS}])
        head = db.exec(query).one()
    return head


def _forget_pending(db: Session, _transaction: Any = None) -> None:
    db.info.pop(PENDING, None)


event.listen(Session, "before_commit", _chain_pending)
event.listen(Session, "after_rollback", _forget_pending)


def problems(db: Session) -> Iterator[str]:
    """Walk the whole chain; a sentence for each entry that was changed, removed, added or moved."""
    expected, previous = 1, GENESIS
    query = sa.select(table_of(AuditEntry)).order_by(col(AuditEntry.sequence))
    for row in db.connection().execute(query.execution_options(yield_per=500)):
        if row.sequence != expected:
            yield f"entry {expected} is missing: the next one found is {row.sequence}"
        if row.previous_hash != previous:
            yield f"entry {row.sequence} does not follow the entry before it"
        values = {name: getattr(row, name) for name in HASHED}
        if entry_hash(values, row.previous_hash) != row.entry_hash:
            yield f"entry {row.sequence} was changed"
        expected, previous = row.sequence + 1, row.entry_hash
    head = db.get(AuditHead, HEAD_ID)
    told = (head.sequence, head.entry_hash) if head else (0, GENESIS)
    if told != (expected - 1, previous):
        yield f"the record ends at entry {expected - 1}, but its head tells of {told[0]}"
