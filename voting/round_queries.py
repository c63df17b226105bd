"""Reading a consent process: its rounds, who answered what, which objections were raised."""

from uuid import UUID

from sqlmodel import Session, col, select

from accounts.models import User
from core.paging import Place
from voting.models import Ballot, Choice, ConsentRound
from voting.queries import PAGE

#: objections a page shows; the rest stand with the round's answers
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
    """Up to MOST_OBJECTIONS of all rounds and who raised them, the newest round first."""
    query = (
        select(Ballot, User)
        .join(User, col(User.id) == Ballot.user_id, isouter=True)
        .where(Ballot.proposal_id == proposal_id, Ballot.marks == Choice.NO)
        .order_by(col(Ballot.round).desc(), col(Ballot.cast_at), col(Ballot.id))
        .limit(MOST_OBJECTIONS)
    )
    return [(ballot, user) for ballot, user in db.exec(query)]


def answers(
    db: Session, proposal_id: UUID, number: int, *, after: Place | None = None
) -> list[tuple[Ballot, User | None]]:
    """Up to PAGE + 1 answers of one round and who gave them, in their order."""
    query = (
        select(Ballot, User)
        .join(User, col(User.id) == Ballot.user_id, isouter=True)
        .where(Ballot.proposal_id == proposal_id, Ballot.round == number)
    )
    if after is not None:
        at, key = col(Ballot.cast_at), col(Ballot.id)
        query = query.where((at > after[0]) | ((at == after[0]) & (key > after[1])))
    query = query.order_by(col(Ballot.cast_at), col(Ballot.id)).limit(PAGE + 1)
    return [(ballot, user) for ballot, user in db.exec(query)]
