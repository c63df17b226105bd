"""Which proposals the clock has something to do for."""

from datetime import datetime, timedelta
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
    query = (
        select(Proposal.id)
        .where(Proposal.state == ProposalState.DELIBERATION, Proposal.opens_at <= now)
        .order_by(col(Proposal.opens_at))
        .limit(limit)
    )
    return list(db.exec(query))


def drafts_to_expire(db: Session, untouched_since: datetime, limit: int) -> list[UUID]:
    """Drafts nobody touched since, the longest waiting first."""
    query = (
        select(Proposal.id)
        .where(Proposal.state == ProposalState.DRAFT, Proposal.put_at <= untouched_since)
        .order_by(col(Proposal.put_at))
        .limit(limit)
    )
    return list(db.exec(query))


def support_to_end(db: Session, now: datetime, limit: int) -> list[UUID]:
    """Proposals that sought supporters too long, the longest waiting first."""
    query = (
        select(Proposal.id)
        .where(Proposal.state == ProposalState.SUPPORT, col(Proposal.support_until) <= now)
        .order_by(col(Proposal.support_until))
        .limit(limit)
    )
    return list(db.exec(query))


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
    query = (
        select(Proposal.id)
        .where(Proposal.state == ProposalState.VOTING, Proposal.closes_at <= now)
        .order_by(col(Proposal.closes_at))
        .limit(limit)
    )
    return list(db.exec(query))
