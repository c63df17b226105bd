"""The one blueprint of petitions, and what its pages share."""

from uuid import UUID

from flask import Blueprint, abort
from sqlmodel import Session
from werkzeug.wrappers import Response

from accounts.identity import viewer
from petitions import queries
from petitions.models import PetitionState
from petitions.queries import Shown

bp = Blueprint("petitions", __name__)

Page = str | tuple[str, int] | Response

#: state -> (word, tone) of its pill
PILLS = {
    PetitionState.DRAFT: ("Draft", "quiet"),
    PetitionState.AMENDMENT: ("In amendment", "warn"),
    PetitionState.BEFORE_GUILD: ("Before the guild", "warn"),
    PetitionState.OPEN: ("Open", "good"),
    PetitionState.CLOSED: ("Closed", "quiet"),
    PetitionState.DELIVERED: ("Delivered", "warn"),
    PetitionState.ANSWERED: ("Answered", "good"),
    PetitionState.SETTLED: ("Settled", "quiet"),
    PetitionState.REJECTED: ("Turned down", "bad"),
    PetitionState.WITHDRAWN: ("Withdrawn", "quiet"),
    PetitionState.STOPPED: ("Stopped", "bad"),
}


def find(db: Session, petition_id: UUID) -> Shown:
    """A petition the viewer may see; 404 else."""
    shown = queries.get_petition(db, petition_id, viewer())
    if shown is None:
        abort(404)
    return shown
