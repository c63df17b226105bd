"""The institution's own page, by the link it was sent: read, take the files, answer. No account."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, url_for
from sqlmodel import Session

from core import clock
from core.database import get_db
from core.rates import source, spend
from core.security import public
from core.vault import get_vault
from institutions.models import Contact, Institution
from petitions import answers, delivery, dossier
from petitions import outcome_rules as rules
from petitions.check_script import NAME
from petitions.delivery_models import Delivery
from petitions.forms.delivery import LinkAnswerForm
from petitions.models import Petition
from petitions.outcome_notices import numbers
from petitions.views.blueprint import Page, bp
from petitions.views.dossier import names_file

#: whoever holds the link may do so much
PER_LINK = "10/hour;30/day"
PER_SOURCE = "60/hour"


@bp.get("/deliveries/<token>")
@public
def handed_over(token: str) -> Page:
    """The petition as its institution meets it."""
    return _page(_delivery(get_db(), token), token, LinkAnswerForm(), 200)


@bp.post("/deliveries/<token>/answer")
@public
def answer_by_link(token: str) -> Page:
    """Take their answer."""
    delivery_id = _read(token)
    spend(PER_LINK, "petitions.answer_by_link", str(delivery_id))
    spend(PER_SOURCE, "petitions.answer_by_link", source())
    db = get_db()
    row = _delivery(db, token)
    form = LinkAnswerForm()
    if not form.validate_on_submit():
        return _page(row, token, form, 422)
    answers.answer_by_link(db, row, said=form.said(), now=clock.now())
    db.commit()
    flash("Thank you. Your answer stands with the petition now.", "good")
    return redirect(url_for("petitions.handed_over", token=token), 303)


@bp.post("/deliveries/<token>/signatures.csv")
@public
def names_by_link(token: str) -> Page:
    """The names that signatories let them have: until it is settled."""
    delivery_id = _read(token)
    spend(PER_LINK, "petitions.names_by_link", str(delivery_id))
    db = get_db()
    petition = delivery.take_names_by_link(db, _delivery(db, token), now=clock.now())
    db.commit()
    return names_file(petition.id)


def _read(token: str) -> UUID:
    found = get_vault().read_link_token(delivery.LINK, token)
    if found is None:
        abort(404)
    return found


def _delivery(db: Session, token: str) -> Delivery:
    """What the link is about; 404 for a link that is not ours, or to who is no contact any more."""
    row = db.get(Delivery, _read(token))
    if row is None or row.contact_id is None:
        abort(404)
    return row


def _page(row: Delivery, token: str, form: LinkAnswerForm, status: int) -> tuple[str, int]:
    db = get_db()
    petition = db.get_one(Petition, row.petition_id)
    contact = db.get_one(Contact, row.contact_id)
    page = render_template(
        "petitions/handed_over.html",
        petition=petition,
        institution=db.get_one(Institution, petition.institution_id),
        guilds=dossier.guild_names(db, petition),
        contact=contact,
        token=token,
        form=form,
        row=row,
        numbers=numbers(petition),
        held=dossier.get_dossier(db, petition.id),
        answers=answers.answers(db, petition.id),
        can_answer=rules.can_be_answered(petition.state),
        script=NAME,
    )
    return page, status
