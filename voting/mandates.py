"""Mandates: what a passed proposal does, in the transaction of its close.

app.MANDATES is the one table of them. A check says why the deed cannot be done now, in words for
members, or None; a deed does it, and may raise RuleBroken for the same. What cannot be carried out
stays passed, with the reason, and can be tried again.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.models import User
from core.errors import RuleBroken
from guilds.charter import DecisionKind
from voting.models import REASON_LENGTH, Proposal, ProposalState
from voting.steps import note


def kept_for_the_record(_db: Session, _proposal: Proposal) -> list[str]:
    """What every decision does."""
    return ["The decision is kept with its numbers. Nothing else follows from it by itself."]


def may_still_be(_db: Session, _proposal: Proposal, _now: datetime) -> str | None:
    """Of most decisions nobody knows that they never can be carried out."""
    return None


@dataclass(frozen=True)
class Mandate:
    """check: why not now, None if it can be done. deed: does it.

    words: what passing does, in whole sentences for members that hold before the close and after.
    lapsed: of what passed and was not done: why it never can be any more; None while it may.
    """

    check: Callable[[Session, Proposal, datetime], str | None]
    deed: Callable[[Session, Proposal, datetime], None]
    words: Callable[[Session, Proposal], list[str]] = kept_for_the_record
    lapsed: Callable[[Session, Proposal, datetime], str | None] = may_still_be


Mandates: TypeAlias = Mapping[DecisionKind, Mandate]

OVERTAKEN = (
    "The guild has decided on the same again since, "
    "and an older decision does not undo a newer one."
)


def why_never(db: Session, proposal: Proposal, mandates: Mandates, *, now: datetime) -> str | None:
    """Of what passed and was not done: why it never can be any more; None while it may."""
    lapsed = mandates[DecisionKind(proposal.kind)].lapsed(db, proposal, now)
    return lapsed or (OVERTAKEN if _is_overtaken(db, proposal) else None)


def _is_overtaken(db: Session, proposal: Proposal) -> bool:
    """Say whether a later decision of the same kind on the same subject was carried out."""
    about = col(Proposal.subject_id) == proposal.subject_id
    alike = col(Proposal.kind) == proposal.kind
    return proposal.subject_id is not None and later_deed(db, proposal, about, alike)


def later_deed(db: Session, proposal: Proposal, *which: sa.ColumnElement[bool]) -> bool:
    """Say whether the guild carried out a decision that it took after this one.

    which: conditions on the later proposal.
    """
    query = (
        select(Proposal.id)
        .where(Proposal.guild_id == proposal.guild_id, *which)
        .where(Proposal.state == ProposalState.PASSED, Proposal.id != proposal.id)
        .where(col(Proposal.carried_out_at).is_not(None))
        .where(col(Proposal.decided_at) > proposal.decided_at)
    )
    return db.exec(query.limit(1)).first() is not None


def carry_out(
    db: Session, proposal: Proposal, mandates: Mandates, *, actor: User | None = None, now: datetime
) -> bool:
    """Do what a passed proposal asked for, all of it or nothing; says whether it was done.

    actor: who tried again; None: the close itself. The proposal is locked by the caller. Raises
    ValueError for what was not passed, or is done already: nothing mandates it.
    """
    if proposal.state != ProposalState.PASSED or proposal.carried_out_at is not None:
        raise ValueError("only a passed proposal is carried out, and once")
    mandate = mandates[DecisionKind(proposal.kind)]
    reason = mandate.check(db, proposal, now)
    if reason is None:
        try:
            with db.begin_nested():
                mandate.deed(db, proposal, now)
                db.flush()
        except RuleBroken as refused:
            reason = str(refused)
    proposal.not_carried_out = (reason or "")[:REASON_LENGTH]
    if reason is None:
        proposal.carried_out_at = now
    db.add(proposal)
    done = "voting.carried_out" if reason is None else "voting.not_carried_out"
    note(db, done, proposal, actor=actor, now=now, reason=reason or "")
    return reason is None
