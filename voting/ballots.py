"""Reading what lies in a box: for its voter, the count, the page of ballots, the receipts."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from accounts.models import User
from core.paging import Place
from voting.marks import Stack
from voting.models import Ballot, Proposal, Receipt
from voting.queries import PAGE


def my_ballot(db: Session, proposal: Proposal, user_id: UUID) -> Ballot | None:
    """The open ballot a person has cast in this round, as the database holds it now."""
    query = (
        select(Ballot)
        .where(Ballot.proposal_id == proposal.id, Ballot.user_id == user_id)
        .where(Ballot.round == proposal.round)
        .execution_options(populate_existing=True)
    )
    return db.exec(query).first()


def counted_marks(db: Session, proposal: Proposal) -> dict[str, int]:
    """Marks -> how many electors cast them or let them be cast, from the ballots themselves."""
    query = (
        select(Ballot.marks, func.sum(Ballot.weight))
        .where(Ballot.proposal_id == proposal.id, Ballot.round == proposal.round)
        .group_by(col(Ballot.marks))
    )
    return {marks: int(weight) for marks, weight in db.exec(query)}


def stacked_marks(db: Session, proposal: Proposal, options: int) -> list[Stack] | None:
    """The same for very many ballots, equal ones not put together.

    None if the marks of any are not one an option. One pass while all weigh the same, as where
    nobody let others vote.
    """
    rows = _stacks(db, proposal, by_weight=False)
    if any(lightest != heaviest for lightest, heaviest, *_ in rows):
        rows = _stacks(db, proposal, by_weight=True)
    if any((shortest, longest) != (options, options) for *_, shortest, longest in rows):
        return None
    return [Stack(weight, *told) for weight, _, *told, _, _ in rows]


def _stacks(db: Session, proposal: Proposal, *, by_weight: bool) -> list[Any]:
    """(lightest, heaviest, how many, marks, nonces, shortest, longest) of all, or of a weight."""
    length = func.length(Ballot.marks)
    query: Any = sa.select(
        func.min(Ballot.weight),
        func.max(Ballot.weight),
        func.count(),
        func.aggregate_strings(col(Ballot.marks), ""),
        func.aggregate_strings(col(Ballot.nonce), ""),
        func.min(length),
        func.max(length),
    ).where(col(Ballot.proposal_id) == proposal.id, col(Ballot.round) == proposal.round)
    if by_weight:
        query = query.group_by(col(Ballot.weight))
    return [row for row in db.exec(query) if row[0] is not None]


def entries(db: Session, proposal: Proposal) -> list[bytes]:
    """The box: every ballot that counts, as voting.box.entry writes it, in no order.

    Written by the database and read in one piece: a row each would take three times as long.
    """
    text = db.exec(_written(proposal)).one()
    return text.encode("ascii").split(b"\n") if text else []


def sorted_entries(db: Session, proposal: Proposal) -> Iterator[list[str]]:
    """The same in order, as text: a 256th of them at a time, by how the nonces begin."""
    begins = func.substr(Ballot.nonce, 1, 2)
    query = _written(proposal).group_by(begins).order_by(begins)
    with db.exec(query.execution_options(yield_per=1)) as found:
        for text in found:
            yield sorted(text.split("\n"))


def _written(proposal: Proposal) -> SelectOfScalar[str]:
    """Reads the entries of a box as one text, one a line."""
    parts = (col(Ballot.nonce), sa.cast(Ballot.weight, sa.String), col(Ballot.marks))
    written = parts[0] + ":" + parts[1] + ":" + parts[2]
    return select(func.aggregate_strings(written, "\n")).where(
        Ballot.proposal_id == proposal.id, Ballot.round == proposal.round
    )


def with_voters(
    db: Session, proposal: Proposal, *, after: Place | None = None
) -> list[tuple[Ballot, User | None]]:
    """Up to PAGE + 1 ballots and who cast them, first cast first; None: the account is erased."""
    query = (
        select(Ballot, User)
        .join(User, col(User.id) == Ballot.user_id, isouter=True)
        .where(Ballot.proposal_id == proposal.id, Ballot.round == proposal.round)
    )
    if after is not None:
        query = query.where(sa.tuple_(col(Ballot.cast_at), col(Ballot.id)) > after)
    query = query.order_by(col(Ballot.cast_at), col(Ballot.id)).limit(PAGE + 1)
    return [(ballot, user) for ballot, user in db.exec(query)]


def receipts(db: Session, proposal_id: UUID, *, after: str, limit: int) -> list[str]:
    """Up to limit + 1 receipt codes that sort after one; the extra one tells of a next page."""
    query = (
        select(Receipt.code)
        .where(Receipt.proposal_id == proposal_id, col(Receipt.code) > after)
        .order_by(col(Receipt.code))
        .limit(limit + 1)
    )
    return list(db.exec(query))


def has_receipt(db: Session, proposal_id: UUID, code: str) -> bool:
    query = select(Receipt.id).where(Receipt.proposal_id == proposal_id, Receipt.code == code)
    return db.exec(query).first() is not None
