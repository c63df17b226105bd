"""The stage: deeds in the order of their time, each done at its own hour.

The clock of this process stands where the story is, so services, record and notices all agree on
the time. What was owed in the past is composed as it would have been then, and never sent.
"""

import heapq
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.models import User
from core import clock
from core.mail import Message, Writer
from core.vault import Vault
from demo.story.gatherings import Moment
from guilds.models import Guild
from notifications.delivery import Compose
from notifications.models import Notice, Outcome
from petitions import telling
from petitions.dossier import Means as Dossiers
from voting.closing import Means

Deed = Callable[[datetime], None]
#: days back from which the hour of the day is drawn
OWN_HOUR_FROM = 6
#: what came longer ago than this has been read, so long after it came
READ_AFTER, FOUND_AFTER = timedelta(days=2), timedelta(hours=5)


@dataclass
class Play:
    """What every scene needs: session, vault, and who there is by their name in the story."""

    db: Session
    vault: Vault
    composers: Mapping[str, Compose]
    means: Means
    #: what dossiers are made with
    dossiers: Dossiers
    #: the present, at which the story stops
    now: datetime
    people: dict[str, User] = field(default_factory=dict)
    guilds: dict[str, Guild] = field(default_factory=dict)
    institutions: dict[str, UUID] = field(default_factory=dict)
    petitions: dict[str, UUID] = field(default_factory=dict)
    _deeds: list[tuple[datetime, int, Deed]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)

    def day(self, days: float) -> datetime:
        """The instant so many days from now, to the second.

        Whole days that lie further back get an hour of their own: nobody does all at the same one.
        """
        if days <= -OWN_HOUR_FROM and days == int(days):
            days += chance(f"hour of {days:.0f}").uniform(-0.3, 0.3)
        return (self.now + timedelta(days=days)).replace(microsecond=0)

    def moment(self, moment: Moment, zone: str) -> datetime:
        """The instant at which a place's clocks show what the story says."""
        on = self.now.astimezone(ZoneInfo(zone)).date() + timedelta(days=moment.days)
        if moment.weekday is not None:
            on += timedelta(days=(moment.weekday - on.weekday()) % 7)
        at = datetime.fromisoformat(f"{on}T{moment.clock}").replace(tzinfo=ZoneInfo(zone))
        return at.astimezone(UTC)

    def at(self, when: datetime, deed: Deed) -> None:
        """Have a deed done at its hour; one that lies ahead of the present is left undone."""
        if when <= self.now:
            heapq.heappush(self._deeds, (when, next(self._order), deed))

    def run(self) -> None:
        """Do all deeds, and those they lead to, in the order of their time."""
        with _clock_at(self.now) as set_clock:
            while self._deeds:
                when, _, deed = heapq.heappop(self._deeds)
                self._settle_due(when, set_clock)
                set_clock(when)
                deed(when)
            self._settle_due(self.now, set_clock)

    def tell_signatories(self) -> None:
        """Owe at once what signatories were just told of: no clock ticks within a deed."""
        for telling_id in telling.unfinished(self.db, len(self.petitions)):
            while telling.tell_next(self.db, telling_id) == telling.BATCH:
                pass

    def _settle_due(self, until: datetime, set_clock: Callable[[datetime], None]) -> None:
        """Settle what fell due, as if it had been delivered at that hour; nothing is sent."""
        ids = self.db.connection().execute(_DUE, {"until": until}).scalars().all()
        if not ids:  # after most deeds; asked without the ORM, for there are thousands of them
            return
        due = self.db.exec(select(Notice).where(col(Notice.id).in_(ids))).all()
        writer = Writer(render=_no_body, public_url="", vault=self.vault)
        for notice in sorted(due, key=lambda notice: notice.due_at):
            set_clock(notice.due_at)
            self._settle(notice, self.composers[notice.kind](self.db, notice, writer))
        self.db.flush()

    def _settle(self, notice: Notice, message: Message | None) -> None:
        notice.attempts = 1
        notice.settled_at = notice.due_at
        notice.outcome = Outcome.SENT if message else Outcome.SKIPPED
        notice.headline = message.subject[:300] if message else ""
        notice.path = message.path[:300] if message else ""
        if notice.user_id and message and notice.due_at < self.now - READ_AFTER:
            notice.read_at = notice.due_at + FOUND_AFTER
        self.db.add(notice)


_DUE = sa.select(col(Notice.id)).where(
    col(Notice.settled_at).is_(None), col(Notice.due_at) <= sa.bindparam("until")
)


def _no_body(_template: str, **_facts: Any) -> str:
    return ""


@contextmanager
def _clock_at(present: datetime) -> Iterator[Callable[[datetime], None]]:
    """Let this process's clock stand still; yields what sets it."""
    usual, shown = clock.now, present

    def set_clock(at: datetime) -> None:
        nonlocal shown
        shown = at

    clock.now = lambda: shown  # the clock's docstring allows it: nothing else runs in this process
    try:
        yield set_clock
    finally:
        clock.now = usual


def chance(about: str) -> Random:
    """Chance that falls the same way every time, whatever else is told before."""
    return Random(f"9/{about}")  # noqa: S311 - a story, not a secret
