"""Reading bills: they are public; who watches one is known to the watchers alone."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.models import User
from guilds.models import ORGANISING_ROLES, Guild, GuildState, Membership, Role
from legislation.models import Bill, BillAction, BillChange, Watch
from legislation.stages import BillState

PAGE = 30
#: entries of the record shown at once; the longest of GPO's samples has 264
ACTIONS_PAGE = 50

#: the place of a bill in a list: its latest action's day and its key
BillPlace = tuple[date, UUID]


@dataclass(frozen=True)
class BillLine:
    """What a list shows of a bill. state: a legislation.stages.BillState."""

    id: UUID
    jurisdiction: str
    legislative_session: str
    identifier: str
    title: str
    state: str
    latest_action_on: date
    latest_action: str


@dataclass(frozen=True)
class Move:
    """What one newer file changed about a bill, in sentences without their full stop."""

    bill: BillLine
    found_at: datetime
    changes: list[str]


@dataclass(frozen=True)
class GuildWatch:
    """A guild of the viewer, and whether it watches the bill."""

    guild: Guild
    role: Role
    is_watching: bool


_LINE: tuple[Any, ...] = (
    col(Bill.id),
    col(Bill.jurisdiction),
    col(Bill.legislative_session),
    col(Bill.identifier),
    col(Bill.title),
    col(Bill.state),
    col(Bill.latest_action_on),
    col(Bill.latest_action),
)


def get_bill(db: Session, bill_id: UUID) -> Bill | None:
    return db.get(Bill, bill_id)


def lock_bill(
    db: Session, jurisdiction: str, legislative_session: str, identifier: str
) -> Bill | None:
    """The bill of this name as it is now; nobody else changes it until the transaction ends."""
    query = (
        select(Bill)
        .where(
            Bill.jurisdiction == jurisdiction,
            Bill.legislative_session == legislative_session,
            Bill.identifier == identifier,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return db.exec(query).first()


def bills(
    db: Session, *, state: BillState | None = None, before: BillPlace | None = None
) -> list[BillLine]:
    """Up to PAGE + 1 bills, the one that moved last first."""
    query = sa.select(*_LINE)
    if state is not None:
        query = query.where(col(Bill.state) == state.value)
    return _page(db, query, before, PAGE + 1)


def bills_of_guild(
    db: Session, guild_id: UUID, limit: int = PAGE + 1, *, before: BillPlace | None = None
) -> list[BillLine]:
    """Bills a guild watches, the one that moved last first."""
    query = sa.select(*_LINE).join(Watch, col(Watch.bill_id) == col(Bill.id))
    return _page(db, query.where(col(Watch.guild_id) == guild_id), before, limit)


def _page(
    db: Session, query: sa.Select[*tuple[Any, ...]], before: BillPlace | None, limit: int
) -> list[BillLine]:
    if before is not None:
        day, bill_id = before
        query = query.where(
            (col(Bill.latest_action_on) < day)
            | ((col(Bill.latest_action_on) == day) & (col(Bill.id) < bill_id))
        )
    query = query.order_by(col(Bill.latest_action_on).desc(), col(Bill.id).desc()).limit(limit)
    return [BillLine(*row) for row in db.connection().execute(query)]


def recently_moved(db: Session, limit: int) -> list[Move]:
    """The latest changes that newer files brought, newest first."""
    query = (
        sa.select(*_LINE, col(BillChange.found_at), col(BillChange.changes))
        .join(BillChange, col(BillChange.bill_id) == col(Bill.id))
        .order_by(col(BillChange.found_at).desc(), col(BillChange.id).desc())
        .limit(limit)
    )
    return [Move(BillLine(*row[:-2]), row[-2], row[-1]) for row in db.connection().execute(query)]


def changes(db: Session, bill_id: UUID, limit: int) -> list[BillChange]:
    """What newer files changed about one bill, newest first."""
    query = (
        select(BillChange)
        .where(BillChange.bill_id == bill_id)
        .order_by(col(BillChange.found_at).desc(), col(BillChange.id).desc())
        .limit(limit)
    )
    return list(db.exec(query))


def actions(db: Session, bill_id: UUID, *, before: int | None = None) -> list[BillAction]:
    """Up to ACTIONS_PAGE + 1 entries of the record, newest first; before: a position."""
    query = select(BillAction).where(BillAction.bill_id == bill_id)
    if before is not None:
        query = query.where(BillAction.position < before)
    return list(db.exec(query.order_by(col(BillAction.position).desc()).limit(ACTIONS_PAGE + 1)))


def is_watching(db: Session, bill_id: UUID, user: User) -> bool:
    query = select(Watch.id).where(Watch.bill_id == bill_id, Watch.user_id == user.id)
    return db.exec(query).first() is not None


def my_guilds_and(db: Session, bill_id: UUID, user: User) -> list[GuildWatch]:
    """The viewer's guilds that watch a bill or could by the viewer's word; by name, at most 200."""
    query = (
        select(Guild, Membership.role, Watch.id)
        .join(Membership, col(Membership.guild_id) == col(Guild.id))
        .join(
            Watch,
            sa.and_(col(Watch.guild_id) == col(Guild.id), col(Watch.bill_id) == bill_id),
            isouter=True,
        )
        .where(Membership.user_id == user.id, Guild.state == GuildState.ACTIVE)
        .where(col(Watch.id).is_not(None) | col(Membership.role).in_(ORGANISING_ROLES))
        .order_by(Guild.name)
        .limit(200)
    )
    return [
        GuildWatch(guild, Role(role), watch_id is not None)
        for guild, role, watch_id in db.exec(query)
    ]


def watcher_ids(db: Session, bill_id: UUID) -> list[UUID]:
    """Everyone to tell when a bill moves, each once: who watches, and members of guilds that do."""
    people = sa.select(col(Watch.user_id)).where(
        col(Watch.bill_id) == bill_id, col(Watch.user_id).is_not(None)
    )
    members = (
        sa.select(col(Membership.user_id))
        .join(Watch, col(Watch.guild_id) == col(Membership.guild_id))
        .where(col(Watch.bill_id) == bill_id)
    )
    return list(db.connection().execute(sa.union(people, members)).scalars())
