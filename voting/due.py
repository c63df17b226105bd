"""Which proposals the clock has something to do for."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from guilds.models import Guild, GuildState
from notifications.models import Notice
from voting.models import Proposal, ProposalState

#: kind of the notice that it is time to look at a decision again, and how late it may come
REVIEW_KIND, REVIEW_WINDOW = "voting.review", timedelta(days=30)


def to_open(db: Session, now: datetime, limit: int) -> list[UUID]:
    """Debates whose voting should have opened, the longest waiting first."""
    return _reached(db, ProposalState.DELIBERATION, Proposal.opens_at, now, limit)


def drafts_to_expire(db: Session, untouched_since: datetime, limit: int) -> list[UUID]:
    """Drafts nobody touched since, the longest waiting first."""
    return _reached(db, ProposalState.DRAFT, Proposal.put_at, untouched_since, limit)


def support_to_end(db: Session, now: datetime, limit: int) -> list[UUID]:
    """Proposals that sought supporters too long, the longest waiting first."""
    return _reached(db, ProposalState.SUPPORT, Proposal.support_until, now, limit)


def to_review(db: Session, now: datetime, limit: int) -> list[UUID]:
    """Decisions to look at again of which nobody was told, the longest waiting first.

    Those long past are left alone: the ledger of notices forgets.
    """
    told = sa.exists().where(
        col(Notice.subject_id) == col(Proposal.id),
        col(Notice.kind) == REVIEW_KIND,
        col(Notice.due_at) == col(Proposal.review_at),
    )
    query = (
        select(Proposal.id)
        .join(Guild, col(Guild.id) == Proposal.guild_id)
        .where(Proposal.state == ProposalState.PASSED, Guild.state == GuildState.ACTIVE)
        .where(col(Proposal.review_at) <= now, col(Proposal.review_at) > now - REVIEW_WINDOW)
        .where(~told)
        .order_by(col(Proposal.review_at))
        .limit(limit)
    )
    return list(db.exec(query))


def to_close(db: Session, now: datetime, limit: int) -> list[UUID]:
    """Votes that should be counted, the longest waiting first."""
    return _reached(db, ProposalState.VOTING, Proposal.closes_at, now, limit)


def _reached(db: Session, state: ProposalState, at: Any, until: datetime, limit: int) -> list[UUID]:
    """Proposals in a state whose time `at` is not after `until`, the longest waiting first."""
    query = (
        select(Proposal.id)
        .where(Proposal.state == state, col(at) <= until)
        .order_by(col(at))
        .limit(limit)
    )
    return list(db.exec(query))
