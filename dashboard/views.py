"""Pages that mix features: home, a guild's front page, its record."""

from flask import Blueprint, abort, render_template, request, url_for

from accounts.identity import viewer
from audit import queries as audit_queries
from core import clock
from core.database import get_db
from core.security import public
from dashboard import queries
from guilds.queries import get_guild

bp = Blueprint("dashboard", __name__)


@bp.get("/")
@public
def home() -> str:
    """To a stranger, what this place is; to who is signed in, what needs them now."""
    user = viewer()
    if user is None:
        return render_template("dashboard/landing.html", public=queries.public_news(get_db(), clock.now()))
    return render_template("dashboard/home.html", mine=queries.for_me(get_db(), user, clock.now()))


@bp.get("/guilds/<slug>")
@public
def guild(slug: str) -> str:
    """A guild's front page: what needs me in it now, then what is coming."""
    found = get_guild(get_db(), slug, viewer())
    if found is None:
        abort(404)
    its_guild, role = found
    rooms = queries.of_guild(get_db(), its_guild, role, viewer(), clock.now())
    return render_template("dashboard/guild.html", guild=its_guild, role=role, rooms=rooms)


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
    next_url = None
    if len(entries) > audit_queries.PAGE:
        next_url = url_for("dashboard.record", slug=slug, before=shown[-1][0].sequence)
    return render_template(
        "dashboard/record.html", guild=its_guild, role=role, entries=shown, next_url=next_url
    )
