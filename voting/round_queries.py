"""Reading a consent process: its rounds, who answered what, which objections were raised."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from accounts.models import User
from core.paging import Place
from voting.models import Ballot, Choice, ConsentRound
from voting.queries import PAGE

#: objections of a round that the proposal's page shows; all of them have pages of their own
MOST_OBJECTIONS = PAGE


def ended_rounds(db: Session, proposal_id: UUID) -> list[ConsentRound]:
    """The rounds that did not settle it, the first one first; never more than MOST_ROUNDS."""
    query = (
        select(ConsentRound)
        .where(ConsentRound.proposal_id == proposal_id)
        .order_by(col(ConsentRound.number))
    )
    return list(db.exec(query))


def objections(db: Session, proposal_id: UUID) -> list[tuple[Ballot, User | None]]:
    """The first MOST_OBJECTIONS of each round and who raised them, the newest round first."""
    place = func.row_number().over(
        partition_by=col(Ballot.round), order_by=(col(Ballot.cast_at), col(Ballot.id))
    )
    raised = (
        select(col(Ballot.id), place.label("place"))
        .where(Ballot.proposal_id == proposal_id, Ballot.marks == Choice.NO)
        .subquery()
    )
    query = (
        select(Ballot, User)
        .join(raised, raised.c.id == col(Ballot.id))
        .join(User, col(User.id) == Ballot.user_id, isouter=True)
        .where(raised.c.place <= MOST_OBJECTIONS)
        .order_by(col(Ballot.round).desc(), col(Ballot.cast_at), col(Ballot.id))
    )
    return [(ballot, user) for ballot, user in db.exec(query)]


def answers(
    db: Session,
    proposal_id: UUID,
    number: int,
    *,
    choice: Choice | None = None,
    after: Place | None = None,
) -> list[tuple[Ballot, User | None]]:
    """Up to PAGE + 1 answers of one round and who gave them, in their order; choice: only such."""
    query = (
        select(Ballot, User)
        .join(User, col(User.id) == Ballot.user_id, isouter=True)
        .where(Ballot.proposal_id == proposal_id, Ballot.round == number)
    )
    if choice is not None:
        query = query.where(Ballot.marks == choice)
    if after is not None:
        query = query.where(sa.tuple_(col(Ballot.cast_at), col(Ballot.id)) > after)
    query = query.order_by(col(Ballot.cast_at), col(Ballot.id)).limit(PAGE + 1)
    return [(ballot, user) for ballot, user in db.exec(query)]
