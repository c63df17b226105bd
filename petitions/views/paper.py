"""Signatures on paper: organisers enter batches and strike them out; everyone sees the numbers."""

from datetime import timedelta
from uuid import UUID

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from accounts.identity import me, viewer
from core import clock
from core.database import get_db
from core.errors import NotAllowed, RuleBroken
from core.fields import text
from core.paging import cut, read_place
from core.rates import source, spend
from core.security import public
from guilds.models import ORGANISING_ROLES
from petitions import paper, posters, queries, rules
from petitions.forms.desk import PaperForm, StrikeForm
from petitions.models import PUBLIC_STATES
from petitions.queries import Shown
from petitions.views.blueprint import Page, bp, find
from petitions.views.caching import for_everyone

PER_PERSON = "60/hour"
#: drawing a sheet takes a third of a second
PER_SOURCE = "20/minute"
SHEET_KEPT = timedelta(hours=1)


@bp.get("/petitions/<uuid:petition_id>/paper")
@public
def paper_batches(petition_id: UUID) -> Page:
    """Every batch: numbers, places and days for everyone, the rest for organisers."""
    shown = find(get_db(), petition_id)
    if shown.petition.state not in PUBLIC_STATES:
        abort(404)
    return _page(shown, PaperForm())


@bp.get("/petitions/<uuid:petition_id>/sheet.pdf")
@public
def sheet(petition_id: UUID) -> Page:
    """A4, to print and have signed; the same for everybody."""
    spend(PER_SOURCE, "petitions.sheet", source())
    shown = queries.get_petition(get_db(), petition_id, None)
    if shown is None:
        abort(404)
    petition = shown.petition
    if not rules.can_sign(petition.state, petition.closes_on, clock.now()):
        raise RuleBroken("This petition takes no more signatures.")
    link = current_app.config["PUBLIC_URL"] + url_for("petitions.detail", petition_id=petition_id)
    tries = tuple(
        render_template(
            "petitions/sheet.html",
            petition=petition,
            institution=shown.institution,
            guild=shown.guild if shown.shows_guild else None,
            link=link,
            rows=lines,
        )
        for lines in posters.LINES
    )
    answer = Response(posters.draw_sheet(tries, petition.title), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="sheet.pdf"'
    return for_everyone(answer, SHEET_KEPT)


@bp.post("/petitions/<uuid:petition_id>/paper")
def enter_paper(petition_id: UUID) -> Page:
    """Enter a batch."""
    spend(PER_PERSON, "petitions.paper", str(me().id))
    db = get_db()
    shown, form = find(db, petition_id), PaperForm()
    if not _can_enter(shown):
        raise NotAllowed("Organisers enter paper until signing has ended.")
    if not form.validate():
        return _page(shown, form), 422
    try:
        paper.enter_batch(db, shown.petition, actor=me(), batch=form.batch(), now=clock.now())
    except RuleBroken as refusal:
        db.rollback()
        form.form_errors.append(str(refusal))
        return _page(find(db, petition_id), form), 422
    db.commit()
    flash("The batch is entered and counts.", "good")
    return redirect(url_for("petitions.paper_batches", petition_id=petition_id), 303)


@bp.route("/petitions/<uuid:petition_id>/paper/<uuid:batch_id>/strike", methods=["GET", "POST"])
def strike_paper(petition_id: UUID, batch_id: UUID) -> Page:
    """Strike a batch out: asks once, for the reason."""
    spend(PER_PERSON, "petitions.strike", str(me().id))
    db = get_db()
    shown, form = find(db, petition_id), StrikeForm()
    batch = paper.get_batch(db, petition_id, batch_id)
    if batch is None:
        abort(404)
    if not _can_enter(shown):
        raise NotAllowed("Organisers strike paper out until signing has ended.")
    if batch.struck_at is not None:
        raise RuleBroken("This batch is struck out already.")
    if not form.validate_on_submit():
        page = render_template(
            "petitions/strike.html", petition=shown.petition, batch=batch, form=form
        )
        return page, 422 if form.is_submitted() else 200
    paper.strike_batch(db, batch, actor=me(), reason=text(form.reason), now=clock.now())
    db.commit()
    flash("The batch is struck out and no longer counts.", "good")
    return redirect(url_for("petitions.paper_batches", petition_id=petition_id), 303)


def _can_enter(shown: Shown) -> bool:
    petition = shown.petition
    return viewer() is not None and paper.can_enter(
        petition.state, petition.closes_on, petition.closed_at, shown.role, clock.now()
    )


def _page(shown: Shown, form: PaperForm) -> str:
    before = read_place(request.args.get("before"))
    found = paper.batches(get_db(), shown.petition.id, before=before)
    batches, next_place = cut(found, paper.PAGE, lambda batch: (batch.entered_at, batch.id))
    return render_template(
        "petitions/paper.html",
        petition=shown.petition,
        guild=shown.guild if shown.shows_guild else None,
        role=shown.role,
        batches=batches,
        next_place=next_place,
        is_first=before is None,
        is_organiser=shown.role in ORGANISING_ROLES,
        can_enter=_can_enter(shown),
        can_sign=rules.can_sign(shown.petition.state, shown.petition.closes_on, clock.now()),
        form=form,
    )
