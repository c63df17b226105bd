"""Reading amendments: for members of the guild, as the proposals they belong to."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session, col, func, select

from accounts.models import User
from guilds.models import Membership
from guilds.queries import in_electorate
from voting.debate_models import Amendment, AmendmentState, AmendmentVoice
from voting.models import Proposal, ProposalVersion

#: not settled: a declined one may still be carried in by the members
PENDING = frozenset({AmendmentState.OPEN, AmendmentState.DECLINED})


class Line(NamedTuple):
    """An amendment in a list.

    has_terms: it changes more than words. name: of who wrote it; None: the account is erased.
    """

    id: UUID
    state: AmendmentState
    base_version: int
    reason: str
    for_count: int
    against_count: int
    written_at: datetime
    has_terms: bool
    name: str | None


def count(db: Session, proposal_id: UUID) -> int:
    """How many were ever written for a proposal."""
    query = select(func.count()).select_from(Amendment)
    return db.exec(query.where(Amendment.proposal_id == proposal_id)).one()


def of_proposal(db: Session, proposal_id: UUID) -> list[Line]:
    """All of them without their texts, in the order they were written (rules.MOST_AMENDMENTS)."""
    query = (
        select(
            Amendment.id,
            Amendment.state,
            Amendment.base_version,
            Amendment.reason,
            Amendment.for_count,
            Amendment.against_count,
            Amendment.written_at,
            col(Amendment.terms).is_not(None),
            User.display_name,
        )  # type: ignore[call-overload]  # SQLModel types up to four columns
        .join(User, col(User.id) == Amendment.author_id, isouter=True)
        .where(Amendment.proposal_id == proposal_id)
        .order_by(col(Amendment.written_at), col(Amendment.id))
    )
    return [Line(*row) for row in db.exec(query)]


def get(db: Session, proposal_id: UUID, amendment_id: UUID) -> Amendment | None:
    """An amendment of this proposal; whether the reader may see that one is asked before."""
    query = select(Amendment).where(
        Amendment.id == amendment_id, Amendment.proposal_id == proposal_id
    )
    return db.exec(query).first()


def pending(db: Session, proposal_id: UUID) -> list[Amendment]:
    """Those not settled, as the database holds them now."""
    query = (
        select(Amendment)
        .where(Amendment.proposal_id == proposal_id, col(Amendment.state).in_(PENDING))
        .execution_options(populate_existing=True)
    )
    return list(db.exec(query))


def voices(db: Session, amendment_id: UUID, limit: int) -> list[tuple[bool, str]]:
    """Who is for it (True) or against it, by name; up to `limit` people."""
    query = (
        select(AmendmentVoice.is_for, User.display_name)
        .join(User, col(User.id) == AmendmentVoice.user_id)
        .where(AmendmentVoice.amendment_id == amendment_id)
        .order_by(col(User.display_name), col(User.id))
        .limit(limit)
    )
    return list(db.exec(query))


def voice_of(db: Session, amendment_id: UUID, user_id: UUID) -> AmendmentVoice | None:
    query = select(AmendmentVoice).where(
        AmendmentVoice.amendment_id == amendment_id, AmendmentVoice.user_id == user_id
    )
    return db.exec(query).first()


def voters_now(db: Session, proposal: Proposal, now: datetime) -> int:
    """How many would be in the electorate if voting opened now."""
    query = select(func.count()).select_from(Membership)
    return db.exec(
        query.where(
            Membership.guild_id == proposal.guild_id, *in_electorate(proposal.decision_rule, now)
        )
    ).one()


def text_of_version(db: Session, proposal_id: UUID, number: int) -> str:
    """What a proposal said in one of its versions."""
    query = select(ProposalVersion.text).where(
        ProposalVersion.proposal_id == proposal_id, ProposalVersion.number == number
    )
    return db.exec(query).one()
