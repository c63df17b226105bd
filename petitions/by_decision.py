"""What a passed proposal about a petition does: its own guild opens it, others join or leave it."""

from datetime import datetime

from sqlmodel import Session

from petitions import joining, life, rules
from petitions.models import Petition, PetitionState
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


def _lapsed(db: Session, proposal: Proposal, now: datetime) -> str | None:
    """Whose last day is over, or who was drafted again, needs another decision."""
    if _is_of_another_guild(proposal):
        return None
    petition = db.get(Petition, proposal.subject_id) if proposal.subject_id else None
    if petition is None:
        return "The petition is gone."
    waits = petition.state == PetitionState.BEFORE_GUILD and petition.proposal_id == proposal.id
    if not waits:
        return "The petition was drafted again since: put it before the guild anew."
    if now >= rules.last_moment(petition.closes_on):
        return "The petition's closing day has passed. Draft it again, and put it with a later one."
    return None


MANDATE = Mandate(_refusal, _do, _words, _lapsed)
