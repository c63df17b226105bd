"""Pages that mix features: home, a guild's front page, its record."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from flask import Blueprint, abort, current_app, render_template, request, url_for
from sqlmodel import Session

from accounts.identity import viewer
from audit import queries as audit_queries
from core import clock
from core.database import get_db
from core.security import public
from dashboard import across, queries, words
from guilds import rules
from guilds.models import Guild, JoinRequest, Role
from guilds.queries import alone as alone_in
from guilds.queries import get_guild
from legislation.words import state_pill
from voting.closing import EXTENSION
from voting.mandates import why_never
from voting.verdicts import chosen_in_words, outcome_pill

bp = Blueprint("dashboard", __name__)
N = TypeVar("N")
bp.add_app_template_global(state_pill, "bill_pill")
bp.add_app_template_global(outcome_pill)
bp.add_app_template_global(chosen_in_words)


@bp.get("/")
@public
def home() -> str:
    """To a stranger, what this place is; to who is signed in, what needs them now."""
    user, now = viewer(), clock.now()
    if user is None:
        news = queries.public_news(get_db(), now)
        return render_template("dashboard/landing.html", news=news)
    mine = queries.for_me(get_db(), user, now)
    mine = replace(mine, needs=_doable(get_db(), mine.needs, now))
    return render_template("dashboard/home.html", mine=mine)


@bp.get("/guilds/<slug>")
@public
def guild(slug: str) -> str:
    """A guild's front page: what needs me in it now, then what is coming."""
    found = get_guild(get_db(), slug, viewer())
    if found is None:
        abort(404)
    its_guild, role = found
    now = clock.now()
    rooms = queries.of_guild(get_db(), its_guild, role, viewer(), now)
    rooms = replace(rooms, needs=_doable(get_db(), rooms.needs, now))
    return render_template(
        "dashboard/guild.html",
        guild=its_guild,
        role=role,
        rooms=rooms,
        door=_door(get_db(), its_guild, role, rooms.my_request),
    )


def _doable(db: Session, needs: Sequence[N], now: datetime) -> list[N]:
    """Without decisions that never can be carried out any more: nobody is left to do anything."""
    mandates = current_app.extensions[EXTENSION].mandates
    return [
        need
        for need in needs
        if not isinstance(need, queries.Undone)
        or why_never(db, need.proposal, mandates, now=now) is None
    ]


def _door(db: Session, guild: Guild, role: Role | None, my_request: JoinRequest | None) -> str:
    """How the viewer may come in: 'join', 'ask', 'waits', 'invitation' or, for members, ''."""
    if role is not None:
        return ""
    if my_request is not None:
        return "waits"
    alone = alone_in(db, guild, clock.now()).admit
    if rules.can_join(guild, role, alone=alone):
        return "join"
    return "ask" if rules.can_ask_to_join(guild, role, alone=alone) else "invitation"


@bp.get("/guilds/<slug>/record")
def record(slug: str) -> str:
    """Who did what in a guild, for its members."""
    found = get_guild(get_db(), slug, viewer())
    if found is None or found[1] is None:
        abort(404)
    its_guild, role = found
    before = request.args.get("before", type=int)
    if before is not None and not 0 < before < 2**62:
        abort(400)
    entries = audit_queries.entries_of_guild(get_db(), its_guild.id, before=before)
    shown = entries[: audit_queries.PAGE]
    names = across.names(get_db(), words.people_in(shown))
    pages: dict[str, Any] = {"first_url": None, "next_url": None}
    if before is not None:
        pages["first_url"] = url_for("dashboard.record", slug=slug)
    if len(entries) > audit_queries.PAGE:
        last = shown[-1][0].sequence
        pages["next_url"] = url_for("dashboard.record", slug=slug, before=last)
    deeds = [words.deed(entry, actor, names, role) for entry, actor in shown]
    return render_template(
        "dashboard/record.html", guild=its_guild, role=role, deeds=deeds, **pages
    )
