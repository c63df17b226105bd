"""What of a petition others take along: its count, figures as JSON and CSV, QR code and poster."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Response as FlaskResponse
from flask import abort, current_app, jsonify, render_template, request, url_for
from werkzeug.wrappers import Response

from core import clock, sheets
from core.database import get_db
from core.rates import source, spend
from core.security import public
from core.templating import in_words
from petitions import joining, posters, progress, queries, rules
from petitions.models import PUBLIC_STATES, Petition
from petitions.queries import Shown
from petitions.views.blueprint import bp
from petitions.views.caching import counted_lately, for_everyone, is_known, page_tag, unchanged

#: how long a count may be kept by whoever asks for it again and again, and the other things
COUNT_KEPT, FIGURES_KEPT = timedelta(seconds=10), timedelta(minutes=1)
CODE_KEPT, POSTER_KEPT = timedelta(days=30), timedelta(hours=1)
#: drawing takes a third of a second
PER_SOURCE = "20/minute"


@bp.get("/petitions/<uuid:petition_id>/count")
@public
def count(petition_id: UUID) -> Response:
    """The counters alone, for pages that stay open: one row, and 304 while it stays as it is."""
    counted = counted_lately(petition_id)
    if counted is None:
        abort(404)
    tag = f"{counted.signature_count}-{counted.paper_count}-{counted.goal}-{counted.state.value}"
    response: Response
    response = FlaskResponse(status=304) if is_known(tag) else jsonify(_words(counted))
    response.set_etag(tag)
    response.cache_control.public = True
    response.cache_control.max_age = int(COUNT_KEPT.total_seconds())
    return response


def _words(counted: progress.Counted) -> dict[str, Any]:
    """The counters, and what the page says of them."""
    told = progress.facts(counted)
    told["sentence"] = rules.progress_in_words(counted.total, counted.goal)
    if counted.paper_count:
        told["apart"] = rules.kinds_in_words(counted.signature_count, counted.paper_count)
    if counted.counted_at:
        told["as_of"] = in_words(counted.counted_at, ZoneInfo("UTC"))
    return told


def _public(petition_id: UUID) -> Shown:
    """A petition as strangers see it: files are the same for all."""
    shown = queries.get_petition(get_db(), petition_id, None)
    if shown is None or shown.petition.state not in PUBLIC_STATES:
        abort(404)
    return shown


def _link(petition_id: UUID) -> str:
    """Its address for people elsewhere."""
    return str(current_app.config["PUBLIC_URL"]) + url_for(
        "petitions.detail", petition_id=petition_id
    )


@bp.get("/petitions/<uuid:petition_id>/figures.json")
@public
def figures_json(petition_id: UUID) -> Response:
    """Counts over time, by the hour in UTC, and by place."""
    tag = page_tag(petition_id)
    if tag is not None and is_known(tag):
        return unchanged(tag, FIGURES_KEPT)
    petition = _public(petition_id).petition
    db = get_db()
    rows = progress.places(db, petition_id, petition.signature_count)
    answer = jsonify(
        petition=_link(petition_id),
        title=petition.title,
        **progress.facts(_counted(petition)),
        hours=[
            one._asdict() | {"hour": one.hour.isoformat()}
            for one in progress.hours(db, petition_id)
        ],
        places=[{"kind": kind, "name": name, "signatures": n} for kind, name, n in rows],
    )
    return for_everyone(answer, FIGURES_KEPT, tag)


def _counted(petition: Petition) -> progress.Counted:
    return progress.Counted(*(getattr(petition, name) for name in progress.Counted._fields))


@bp.get("/petitions/<uuid:petition_id>/figures.csv")
@public
def figures_csv(petition_id: UUID) -> Response:
    """Counts over time, a line an hour."""
    _public(petition_id)
    rows = ((one.hour.isoformat(), *one[1:]) for one in progress.hours(get_db(), petition_id))
    return _csv(progress.Hour._fields, rows, petition_id, "over-time")


@bp.get("/petitions/<uuid:petition_id>/places.csv")
@public
def places_csv(petition_id: UUID) -> Response:
    """Signatures by country and by region; small places in one line."""
    petition = _public(petition_id).petition
    rows = progress.places(get_db(), petition_id, petition.signature_count)
    return _csv(("kind", "place", "signatures"), rows, petition_id, "by-place")


def _csv(
    header: Sequence[str], rows: Iterable[Sequence[str | int]], petition_id: UUID, name: str
) -> Response:
    pieces: Iterator[str] = sheets.lines(header, rows)
    response = FlaskResponse("".join(pieces), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return for_everyone(response, FIGURES_KEPT, page_tag(petition_id)).make_conditional(request)


@bp.get("/petitions/<uuid:petition_id>/qr.png")
@public
def qr_code(petition_id: UUID) -> Response:
    """The petition's address for phones; it never changes."""
    _public(petition_id)
    response = FlaskResponse(posters.qr_code(_link(petition_id)), mimetype="image/png")
    return _kept(response, CODE_KEPT, _link(petition_id))


@bp.get("/petitions/<uuid:petition_id>/poster.pdf")
@public
def poster(petition_id: UUID) -> Response:
    """A4, to print and pin up."""
    spend(PER_SOURCE, "petitions.poster", source())
    shown = _public(petition_id)
    petition = shown.petition
    html = render_template(
        "petitions/poster.html",
        petition=petition,
        institution=shown.institution,
        guild=shown.guild if shown.shows_guild else None,
        others=joining.public_names(get_db(), petition_id),
        can_sign=rules.can_sign(petition.state, petition.closes_on, clock.now()),
        link=_link(petition_id),
    )
    drawn = posters.draw_poster(html, petition.title, _link(petition_id))
    response = FlaskResponse(drawn, mimetype="application/pdf")
    response.headers["Content-Disposition"] = 'inline; filename="poster.pdf"'
    return _kept(response, POSTER_KEPT, html)


def _kept(response: Response, kept: timedelta, made_of: str) -> Response:
    """Files that hold nothing of whoever asks."""
    response.cache_control.public = True
    response.cache_control.max_age = int(kept.total_seconds())
    response.set_etag(sha256(made_of.encode("utf-8", "surrogatepass")).hexdigest()[:20])
    return response.make_conditional(request)
