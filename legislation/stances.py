"""Where guilds stand on bills: taken by decision, public if the guild is, kept as history."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

import audit.services
from accounts.models import User
from core.paging import Place
from guilds.models import Guild, GuildState
from guilds.queries import is_of
from legislation.models import Bill, BillStance, GuildStance
from legislation.queries import PAGE

#: on the bill's own page; all of them have a page
SHOWN = 12
#: as the end of "The guild …"
STANCE_WORDS = {
    GuildStance.SUPPORT: "supports it",
    GuildStance.OPPOSE: "opposes it",
    GuildStance.NEUTRAL: "takes no side",
}


@dataclass(frozen=True)
class StanceLine:
    """One stance as a reader may see it. is_mine: the reader belongs to the guild."""

    stance: BillStance
    guild: Guild
    is_mine: bool


def take_stance(
    db: Session,
    bill: Bill,
    guild: Guild,
    stance: GuildStance,
    *,
    decision_id: UUID,
    numbers: str,
    now: datetime,
) -> BillStance:
    """Let a guild stand here from now on, by a decision; what it said before becomes history.

    numbers: as BillStance.numbers. Two decisions of one guild at once come one after the other.
    """
    db.exec(select(Bill.id).where(Bill.id == bill.id).with_for_update()).one()
    db.exec(
        update(BillStance)
        .where(col(BillStance.bill_id) == bill.id, col(BillStance.guild_id) == guild.id)
        .where(col(BillStance.is_current))
        .values(is_current=False)
    )
    taken = BillStance(
        bill_id=bill.id,
        guild_id=guild.id,
        stance=stance,
        taken_at=now,
        decision_id=decision_id,
        numbers=numbers[:500],
    )
    db.add(taken)
    db.flush()
    audit.services.record(
        db,
        "legislation.stance_taken",
        actor=None,
        subject=("bill", bill.id),
        guild_id=guild.id,
        summary=f"{bill.identifier}: {bill.title}"[:200],
        reason=f"The guild {STANCE_WORDS[stance]}",
        now=now,
    )
    return taken


def current_stance(db: Session, bill_id: UUID, guild_id: UUID) -> BillStance | None:
    """Where a guild stands now; None: it has said nothing."""
    query = select(BillStance).where(
        BillStance.bill_id == bill_id, BillStance.guild_id == guild_id, col(BillStance.is_current)
    )
    return db.exec(query).first()


def stances_on(
    db: Session,
    bill_id: UUID,
    viewer: User | None,
    limit: int = PAGE + 1,
    *,
    only_current: bool = False,
    before: Place | None = None,
) -> list[StanceLine]:
    """Stances the viewer may see, the latest first: of listed guilds and of the viewer's own."""
    mine = is_of(viewer)
    query = (
        select(BillStance, Guild, mine)
        .join(Guild, col(Guild.id) == BillStance.guild_id)
        .where(BillStance.bill_id == bill_id, Guild.state == GuildState.ACTIVE)
        .where(col(Guild.is_listed) | mine)
    )
    if only_current:
        query = query.where(col(BillStance.is_current))
    if before is not None:
        query = query.where(sa.tuple_(col(BillStance.taken_at), col(BillStance.id)) < before)
    query = query.order_by(col(BillStance.taken_at).desc(), col(BillStance.id).desc()).limit(limit)
    return [StanceLine(stance, guild, bool(is_mine)) for stance, guild, is_mine in db.exec(query)]
