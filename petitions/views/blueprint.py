"""The one blueprint of petitions, and what its pages share."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from accounts.identity import me, viewer
from core import clock
from core.database import get_db
from core.errors import NotAllowed
from core.rates import spend
from petitions import queries
from petitions.models import Petition, PetitionState
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


def spend_on_post(limit: str, purpose: str) -> None:
    """Count what the person signed in sends against a limit; comes before the first get_db()."""
    if request.method == "POST":
        spend(limit, purpose, str(me().id))


def asked(
    petition_id: UUID, limit: str, purpose: str, *, may: Callable[[Shown], bool], else_say: str
) -> Shown:
    """A petition that the person signed in may do something to. Raises NotAllowed in those words.

    A POST counts against the limit.
    """
    spend_on_post(limit, purpose)
    shown = find(get_db(), petition_id)
    if not may(shown):
        raise NotAllowed(else_say)
    return shown


def done(
    petition_id: UUID, limit: str, purpose: str, *, deed: Callable[..., None], said: str
) -> Response:
    """Do to a petition what one button asks for, say so, and show it. deed: a service."""
    spend_on_post(limit, purpose)
    db = get_db()
    petition = find(db, petition_id).petition
    deed(db, petition, actor=me(), now=clock.now())
    db.commit()
    flash(said, "good")
    return to(petition)


def is_author(shown: Shown) -> bool:
    person = viewer()
    return person is not None and shown.petition.author_id == person.id


def who(shown: Shown) -> dict[str, Any]:
    """The viewer, as the rules ask who somebody is."""
    return {"role": shown.role, "is_author": is_author(shown)}


def to(petition: Petition, anchor: str | None = None) -> Response:
    there = url_for("petitions.detail", petition_id=petition.id, _anchor=anchor)
    return redirect(there, 303)
