"""Delivery: claim what is due, compose it anew, send it, settle it; each notice once.

Inside the database exactly once; by SMTP at least once, under a Message-ID that names the notice,
so that a copy sent after a crash can be recognised. A claim outlasts the SMTP time-out.
"""

import logging
import smtplib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.models import User
from core import clock
from core.database import table_of
from core.mail import MailDelayed, Mailer, MailRefused, Message, Writer
from notifications.models import Notice, Outcome

log = logging.getLogger("guilds.notices")
#: where the app keeps its Post
EXTENSION = "guilds.post"

BATCH = 50
LEASE = timedelta(minutes=5)
#: waiting times after the 1st, 2nd … failure; after the last the notice is given up
RETRY_AFTER = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720))

#: reads the subject anew; None: no longer true, or nobody is left to tell
Compose = Callable[[Session, Notice, Writer], Message | None]


class ServerAway(Exception):  # noqa: N818 - a state of the world, and the end of a round
    """The mail server does not answer as it should: the rest of the round waits."""


@dataclass(frozen=True)
class Post:
    """What delivery needs besides the database: what to compose each kind with, and how to send."""

    composers: Mapping[str, Compose]
    mailer: Mailer
    writer: Writer


def deliver_due(db: Session, post: Post, now: datetime) -> int:
    """Deliver all that is due, batch by batch; says how many were settled. Commits each notice.

    By turns what has waited longest and what fell due last: a million mails owed at once must not
    make those wait who look for their link now.
    """
    me = uuid4().hex
    settled = 0
    with post.mailer:
        for latest_first in cycle((False, True)):
            batch = claim(db, me, now, latest_first=latest_first)
            for notice in batch:
                try:
                    settled += _deliver(db, post, notice, me)
                except ServerAway:
                    _release(db, me, now)
                    return settled
                if clock.now() - now > LEASE / 2:  # slow going: let nobody else think us dead
                    _release(db, me, now)
                    return settled
            if len(batch) < BATCH:
                break
    return settled


def claim(db: Session, me: str, now: datetime, *, latest_first: bool = False) -> list[Notice]:
    """Take up to BATCH due notices that nobody else holds, the longest overdue first.

    latest_first: those that fell due last, since the round began too.
    """
    table = table_of(Notice)
    until, by = (clock.now(), table.c.due_at.desc()) if latest_first else (now, table.c.due_at)
    due = (
        sa.select(table.c.id)
        .where(
            table.c.settled_at.is_(None),
            table.c.due_at <= until,
            sa.or_(table.c.claimed_until.is_(None), table.c.claimed_until < now),
        )
        .order_by(by, table.c.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    claimed = db.connection().execute(
        table.update()
        .where(table.c.id.in_(due.scalar_subquery()))
        .values(claimed_by=me, claimed_until=now + LEASE, attempts=table.c.attempts + 1)
        .returning(table.c.id)
    )
    ids = claimed.scalars().all()
    db.commit()
    if not ids:
        return []
    query = select(Notice).where(col(Notice.id).in_(ids)).order_by(col(Notice.due_at))
    notices = list(db.exec(query.execution_options(populate_existing=True)))
    for notice in notices:
        db.expunge(notice)  # read anew while a mail is sent, it would hold a lock meanwhile
    db.commit()
    return notices


def _deliver(db: Session, post: Post, notice: Notice, me: str) -> bool:
    """Compose and send one claimed notice; True if settled now. Holds no lock while sending."""
    try:
        if not _is_ours(db, notice, me):
            db.rollback()
            return False
        message, address, discreet = _prepare(db, post, notice)
        db.rollback()
        if message is not None and address:
            _send(post.mailer, notice, message, address, discreet=discreet)
    except MailRefused as error:
        return _settle(db, notice, me, Outcome.FAILED, error=str(error))
    except MailDelayed as error:
        return _put_off(db, notice, me, error)
    except (smtplib.SMTPException, OSError) as error:
        _put_off(db, notice, me, error)
        raise ServerAway from error
    except Exception as error:  # one broken notice must not stop the rest
        db.rollback()
        log.exception("notice %s of kind %s cannot be composed", notice.id, notice.kind)
        return _put_off(db, notice, me, error)
    if message is None:
        return _settle(db, notice, me, Outcome.SKIPPED)
    if notice.user_id is None:  # no inbox: what is kept would only be somebody's link
        return _settle(db, notice, me, Outcome.SENT)
    return _settle(db, notice, me, Outcome.SENT, headline=message.subject, path=message.path)


def _is_ours(db: Session, notice: Notice, me: str) -> bool:
    """Say whether a claim still holds: the notice may have been dropped or moved since."""
    table = table_of(Notice)
    mine = sa.select(sa.literal(1)).where(table.c.id == notice.id, table.c.claimed_by == me)
    return db.connection().execute(mine).first() is not None


def _prepare(db: Session, post: Post, notice: Notice) -> tuple[Message | None, str, bool]:
    """The message, its address ("" for none) and whether its discreet wording is wanted."""
    message = post.composers[notice.kind](db, notice, post.writer)
    if message is None or message.to:
        return message, message.to if message else "", True
    user = db.get(User, notice.user_id) if notice.user_id else None
    if user is None:
        return None, "", True
    return message, post.writer.vault.unseal(user.address_sealed), user.mails_are_discreet


def _send(
    mailer: Mailer, notice: Notice, message: Message, address: str, *, discreet: bool
) -> None:
    subject, body = message.subject, message.body
    if discreet and message.discreet_subject is not None and message.discreet_body is not None:
        subject, body = message.discreet_subject, message.discreet_body
    mailer.send(to=address, subject=subject, body=body, row_id=notice.id, at=clock.now())


def _settle(
    db: Session,
    notice: Notice,
    me: str,
    outcome: Outcome,
    *,
    headline: str = "",
    path: str = "",
    error: str | None = None,
) -> bool:
    """Mark the end of a notice, if it is still ours (a lease may have run out meanwhile)."""
    values: dict[str, Any] = {
        "settled_at": clock.now(),
        "outcome": outcome,
        "headline": headline[:300],
        "path": path[:300],
        "last_error": error,
    }
    return _write(db, notice, me, values)


def _put_off(db: Session, notice: Notice, me: str, error: Exception) -> bool:
    """Try again later, or give up after the last waiting time; the error is kept by its kind."""
    if notice.attempts > len(RETRY_AFTER):
        return _settle(db, notice, me, Outcome.FAILED, error=error.__class__.__name__)
    again = clock.now() + RETRY_AFTER[notice.attempts - 1]
    _write(db, notice, me, {"claimed_until": again, "last_error": error.__class__.__name__})
    return False


def _release(db: Session, me: str, now: datetime) -> None:
    """Give back what this round claimed and did not try; what was put off keeps waiting."""
    table = table_of(Notice)
    db.connection().execute(
        table.update()
        .where(
            table.c.claimed_by == me,
            table.c.settled_at.is_(None),
            table.c.claimed_until == now + LEASE,
        )
        .values(claimed_by=None, claimed_until=None, attempts=table.c.attempts - 1)
    )
    db.commit()


def _write(db: Session, notice: Notice, me: str, values: dict[str, Any]) -> bool:
    table = table_of(Notice)
    written = db.connection().execute(
        table.update()
        .where(table.c.id == notice.id, table.c.claimed_by == me, table.c.settled_at.is_(None))
        .values(**values)
    )
    db.commit()
    return written.rowcount == 1
