"""Institutions: the public list, one of them, and adding another."""

from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from accounts.identity import me, viewer
from core import clock
from core.database import get_db
from core.errors import NotAllowed
from core.fields import refuse
from core.paging import read_place, write_place
from core.rates import spend
from core.security import public, safe_path
from institutions import queries, services
from institutions.forms import KIND_NAMES, InstitutionForm
from institutions.models import Institution, InstitutionKind

bp = Blueprint("institutions", __name__)

Page = str | tuple[str, int] | Response


@bp.get("/institutions")
@public
def index() -> Page:
    db = get_db()
    found = queries.institutions(db, before=read_place(request.args.get("before")))
    shown = found[: queries.PAGE]
    next_url = None
    if len(found) > queries.PAGE:
        place = write_place(shown[-1].added_at, shown[-1].id)
        next_url = url_for("institutions.index", before=place)
    return render_template(
        "institutions/index.html",
        institutions=shown,
        kinds=KIND_NAMES,
        next_url=next_url,
        is_first="before" not in request.args,
        can_add=queries.can_add(db, viewer()),
    )


@bp.get("/institutions/<uuid:institution_id>")
@public
def detail(institution_id: UUID) -> Page:
    institution = queries.get_institution(get_db(), institution_id)
    if institution is None:
        abort(404)
    return render_template(
        "institutions/detail.html", institution=institution, kind=KIND_NAMES[institution.kind.value]
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
    institution, is_new = services.add_institution(db, _facts(form), actor=me(), now=clock.now())
    if not is_new:
        refuse(form.name, "This institution is here already.")
        return _form_page(form, 422, existing=institution)
    db.commit()
    flash(f"{institution.name} is added. Petitions of every guild may address it.", "good")
    back = _way_back(institution)
    return redirect(back or url_for("institutions.detail", institution_id=institution.id), 303)


def _way_back(institution: Institution) -> str | None:
    """The draft that sent the person here, with the institution chosen; none if no draft did."""
    path = safe_path(request.args.get("next"))
    return f"{path.partition('?')[0]}?institution={institution.id}" if path else None


def _facts(form: InstitutionForm) -> services.InstitutionFacts:
    return services.InstitutionFacts(
        name=form.name.data or "",
        kind=InstitutionKind(form.kind.data),
        jurisdiction=form.jurisdiction.data or "",
        website=form.website.data or None,
    )


def _form_page(
    form: InstitutionForm, status: int, *, existing: Institution | None = None
) -> tuple[str, int]:
    way_back = _way_back(existing) if existing else None
    page = render_template("institutions/new.html", form=form, existing=existing, way_back=way_back)
    return page, status
