"""What a guild does after the close: hand over, note an answer, choose a day, settle, carry on."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from accounts.identity import me
from core import clock
from core.database import get_db
from core.errors import NotAllowed
from core.fields import Form, text
from core.rates import spend
from core.vault import get_vault
from institutions.contacts import contacts
from institutions.procedures import get_procedure
from petitions import answers, delivery, dossier
from petitions import outcome_rules as rules
from petitions.forms.delivery import AnswerForm, DeliveryForm, DueForm, SettleForm
from petitions.models import Petition, PetitionState
from petitions.queries import Shown
from petitions.views.blueprint import Page, bp, find

PER_PERSON = "20/hour;60/day"


@bp.route("/petitions/<uuid:petition_id>/deliver", methods=["GET", "POST"])
def deliver(petition_id: UUID) -> Page:
    """Record that it is handed over, and send a contact their link."""
    _spend("petitions.deliver")
    db = get_db()
    shown = find(db, petition_id)
    petition = shown.petition
    if not rules.can_deliver(petition.state, **_who(shown)):
        raise NotAllowed("A closed petition is handed over by its author or an organiser.")
    dossier.ready_dossier(db, petition.id)
    can_link = rules.can_take_names(petition.state, shown.role)
    known = contacts(db, shown.institution, get_vault()) if can_link else []
    form = DeliveryForm().about(petition, known)
    if not form.validate_on_submit():
        promised = delivery.promised_answer(db, petition, clock.now().date())
        return _page(
            "petitions/deliver.html",
            shown,
            form,
            can_link=can_link,
            promised=promised,
            procedure=get_procedure(shown.institution.procedure),
        )
    row = delivery.deliver(db, petition, actor=me(), handover=form.handover(), now=clock.now())
    db.commit()
    sent = " The mail with the link leaves within a minute." if row.contact_id else ""
    flash(f"It is on record that it was handed over.{sent}", "good")
    return _to(petition)


@bp.route("/petitions/<uuid:petition_id>/answer", methods=["GET", "POST"])
def answer(petition_id: UUID) -> Page:
    """Note an answer that came another way, with its source."""
    _spend("petitions.answer")
    db = get_db()
    shown = find(db, petition_id)
    petition = shown.petition
    if not rules.can_note_answer(petition.state, **_who(shown)):
        raise NotAllowed("An answer is noted once it was handed over, by author or organisers.")
    form = AnswerForm().about(petition)
    if not form.validate_on_submit():
        return _page("petitions/answer.html", shown, form)
    answers.note_answer(db, petition, actor=me(), said=form.said(), now=clock.now())
    db.commit()
    flash("The answer stands with the petition; who wished for news is told.", "good")
    return _to(petition)


@bp.route("/petitions/<uuid:petition_id>/answer-due", methods=["GET", "POST"])
def answer_due(petition_id: UUID) -> Page:
    """Choose another day for the answer."""
    _spend("petitions.answer_due")
    db = get_db()
    shown = find(db, petition_id)
    petition = shown.petition
    if not rules.can_set_due(petition.state, **_who(shown)):
        raise NotAllowed("The day is chosen while a delivered petition waits for its answer.")
    known = {"due_on": petition.answer_due_on, "because": petition.answer_due_because}
    form = DueForm(data=known)
    if not form.validate_on_submit():
        return _page("petitions/answer_due.html", shown, form)
    assert form.due_on.data is not None
    delivery.set_answer_due(
        db,
        petition,
        actor=me(),
        due_on=form.due_on.data,
        because=text(form.because),
        now=clock.now(),
    )
    db.commit()
    flash("You are reminded a week before, on the day, and two weeks after.", "good")
    return _to(petition)


@bp.route("/petitions/<uuid:petition_id>/settle", methods=["GET", "POST"])
def settle(petition_id: UUID) -> Page:
    """Say how it ended."""
    _spend("petitions.settle")
    db = get_db()
    shown = find(db, petition_id)
    petition = shown.petition
    if not rules.can_settle(petition.state, shown.role):
        raise NotAllowed("Organisers settle a petition that has closed.")
    if petition.state == PetitionState.CLOSED:
        dossier.ready_dossier(db, petition.id)
    form = SettleForm()
    if not form.validate_on_submit():
        return _page("petitions/settle.html", shown, form)
    answers.settle(
        db,
        petition,
        actor=me(),
        settlement=form.outcome(),
        reason=text(form.reason),
        now=clock.now(),
    )
    db.commit()
    flash("It is settled. Thank you for seeing it through.", "good")
    return _to(petition)


@bp.post("/petitions/<uuid:petition_id>/carry-on")
def carry_on(petition_id: UUID) -> Page:
    """Draft what follows it, with its text."""
    _spend("petitions.carry_on")
    db = get_db()
    petition = find(db, petition_id).petition
    new = answers.carry_on(db, petition, actor=me(), now=clock.now())
    db.commit()
    flash(
        "A draft with the same words. Change what you like, then put it before the guild.", "good"
    )
    return redirect(url_for("petitions.edit", petition_id=new.id), 303)


def _spend(purpose: str) -> None:
    if request.method == "POST":
        spend(PER_PERSON, purpose, str(me().id))


def _who(shown: Shown) -> dict[str, Any]:
    return {"role": shown.role, "is_author": shown.petition.author_id == me().id}


def _page(template: str, shown: Shown, form: Form, **more: object) -> tuple[str, int]:
    page = render_template(
        template,
        petition=shown.petition,
        institution=shown.institution,
        guild=shown.guild,
        role=shown.role,
        form=form,
        **more,
    )
    return page, 422 if form.is_submitted() else 200


def _to(petition: Petition) -> Response:
    there = url_for("petitions.detail", petition_id=petition.id, _anchor="then")
    return redirect(there, 303)
