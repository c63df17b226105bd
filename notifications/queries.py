"""Reading the inbox and how delivery stands."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from core.database import table_of
from core.paging import Place
from core.wire import Wire
from notifications.models import Notice, Outcome

PAGE = 30
#: an inbox says "99+" beyond this, so that counting stays cheap
UNREAD_SHOWN = 100


#: built once, as every page asks it
_UNREAD = sa.select(func.count()).select_from(
    sa.select(col(Notice.id))
    .where(
        col(Notice.user_id) == sa.bindparam("user", type_=sa.Uuid()),
        col(Notice.outcome) == Outcome.SENT,
        col(Notice.read_at).is_(None),
    )
    .limit(UNREAD_SHOWN)
    .subquery()
)


def unread_count(line: Wire, user_id: UUID) -> int:
    """Unread notices, counted up to UNREAD_SHOWN."""
    ((number,),) = line.run(_UNREAD, {"user": user_id})
    return int(number)


def inbox(db: Session, user_id: UUID, *, before: Place | None = None) -> list[Notice]:
    """Up to PAGE + 1 sent notices, newest first; the extra one says that there is a next page."""
    query = select(Notice).where(Notice.user_id == user_id, Notice.outcome == Outcome.SENT)
    if before is not None:
        query = query.where(sa.tuple_(col(Notice.settled_at), col(Notice.id)) < before)
    newest_first = query.order_by(col(Notice.settled_at).desc(), col(Notice.id).desc())
    return list(db.exec(newest_first.limit(PAGE + 1)))


@dataclass(frozen=True)
class Backlog:
    """How delivery stands: what is due and waits, since when, and what was given up lately."""

    due_count: int
    oldest_due_at: datetime | None
    failed_count: int


def backlog(db: Session, *, now: datetime, failed_since: datetime) -> Backlog:
    table = table_of(Notice)
    due = sa.select(sa.func.count(), sa.func.min(table.c.due_at)).where(
        table.c.settled_at.is_(None), table.c.due_at <= now
    )
    failed = sa.select(sa.func.count()).where(
        table.c.outcome == Outcome.FAILED, table.c.settled_at >= failed_since
    )
    count, oldest = db.connection().execute(due).one()
    return Backlog(count, oldest, db.connection().execute(failed).scalar_one())
