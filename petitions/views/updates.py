"""News of a petition: read by everyone, posted by organisers, ended by a link in its mail."""

from datetime import timedelta
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for

from accounts.identity import me
from core import clock
from core.database import get_db
from core.errors import NotAllowed, RuleBroken
from core.fields import Form
from core.paging import cut, read_place
from core.rates import source, spend
from core.security import public
from core.vault import get_vault
from petitions import milestones, rules, signatures, signing, updates
from petitions.forms.updates import OTHER, UpdateForm
from petitions.models import PUBLIC_STATES
from petitions.queries import Shown
from petitions.telling import STOP
from petitions.views.blueprint import Page, bp, find, who
from petitions.views.caching import for_everyone

PER_PERSON = "10/hour;20/day"
SOON = timedelta(minutes=1)


@bp.get("/petitions/<uuid:petition_id>/updates")
@public
def news(petition_id: UUID) -> Page:
    """All news of a petition, the latest first."""
    db = get_db()
    shown = _public(petition_id)
    before = read_place(request.args.get("before"))
    found = updates.news(db, petition_id, before=before)
    pieces, place = cut(found, updates.PAGE, lambda piece: (piece.posted_at, piece.id))
    further = url_for("petitions.news", petition_id=petition_id, before=place)
    page = render_template(
        "petitions/updates.html",
        petition=shown.petition,
        pieces=pieces,
        can_post=_can_post(shown),
        next_url=further if place else None,
        is_first=before is None,
    )
    return for_everyone(page, SOON)


def _public(petition_id: UUID) -> Shown:
    shown = find(get_db(), petition_id)
    if shown.petition.state not in PUBLIC_STATES:
        abort(404)
    return shown


def _can_post(shown: Shown) -> bool:
    return rules.can_post_update(shown.petition.state, **who(shown))


@bp.route("/petitions/<uuid:petition_id>/updates/new", methods=["GET", "POST"])
def post_update(petition_id: UUID) -> Page:
    """Write news."""
    if request.method == "POST":
        spend(PER_PERSON, "petitions.post_update", str(me().id))
    db = get_db()
    shown = _public(petition_id)
    if not _can_post(shown):
        raise NotAllowed("Only its author and the guild's organisers post news of a petition.")
    petition = shown.petition
    total = petition.signature_count + petition.paper_count
    form = UpdateForm(data={"milestone": request.args.get("about", OTHER)})
    form.offer([one for one in milestones.passed(db, petition_id, total) if one.is_above])
    if not form.validate_on_submit():
        page = render_template(
            "petitions/post_update.html",
            petition=petition,
            form=form,
            readers=updates.reader_count(db, petition_id),
            most=updates.READERS_MOST,
        )
        return page, 422 if form.is_submitted() else 200
    updates.post_update(db, petition, news=form.news(), actor=me(), now=clock.now())
    db.commit()
    flash("The news is on the page, and goes out by mail to those who wished for it.", "good")
    return redirect(url_for("petitions.news", petition_id=petition_id), 303)


@bp.get("/signatures/<token>/updates")
@public
def stop_updates(token: str) -> Page:
    """Where the link of each mail leads: asks once, or says that it is done."""
    line = signatures.get_signature(get_db(), _signature(token))
    if line is None:
        raise RuleBroken(signing.GONE)
    return render_template("petitions/stop_updates.html", line=line, form=Form())


@bp.post("/signatures/<token>/updates")
@public
def choose_updates(token: str) -> Page:
    """The button: no more news of this petition, or news again. The signature stays."""
    spend("60/minute", "petitions.updates", source())
    db = get_db()
    updates.want_updates(db, _signature(token), "again" in request.form)
    db.commit()
    return redirect(url_for("petitions.stop_updates", token=token), 303)


def _signature(token: str) -> UUID:
    """The signature a link names. 404 for links we did not make."""
    signature_id = get_vault().read_link_token(STOP, token)
    if signature_id is None:
        abort(404)
    return signature_id
