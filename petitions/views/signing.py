"""Signing without an account: the form, "check your mail", and the two links of a signature.

What these pages say never depends on who signed before. Links open pages, buttons do deeds.
"""

from uuid import UUID

from flask import abort, redirect, render_template, url_for
from werkzeug.exceptions import TooManyRequests

from core import clock
from core.addresses import fold
from core.database import get_db, reading
from core.errors import RuleBroken
from core.fields import Form, text
from core.rates import source, spend
from core.security import public
from core.vault import get_vault
from petitions import queries, rules, signing
from petitions.forms.signatures import ConfirmForm, SignForm
from petitions.models import SignatureState
from petitions.notices import CONFIRM, WITHDRAW
from petitions.queries import SignatureLine, SigningTarget
from petitions.views.blueprint import Page, bp

PER_SOURCE = "20/minute;200/hour"
PER_MAILBOX = "5/hour"


@bp.get("/petitions/<uuid:petition_id>/sign")
@public
def sign(petition_id: UUID) -> Page:
    """The form."""
    target = queries.signing_target(get_db(), petition_id)
    if target is None:
        abort(404)
    if not rules.can_sign(target.state, target.closes_on, clock.now()):
        return redirect(url_for("petitions.detail", petition_id=petition_id))
    return _form_page(target, SignForm())


@bp.post("/petitions/<uuid:petition_id>/sign")
@public
def take_signature(petition_id: UUID) -> Page:
    """Take a signature; the answer is the same whatever is known of the mailbox."""
    spend(PER_SOURCE, "petitions.sign", source())
    form = SignForm()
    if not form.validate():
        with reading() as db:
            target = queries.signing_target(db, petition_id)
        if target is None:
            abort(404)
        return _form_page(target, form), 422
    sent = redirect(url_for("petitions.check_mail", petition_id=petition_id), 303)
    if text(form.homepage):
        return sent  # a machine: let it believe it was taken
    signatory = form.signatory()
    may_write = _mailbox_may_be_written_to(signatory.address)
    db = get_db()
    target = queries.signing_target(db, petition_id)
    if target is None:
        abort(404)
    signing.sign_petition(
        db,
        target,
        signatory=signatory,
        vault=get_vault(),
        now=clock.now(),
        may_write=may_write,
    )
    db.commit()
    return sent


def _mailbox_may_be_written_to(address: str) -> bool:
    """Spend one of the mailbox's hour; a refusal stays unseen: it would tell of others' tries."""
    try:
        spend(PER_MAILBOX, "petitions.mailbox", fold(address))
    except TooManyRequests:
        return False
    return True


def _form_page(target: SigningTarget, form: SignForm) -> str:
    return render_template(
        "petitions/sign.html",
        target=target,
        form=form,
        unconfirmed_days=rules.UNCONFIRMED_KEPT.days,
        kept_days=rules.SIGNATORIES_KEPT.days,
    )


@bp.get("/petitions/<uuid:petition_id>/sign/check-your-mail")
@public
def check_mail(petition_id: UUID) -> Page:
    """What everybody sees who has sent the form."""
    target = queries.signing_target(get_db(), petition_id)
    if target is None:
        abort(404)
    return render_template(
        "petitions/check_mail.html", target=target, unconfirmed_days=rules.UNCONFIRMED_KEPT.days
    )


@bp.get("/signatures/<token>/confirm")
@public
def confirm(token: str) -> Page:
    """Where the mail leads: a page with a button, or what came of it."""
    line = _signature(CONFIRM, token)
    form = ConfirmForm(name=line.name, name_is_public=line.name_is_public)
    return _confirm_page(line, form)


@bp.post("/signatures/<token>/confirm")
@public
def count_signature(token: str) -> Page:
    """The button: the signature counts from here on."""
    spend("60/minute", "petitions.confirm", source())
    form = ConfirmForm()
    if not form.validate():
        return _confirm_page(_signature(CONFIRM, token), form), 422
    db = get_db()
    line = _signature(CONFIRM, token)
    signing.confirm_signature(
        db,
        line.id,
        now=clock.now(),
        name=text(form.name),
        name_is_public=bool(form.name_is_public.data),
    )
    db.commit()
    return redirect(url_for("petitions.confirm", token=token), 303)


def _confirm_page(line: SignatureLine, form: ConfirmForm) -> str:
    withdraw = get_vault().link_token(WITHDRAW, line.id)
    return render_template(
        "petitions/confirm.html",
        line=line,
        form=form,
        withdraw_url=url_for("petitions.withdraw_signature", token=withdraw),
    )


@bp.get("/signatures/<token>/withdraw")
@public
def withdraw_signature(token: str) -> Page:
    """Where the other link of each mail leads: asks once, or says that it is done."""
    line = _signature(WITHDRAW, token)
    return render_template(
        "petitions/withdraw_signature.html",
        line=line,
        form=Form(),
        is_done=line.state == SignatureState.WITHDRAWN,
    )


@bp.post("/signatures/<token>/withdraw")
@public
def take_signature_back(token: str) -> Page:
    """The button: the signature no longer counts, and who gave it is forgotten."""
    spend("60/minute", "petitions.withdraw", source())
    db = get_db()
    line = _signature(WITHDRAW, token)
    signing.withdraw_signature(db, line.id, now=clock.now())
    db.commit()
    return redirect(url_for("petitions.withdraw_signature", token=token), 303)


def _signature(purpose: str, token: str) -> SignatureLine:
    """The signature a link names. 404 for links we did not make."""
    signature_id = get_vault().read_link_token(purpose, token)
    if signature_id is None:
        abort(404)
    line = queries.get_signature(get_db(), signature_id)
    if line is None:
        raise RuleBroken(signing.GONE)
    return line
