"""What a passed proposal about a petition does: its own guild opens it, others join or leave it."""

from datetime import datetime

from sqlmodel import Session

from petitions import joining, life
from voting.mandates import Mandate
from voting.models import Proposal


def _is_of_another_guild(proposal: Proposal) -> bool:
    return proposal.deed.get("action") in set(joining.Deed)


def _refusal(db: Session, proposal: Proposal, now: datetime) -> str | None:
    if _is_of_another_guild(proposal):
        return joining.check(db, proposal, now)
    return life.refusal_to_open(db, proposal, now)


def _do(db: Session, proposal: Proposal, now: datetime) -> None:
    if _is_of_another_guild(proposal):
        joining.do(db, proposal, now)
    else:
        life.open_by_mandate(db, proposal, now)


def _words(db: Session, proposal: Proposal) -> list[str]:
    if _is_of_another_guild(proposal):
        return joining.words(db, proposal)
    return life.words_on_opening(db, proposal)


MANDATE = Mandate(_refusal, _do, _words)
