"""The blueprint of deciding, and how its pages come to a guild and a proposal."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, current_app, redirect, render_template, url_for
from werkzeug.wrappers import Response

from accounts.identity import me
from core.database import get_db, reading
from guilds.charter import DecisionKind
from guilds.models import Guild, Role
from guilds.queries import get_guild
from voting import queries
from voting.closing import EXTENSION, Means
from voting.models import Proposal
from voting.queries import Shown

bp = Blueprint("voting", __name__)

Page = str | tuple[str, int] | Response
NOT_YOURS = "Its charter leaves this proposal to others than you."


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


def choose_guild(
    kind: DecisionKind,
    url_for_slug: Callable[[str], str],
    *,
    title: str,
    lead: str,
    back: tuple[str, str],
    besides: UUID | None = None,
    refusals: Callable[[list[UUID]], dict[UUID, str]] = lambda _guild_ids: {},
) -> Page:
    """Which of my guilds shall decide, but for `besides`; with only one there is nothing to choose.

    url_for_slug: where the proposal is written. back: words and address of where I come from.
    refusals: why there is nothing to ask some of these guilds, in words.
    """
    found = queries.guilds_i_may_ask(get_db(), me(), kind)
    asked = [(guild, may_ask) for guild, may_ask in found if guild.id != besides]
    refused = {guild.id: NOT_YOURS for guild, may_ask in asked if not may_ask}
    refused |= refusals([guild.id for guild, _ in asked])
    rows = [
        (guild, None if guild.id in refused else url_for_slug(guild.slug), refused.get(guild.id))
        for guild, _ in asked
    ]
    if len(rows) == 1 and rows[0][1]:
        return redirect(rows[0][1])
    return render_template("voting/choose_guild.html", title=title, lead=lead, back=back, rows=rows)
