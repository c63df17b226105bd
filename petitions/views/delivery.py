"""What a guild does after the close: hand over, note an answer, choose a day, settle, carry on."""

from collections.abc import Callable
from uuid import UUID

from flask import flash, redirect, render_template, url_for

from accounts.identity import me
from core import clock
from core.database import get_db
from core.fields import Form, text
from core.vault import get_vault
from institutions.contacts import contacts
from institutions.procedures import get_procedure
from petitions import answers, delivery, dossier
from petitions import outcome_rules as rules
from petitions.forms.delivery import AnswerForm, DeliveryForm, DueForm, SettleForm
from petitions.models import PetitionState
from petitions.queries import Shown
from petitions.views.blueprint import Page, asked, bp, find, spend_on_post, to, who

PER_PERSON = "20/hour;60/day"


@bp.route("/petitions/<uuid:petition_id>/deliver", methods=["GET", "POST"])
def deliver(petition_id: UUID) -> Page:
    """Record that it is handed over, and send a contact their link."""
    shown = _asked(
        petition_id,
        "petitions.deliver",
        lambda shown: rules.can_deliver(shown.petition.state, **who(shown)),
        "A closed petition is handed over by its author or an organiser.",
    )
    petition, db = shown.petition, get_db()
    dossier.ready_dossier(db, petition.id)
    can_link = rules.can_take_names(petition.state, shown.role)
    known = contacts(db, shown.institution, get_vault()) if can_link else []
    form = DeliveryForm().about(petition, known, me().time_zone)
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
    return to(petition, "then")


@bp.route("/petitions/<uuid:petition_id>/answer", methods=["GET", "POST"])
def answer(petition_id: UUID) -> Page:
    """Note an answer that came another way, with its source."""
    shown = _asked(
        petition_id,
        "petitions.answer",
        lambda shown: rules.can_note_answer(shown.petition.state, **who(shown)),
        "An answer is noted once it was handed over, by author or organisers.",
    )
    petition, db = shown.petition, get_db()
    form = AnswerForm().about(petition, me().time_zone)
    if not form.validate_on_submit():
        return _page("petitions/answer.html", shown, form)
    answers.note_answer(db, petition, actor=me(), said=form.said(), now=clock.now())
    db.commit()
    flash("The answer stands with the petition; who wished for news is told.", "good")
    return to(petition, "then")


@bp.route("/petitions/<uuid:petition_id>/answer-due", methods=["GET", "POST"])
def answer_due(petition_id: UUID) -> Page:
    """Choose another day for the answer."""
    shown = _asked(
        petition_id,
        "petitions.answer_due",
        lambda shown: rules.can_set_due(shown.petition.state, **who(shown)),
        "The day is chosen while a delivered petition waits for its answer.",
    )
    petition, db = shown.petition, get_db()
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
    return to(petition, "then")


@bp.route("/petitions/<uuid:petition_id>/settle", methods=["GET", "POST"])
def settle(petition_id: UUID) -> Page:
    """Say how it ended."""
    shown = _asked(
        petition_id,
        "petitions.settle",
        lambda shown: rules.can_settle(shown.petition.state, shown.role),
        "Organisers settle a petition that has closed.",
    )
    petition, db = shown.petition, get_db()
    if petition.state == PetitionState.CLOSED:
        dossier.ready_dossier(db, petition.id)
    form = SettleForm().about(petition)
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
    return to(petition, "then")


@bp.post("/petitions/<uuid:petition_id>/carry-on")
def carry_on(petition_id: UUID) -> Page:
    """Draft what follows it, with its text."""
    spend_on_post(PER_PERSON, "petitions.carry_on")
    db = get_db()
    petition = find(db, petition_id).petition
    new = answers.carry_on(db, petition, actor=me(), now=clock.now())
    db.commit()
    flash(
        "A draft with the same words. Change what you like, then put it before the guild.", "good"
    )
    return redirect(url_for("petitions.edit", petition_id=new.id), 303)


def _asked(petition_id: UUID, purpose: str, may: Callable[[Shown], bool], else_say: str) -> Shown:
    return asked(petition_id, PER_PERSON, purpose, may=may, else_say=else_say)


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
