"""Lists of petitions: open, ended, a guild's own, those to an institution."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from flask import abort, render_template, request, url_for

from accounts.identity import viewer
from core.database import get_db
from core.paging import cut, read_place
from core.security import public
from guilds.queries import get_guild
from institutions.queries import get_institution
from petitions import lists, rules
from petitions.lists import PAGE, Line, Order
from petitions.models import PUBLIC_STATES
from petitions.outcome_rules import SETTLEMENTS
from petitions.views.blueprint import PILLS, Page, bp
from petitions.views.caching import for_everyone

KEPT = timedelta(minutes=1)
ORDERS = {
    Order.NEWEST: "Newest",
    Order.ENDING: "Ending soon",
    Order.LARGEST: "Most signatures",
}


@bp.get("/petitions")
@public
def index() -> Page:
    """Petitions that can be signed."""
    chosen = request.args.get("order", "")
    order = Order(chosen) if chosen in set(Order) else Order.NEWEST
    before = lists.read_spot(request.args.get("before"), order)
    lines = lists.open_petitions(get_db(), order=order, before=before)
    next_url = None
    if len(lines) > PAGE:
        spot = lists.write_spot(lines[PAGE - 1], order)
        next_url = url_for("petitions.index", order=_word(order), before=spot)
    page = render_template(
        "petitions/index.html",
        rows=_with_progress(lines[:PAGE]),
        order=order,
        orders=ORDERS,
        last_moment=rules.last_moment,
        next_url=next_url,
        is_first=before is None,
    )
    return for_everyone(page, KEPT)


def _word(order: Order) -> str | None:
    """How a URL names an order; the usual one needs no name."""
    return None if order is Order.NEWEST else order.value


@bp.get("/petitions/ended")
@public
def ended() -> Page:
    """Petitions that take no signatures any more, and what came of them."""
    before = read_place(request.args.get("before"))
    lines = lists.ended_petitions(get_db(), before=before)
    shown, place = cut(lines, PAGE, lambda line: (line.closed_at, line.id))
    next_url = url_for("petitions.ended", before=place) if place else None
    page = render_template(
        "petitions/ended.html",
        rows=_with_progress(shown),
        pills=PILLS,
        settlements=SETTLEMENTS,
        next_url=next_url,
        is_first=before is None,
    )
    return for_everyone(page, KEPT)


@bp.get("/guilds/<slug>/petitions")
@public
def of_guild(slug: str) -> Page:
    """A guild's petitions: all of them for its members, public ones for strangers."""
    db = get_db()
    found = get_guild(db, slug, viewer())
    if found is None:
        abort(404)
    guild, role = found
    before = read_place(request.args.get("before"))
    lines = lists.petitions_of_guild(db, guild, role, before=before)
    shown, place = cut(lines, PAGE, lambda line: (line.drafted_at, line.id))
    next_url = url_for("petitions.of_guild", slug=slug, before=place) if place else None
    return render_template(
        "petitions/of_guild.html",
        guild=guild,
        role=role,
        rows=_with_progress(shown),
        pills=PILLS,
        settlements=SETTLEMENTS,
        next_url=next_url,
        is_first=before is None,
        can_draft=rules.can_draft(role),
    )


@bp.get("/institutions/<uuid:institution_id>/petitions")
@public
def to_institution(institution_id: UUID) -> Page:
    """What an institution is asked for, and what it answered."""
    db = get_db()
    institution = get_institution(db, institution_id)
    if institution is None:
        abort(404)
    before = read_place(request.args.get("before"))
    lines = lists.petitions_to(db, institution_id, before=before)
    shown, place = cut(lines, PAGE, lambda line: (line.opened_at, line.id))
    further = url_for("petitions.to_institution", institution_id=institution_id, before=place)
    page = render_template(
        "petitions/to_institution.html",
        institution=institution,
        rows=_with_progress(shown),
        pills=PILLS,
        settlements=SETTLEMENTS,
        next_url=further if place else None,
        is_first=before is None,
    )
    return for_everyone(page, KEPT)


def _with_progress(lines: Sequence[Line]) -> list[tuple[Line, str]]:
    """Each with its progress in words; nothing is said of what nobody could sign."""
    return [
        (
            line,
            rules.progress_in_words(line.total, line.goal) if line.state in PUBLIC_STATES else "",
        )
        for line in lines
    ]
