"""Institutions: the public list, one of them, and adding another."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from accounts.identity import me, viewer
from core import clock
from core.database import get_db
from core.errors import NotAllowed
from core.fields import refuse, text
from core.paging import cut, read_place
from core.rates import spend
from core.security import public, safe_path
from core.vault import get_vault
from institutions import contacts, queries, services
from institutions.forms import (
    KIND_NAMES,
    ContactForm,
    CorrectionForm,
    InstitutionForm,
    ProcedureForm,
)
from institutions.models import Contact, Institution, InstitutionKind
from institutions.procedures import get_procedure, procedures

bp = Blueprint("institutions", __name__)

Page = str | tuple[str, int] | Response


@bp.get("/institutions")
@public
def index() -> Page:
    db = get_db()
    found = queries.institutions(db, before=read_place(request.args.get("before")))
    shown, place = cut(found, queries.PAGE, lambda one: (one.added_at, one.id))
    return render_template(
        "institutions/index.html",
        institutions=shown,
        kinds=KIND_NAMES,
        next_url=url_for("institutions.index", before=place) if place else None,
        is_first="before" not in request.args,
        can_add=queries.can_add(db, viewer()),
    )


@bp.get("/institutions/<uuid:institution_id>")
@public
def detail(institution_id: UUID) -> Page:
    institution = queries.get_institution(get_db(), institution_id)
    if institution is None:
        abort(404)
    person = viewer()
    can_add = queries.can_add(get_db(), person)
    known = contacts.contacts(get_db(), institution, get_vault()) if can_add else []
    return render_template(
        "institutions/detail.html",
        institution=institution,
        kind=KIND_NAMES[institution.kind.value],
        procedure=get_procedure(institution.procedure),
        can_add=can_add,
        can_correct=services.can_correct(institution, person),
        contacts=[(one, contacts.can_remove(one, person)) for one in known],
    )


@bp.route("/institutions/new", methods=["GET", "POST"])
def new() -> Page:
    form = InstitutionForm()
    if not form.validate_on_submit():
        if not form.is_submitted() and not queries.can_add(get_db(), viewer()):
            raise NotAllowed("Only people who belong to a guild add institutions.")
        return _form_page(form, 422 if form.is_submitted() else 200)
    spend("10/hour;30/day", "institutions.add", str(me().id))
    db = get_db()
    institution, is_new = services.add_institution(db, form.facts(), actor=me(), now=clock.now())
    if not is_new:
        refuse(form.name, "This institution is here already.")
        return _form_page(form, 422, existing=institution)
    db.commit()
    flash(f"{institution.name} is added. Petitions of every guild may address it.", "good")
    return redirect(url_for("institutions.detail", institution_id=institution.id), 303)


@bp.route("/institutions/<uuid:institution_id>/edit", methods=["GET", "POST"])
def edit(institution_id: UUID) -> Page:
    """Correct what is said of it."""
    _spend("institutions.correct")
    db = get_db()
    institution = _institution(db, institution_id)
    if not services.can_correct(institution, me()):
        raise NotAllowed("Only who added an institution corrects what is said of it.")
    form = CorrectionForm(data={"kind": institution.kind.value, "website": institution.website})
    if not form.validate_on_submit():
        page = render_template("institutions/edit.html", institution=institution, form=form)
        return page, 422 if form.is_submitted() else 200
    services.correct_institution(
        db,
        institution,
        kind=InstitutionKind(form.kind.data),
        website=text(form.website) or None,
        actor=me(),
        now=clock.now(),
    )
    db.commit()
    flash("What is said of it is changed.", "good")
    return redirect(url_for("institutions.detail", institution_id=institution.id), 303)


@bp.route("/institutions/<uuid:institution_id>/contacts/new", methods=["GET", "POST"])
def new_contact(institution_id: UUID) -> Page:
    """Enter somebody to write to."""
    _spend("institutions.contact")
    db = get_db()
    institution = _institution(db, institution_id)
    if not queries.can_add(db, me()):
        raise NotAllowed("Only people who belong to a guild enter contacts.")
    form = ContactForm()
    is_new = True
    if form.validate_on_submit():
        is_new = contacts.add_contact(
            db,
            institution,
            contacts.Reachable(text(form.name), text(form.address)),
            actor=me(),
            vault=get_vault(),
            now=clock.now(),
        )
        if not is_new:
            refuse(form.address, "This address is among its contacts already.")
    if not form.is_submitted() or form.errors or not is_new:
        page = render_template("institutions/new_contact.html", institution=institution, form=form)
        return page, 422 if form.is_submitted() else 200
    db.commit()
    flash("They can be written to when a petition is handed over.", "good")
    back = safe_path(request.args.get("next"))
    return redirect(back or url_for("institutions.detail", institution_id=institution.id), 303)


@bp.post("/institutions/<uuid:institution_id>/contacts/<uuid:contact_id>/remove")
def remove_contact(institution_id: UUID, contact_id: UUID) -> Page:
    """Forget somebody."""
    _spend("institutions.contact")
    db = get_db()
    institution = _institution(db, institution_id)
    contact = db.get(Contact, contact_id)
    if contact is None or contact.institution_id != institution.id:
        abort(404)
    contacts.remove_contact(db, institution, contact, actor=me(), now=clock.now())
    db.commit()
    flash("The contact is removed.", "good")
    return redirect(url_for("institutions.detail", institution_id=institution.id), 303)


@bp.route("/institutions/<uuid:institution_id>/procedure", methods=["GET", "POST"])
def procedure(institution_id: UUID) -> Page:
    """Say by which rules it answers petitions."""
    _spend("institutions.procedure")
    db = get_db()
    institution = _institution(db, institution_id)
    if not queries.can_add(db, me()):
        raise NotAllowed("Only people who belong to a guild say how it answers.")
    form = ProcedureForm(data={"procedure": institution.procedure}).offer()
    if not form.validate_on_submit():
        page = render_template(
            "institutions/procedure.html",
            institution=institution,
            form=form,
            procedures=list(procedures().values()),
        )
        return page, 422 if form.is_submitted() else 200
    contacts.choose_procedure(db, institution, text(form.procedure), actor=me(), now=clock.now())
    db.commit()
    flash("Petitions to it know now from how many signatures on it answers.", "good")
    return redirect(url_for("institutions.detail", institution_id=institution.id), 303)


def _spend(purpose: str) -> None:
    if request.method == "POST":
        spend("10/hour;30/day", purpose, str(me().id))


def _institution(db: Session, institution_id: UUID) -> Institution:
    institution = queries.get_institution(db, institution_id)
    if institution is None:
        abort(404)
    return institution


def _form_page(
    form: InstitutionForm, status: int, *, existing: Institution | None = None
) -> tuple[str, int]:
    return render_template("institutions/new.html", form=form, existing=existing), status
