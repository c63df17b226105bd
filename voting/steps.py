"""The steps that every deed on a proposal is made of.

Whatever changes a proposal or its ballots holds the proposal's row lock (docs/decisions/0202). It
is taken before any lock of a floor above: who holds a petition's must not come here for one.
"""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, select

from accounts.models import User
from audit.services import record
from core.database import table_of
from core.errors import RuleBroken
from core.wire import Wire
from guilds.models import Guild, GuildState
from voting.models import Proposal, ProposalState
from voting.rules import can_become

_proposal = table_of(Proposal)
_HOLD = (
    sa.select(_proposal.c.id).where(_proposal.c.id == sa.bindparam("proposal")).with_for_update()
)


def share_guild(db: Session, guild_id: UUID) -> None:
    """Hold the guild against being dissolved meanwhile; raises RuleBroken if it was."""
    query = select(Guild.state).where(Guild.id == guild_id).with_for_update(read=True)
    if db.exec(query).one() != GuildState.ACTIVE:
        raise RuleBroken("This guild was dissolved; it decides nothing any more.")


def lock_proposal(db: Session, proposal_id: UUID, *, skip_locked: bool = False) -> Proposal | None:
    """The proposal as it stands now, held until the transaction ends; None: gone, or skipped."""
    query = (
        select(Proposal)
        .where(Proposal.id == proposal_id)
        .with_for_update(skip_locked=skip_locked)
        .execution_options(populate_existing=True)
    )
    return db.exec(query).first()


def lock(db: Session, proposal: Proposal) -> Proposal:
    """The same; raises RuleBroken if it is gone."""
    locked = lock_proposal(db, proposal.id)
    if locked is None:
        raise RuleBroken("This proposal is gone.")
    return locked


def hold(line: Wire, proposal_id: UUID) -> None:
    """Hold a proposal's row until the transaction ends, without reading it."""
    line.run(_HOLD, {"proposal": proposal_id})


def move(proposal: Proposal, then: ProposalState) -> None:
    """Let a proposal enter a state. Raises ValueError for one that cannot follow: a bug of ours."""
    if not can_become(proposal.state, then):
        raise ValueError(f"{proposal.state} cannot become {then}")
    proposal.state = then


def note(
    db: Session,
    action: str,
    proposal: Proposal,
    *,
    actor: User | None,
    now: datetime,
    reason: str = "",
) -> None:
    """Note a deed on a proposal in the guild's record."""
    record(
        db,
        action,
        actor=actor,
        subject=("proposal", proposal.id),
        guild_id=proposal.guild_id,
        now=now,
        summary=proposal.title,
        reason=reason,
    )
