"""A person's own words and ballots, as plain data for them to take along. Delegations: theirs."""

from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.models import User
from voting.debate_models import Amendment, AmendmentVoice, Comment, Support
from voting.models import Ballot, Proposal, ProposalOption

Rows = list[dict[str, Any]]


def export_of_user(user: User, *, db: Session) -> tuple[str, dict[str, Rows]]:
    """Reaction to a person asking for their data; each kind oldest first."""
    return "voting", {
        "proposals": _proposals(db, user.id),
        "ballots": _ballots(db, user.id),
        "comments": _comments(db, user.id),
        "supported": _supported(db, user.id),
        "amendments": _amendments(db, user.id),
        "voices": _voices(db, user.id),
    }


def _proposals(db: Session, user_id: UUID) -> Rows:
    put = select(Proposal).where(Proposal.author_id == user_id).order_by(col(Proposal.put_at))
    listed = (
        select(ProposalOption)
        .join(Proposal, col(Proposal.id) == ProposalOption.proposal_id)
        .where(Proposal.author_id == user_id)
        .order_by(col(ProposalOption.position))
    )
    options: dict[UUID, Rows] = {}
    for one in db.exec(listed):
        about = {"name": one.name, "note": one.note, "cost": one.cost}
        options.setdefault(one.proposal_id, []).append(about)
    return [
        {
            "title": one.title,
            "text": one.text,
            "kind": one.kind,
            "topic": one.topic,
            "method": one.method,
            "options": options.get(one.id, []),
            "state": one.state,
            "put_at": one.put_at.isoformat(),
        }
        for one in db.exec(put)
    ]


def _ballots(db: Session, user_id: UUID) -> Rows:
    cast = (
        select(Ballot, Proposal.title)
        .where(Ballot.user_id == user_id, Proposal.id == Ballot.proposal_id)
        .order_by(col(Ballot.cast_at))
    )
    return [
        {
            "proposal": title,
            "marks": ballot.marks,
            "reason": ballot.reason,
            "cast_at": ballot.cast_at.isoformat(),
        }
        for ballot, title in db.exec(cast)
    ]


def _comments(db: Session, user_id: UUID) -> Rows:
    wrote = (
        select(Comment, Proposal.title)
        .where(Comment.author_id == user_id, Proposal.id == Comment.proposal_id)
        .order_by(col(Comment.written_at))
    )
    return [
        {
            "proposal": title,
            "text": said.text,
            "stance": said.stance or "",
            "written_at": said.written_at.isoformat(),
        }
        for said, title in db.exec(wrote)
    ]


def _supported(db: Session, user_id: UUID) -> Rows:
    gave = (
        select(Support, Proposal.title)
        .where(Support.user_id == user_id, Proposal.id == Support.proposal_id)
        .order_by(col(Support.given_at))
    )
    return [
        {"proposal": title, "given_at": support.given_at.isoformat()}
        for support, title in db.exec(gave)
    ]


def _amendments(db: Session, user_id: UUID) -> Rows:
    """terms: what it asks besides other words; {} for nothing."""
    wrote = (
        select(Amendment, Proposal.title)
        .where(Amendment.author_id == user_id, Proposal.id == Amendment.proposal_id)
        .order_by(col(Amendment.written_at))
    )
    return [
        {
            "proposal": title,
            "text": one.text,
            "terms": one.terms or {},
            "reason": one.reason,
            "state": one.state,
            "written_at": one.written_at.isoformat(),
        }
        for one, title in db.exec(wrote)
    ]


def _voices(db: Session, user_id: UUID) -> Rows:
    said = (
        select(AmendmentVoice.is_for, Amendment.reason, Proposal.title)
        .where(AmendmentVoice.user_id == user_id, Amendment.id == AmendmentVoice.amendment_id)
        .where(Proposal.id == Amendment.proposal_id)
        .order_by(col(Amendment.written_at))
    )
    return [
        {"proposal": title, "amendment": reason, "voice": "for" if is_for else "against"}
        for is_for, reason, title in db.exec(said)
    ]
