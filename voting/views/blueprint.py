"""The blueprint of deciding, and how its pages come to a guild and a proposal."""

from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, url_for
from werkzeug.wrappers import Response

from accounts.identity import me
from core.database import get_db, reading
from guilds.models import Guild, Role
from guilds.queries import get_guild
from voting import queries
from voting.closing import EXTENSION, Means
from voting.models import Proposal
from voting.queries import Shown

bp = Blueprint("voting", __name__)

Page = str | tuple[str, int] | Response


def guild_of(slug: str) -> tuple[Guild, Role]:
    """A guild I belong to; for everyone else nothing is here."""
    found = get_guild(get_db(), slug, me())
    if found is None or found[1] is None:
        abort(404)
    return found[0], found[1]


def proposal_of(proposal_id: UUID) -> Shown:
    """A proposal of a guild I belong to; for everyone else nothing is here."""
    shown = queries.get_proposal(get_db(), proposal_id, me())
    if shown is None:
        abort(404)
    return shown


def proposal_seen(proposal_id: UUID) -> Shown:
    """The same, read before the write transaction: on SQLite that holds the only write lock."""
    with reading() as db:
        shown = queries.get_proposal(db, proposal_id, me())
    if shown is None:
        abort(404)
    return shown


def url_of(proposal: Proposal, **more: Any) -> str:
    return url_for("voting.detail", proposal_id=proposal.id, **more)


def means() -> Means:
    """What a close needs, as the app was wired."""
    found: Means = current_app.extensions[EXTENSION]
    return found
