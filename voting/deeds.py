"""The deeds of this floor and below it, as mandates; those of petitions and events are theirs."""

from datetime import datetime

from sqlmodel import Session

from voting.mandates import Mandate
from voting.models import Proposal


def _always(_db: Session, _proposal: Proposal, _now: datetime) -> str | None:
    return None


def _stands_recorded(_db: Session, _proposal: Proposal, _now: datetime) -> None:
    """The record of the decision is all there is to do."""


RECORDED = Mandate(_always, _stands_recorded)
