"""Signatures on paper: organisers enter batches and strike them out; everyone sees the numbers."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for

from accounts.identity import me, viewer
from core import clock
from core.database import get_db
from core.errors import NotAllowed, RuleBroken
from core.fields import text
from core.paging import cut, read_place
from core.rates import spend
from core.security import public
from guilds.models import ORGANISING_ROLES
from petitions import paper
from petitions.forms.desk import PaperForm, StrikeForm
from petitions.models import PUBLIC_STATES
from petitions.queries import Shown
from petitions.views.blueprint import Page, bp, find

PER_PERSON = "60/hour"


@bp.get("/petitions/<uuid:petition_id>/paper")
@public
def paper_batches(petition_id: UUID) -> Page:
    """Every batch: numbers, places and days for everyone, the rest for organisers."""
    shown = find(get_db(), petition_id)
    if shown.petition.state not in PUBLIC_STATES:
        abort(404)
    return _page(shown, PaperForm())


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
        form=form,
    )
