"""Reading the inbox and how delivery stands."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from core.database import table_of
from core.mail import MailDelayed
from core.paging import Place
from core.wire import Wire
from notifications.models import Notice, Outcome

PAGE = 30
#: an inbox says "99+" beyond this, so that counting stays cheap
UNREAD_SHOWN = 100
#: what is due leaves within this, unless the clock stands still or cannot keep up
SOON = timedelta(minutes=10)


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
    #: whether nobody delivers, or the mail server is away; a full mailbox or two is neither
    is_behind: bool
    #: why those wait that were tried: "TimeoutError (1)"; empty if there are none
    reasons: str


def backlog(db: Session, *, now: datetime, failed_since: datetime) -> Backlog:
    table = table_of(Notice)
    why = sa.func.coalesce(table.c.last_error, "")
    is_put_off = sa.and_(why != "", table.c.claimed_until > now)
    due = (
        sa.select(why, is_put_off, sa.func.count(), sa.func.min(table.c.due_at))
        .where(table.c.settled_at.is_(None), table.c.due_at <= now)
        .group_by(why, is_put_off)
    )
    failed = sa.select(sa.func.count()).where(
        table.c.outcome == Outcome.FAILED, table.c.settled_at >= failed_since
    )
    reasons: Counter[str] = Counter()
    waits: list[datetime] = []
    due_count, is_behind = 0, False
    for reason, put_off, number, oldest in db.connection().execute(due):
        due_count += number
        waits.append(oldest)
        if put_off:
            reasons[reason] += number
            is_behind |= reason != MailDelayed.__name__
        else:
            is_behind |= oldest < now - SOON
    return Backlog(
        due_count,
        min(waits, default=None),
        db.connection().execute(failed).scalar_one(),
        is_behind,
        ", ".join(f"{reason} ({number})" for reason, number in reasons.most_common()),
    )
