"""What a passed proposal about a petition does: its own guild opens it, others join or leave it."""

from datetime import datetime

from sqlmodel import Session

from petitions import joining, life
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


def _lapsed(db: Session, proposal: Proposal) -> str | None:
    """A petition that was drafted again waits for another decision."""
    if _is_of_another_guild(proposal):
        return None
    petition = db.get(Petition, proposal.subject_id) if proposal.subject_id else None
    if petition is None:
        return "The petition is gone."
    waits = petition.state == PetitionState.BEFORE_GUILD and petition.proposal_id == proposal.id
    return None if waits else "The petition was drafted again since: put it before the guild anew."


MANDATE = Mandate(_refusal, _do, _words, _lapsed)
