"""Signing without an account: the form, "check your mail", and the two links of a signature.

What these pages say never depends on who signed before. Links open pages, buttons do deeds.
"""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import TooManyRequests

from core import clock
from core.addresses import fold
from core.database import get_db
from core.errors import RuleBroken
from core.fields import Form, text
from core.rates import count_each, may_spend, network, network_label, source, spend
from core.security import public
from core.vault import get_vault
from core.wire import get_wire
from petitions import confirming, limits, rules, signatures, signing
from petitions.confirming import WrongCode
from petitions.forms.signatures import AgainForm, ChoicesForm, CodeForm, SignForm
from petitions.limits import Use
from petitions.models import Petition, PetitionState, SignatureState
from petitions.notices import CONFIRM, WITHDRAW
from petitions.receipts import Receipts, in_groups
from petitions.signatures import SignatureLine, Target
from petitions.views.blueprint import Page, bp

PER_SOURCE = "120/minute;2000/hour"
#: uses of a mail's link, which says whose it is: neighbours of a carrier's share no limit
PER_SIGNATURE = "30/hour"
#: tries of a code, whoever tries
PER_MAILBOX_CODES = "10/hour;30/day"
PER_MAILBOX_AGAIN = "3/hour"


def _target(petition_id: UUID) -> Target:
    target = signatures.get_target(get_wire(), petition_id, clock.now())
    if target is None:
        abort(404)
    return target


@bp.get("/petitions/<uuid:petition_id>/sign")
@public
def sign(petition_id: UUID) -> Page:
    """The form."""
    target = _target(petition_id)
    if not rules.can_sign(target.state, target.closes_on, clock.now()):
        return redirect(url_for("petitions.detail", petition_id=petition_id))
    return _form_page(target, SignForm().offer(target.regions))


@bp.post("/petitions/<uuid:petition_id>/sign")
@public
def take_signature(petition_id: UUID) -> Page:
    """Take a signature; the answer is the same whatever is known of the mailbox."""
    target = _target(petition_id)
    form = SignForm().offer(target.regions)
    if not form.validate():
        return _form_page(target, form), 422
    sent = redirect(url_for("petitions.check_mail", petition_id=petition_id), 303)
    if text(form.homepage):
        return sent  # a machine: let it believe it was taken
    signatory = form.signatory()
    use = _use(petition_id, signatory.address)
    if use.is_flood(target.hourly):
        raise TooManyRequests
    signing.sign_petition(
        get_wire(),
        target,
        signatory=signatory,
        vault=get_vault(),
        now=clock.now(),
        network_hash=network_label(str(petition_id)),
        is_held=use.is_burst(target.hourly),
        may_write=use.may_write,
    )
    return sent


def _use(petition_id: UUID, address: str) -> Use:
    """Count this signature for where it comes from and goes to; nothing of it shows."""
    petition = str(petition_id)
    return Use(
        *count_each(
            limits.WINDOW,
            ("petitions.source", petition, source()),
            ("petitions.network", petition, network()),
            ("petitions.mailbox", fold(address)),
            ("petitions.petition", petition, str(secrets.randbelow(limits.PARTS))),
        )
    )


def _form_page(target: Target, form: SignForm) -> str:
    return render_template(
        "petitions/sign.html",
        target=target,
        form=form,
        unconfirmed_days=rules.UNCONFIRMED_KEPT.days,
        ends_at=_ends_sooner_at(target),
    )


def _ends_sooner_at(target: Target) -> datetime | None:
    """When nobody confirms any more, if that is sooner than a signature given now is forgotten."""
    now = clock.now()
    until = rules.confirm_until(now, target.closes_on, target.closed_at)
    return until if until < now + rules.UNCONFIRMED_KEPT else None


@bp.get("/petitions/<uuid:petition_id>/sign/check-your-mail")
@public
def check_mail(petition_id: UUID) -> Page:
    """What everybody sees who has sent the form."""
    return _check_mail_page(_target(petition_id), CodeForm())


def _check_mail_page(target: Target, form: CodeForm) -> str:
    return render_template(
        "petitions/check_mail.html",
        target=target,
        form=form,
        unconfirmed_days=rules.UNCONFIRMED_KEPT.days,
        ends_at=_ends_sooner_at(target),
        may_confirm=rules.can_confirm(
            target.state, target.closes_on, target.closed_at, clock.now()
        ),
    )


@bp.post("/petitions/<uuid:petition_id>/sign/check-your-mail")
@public
def confirm_by_code(petition_id: UUID) -> Page:
    """The code of the mail, and whose it is: it confirms as the mail's link and button do."""
    spend(PER_SOURCE, "petitions.code", source())
    target, form = _target(petition_id), CodeForm()
    if not form.validate():
        return _check_mail_page(target, form), 422
    address = text(form.address)
    may_try = may_spend(PER_MAILBOX_CODES, "petitions.code of", str(petition_id), fold(address))
    db = get_db()
    try:
        if not may_try:
            raise WrongCode
        signature_id = confirming.confirm_by_code(
            db,
            petition_id,
            address=address,
            code=text(form.code),
            vault=get_vault(),
            now=clock.now(),
        )
    except WrongCode as wrong:
        db.rollback()
        form.form_errors.append(str(wrong))
        return _check_mail_page(target, form), 422
    db.commit()
    token = get_vault().link_token(CONFIRM, signature_id)
    return redirect(url_for("petitions.confirm", token=token), 303)


@bp.route("/petitions/<uuid:petition_id>/sign/send-again", methods=["GET", "POST"])
@public
def send_again(petition_id: UUID) -> Page:
    """Ask for the mail once more; the answer is the same for every address."""
    if request.method == "POST":
        spend(PER_SOURCE, "petitions.again", source())
    target, form = _target(petition_id), AgainForm()
    if not form.validate_on_submit():
        page = render_template("petitions/send_again.html", target=target, form=form)
        return page, 422 if form.is_submitted() else 200
    address = text(form.address)
    if may_spend(PER_MAILBOX_AGAIN, "petitions.again to", fold(address)):
        db = get_db()
        confirming.ask_again(db, petition_id, address=address, vault=get_vault(), now=clock.now())
        db.commit()
    flash("If this address has signed, its mail is on the way once more.", "good")
    return redirect(url_for("petitions.check_mail", petition_id=petition_id), 303)


@bp.get("/signatures/<token>/confirm")
@public
def confirm(token: str) -> Page:
    """Where the mail leads: a page with a button; once confirmed, the signature's own page."""
    line = _signature(CONFIRM, token)
    form = ChoicesForm(
        name=line.name,
        name_is_public=line.name_is_public,
        name_is_handed_over=line.name_is_handed_over,
        wants_updates=line.wants_updates,
    )
    return _confirm_page(line, form)


@bp.post("/signatures/<token>/confirm")
@public
def count_signature(token: str) -> Page:
    """The button: the signature is confirmed; or, if it was, what was chosen is changed."""
    spend(PER_SIGNATURE, "petitions.confirm", str(_named(CONFIRM, token)))
    form = ChoicesForm()
    if not form.validate():
        return _confirm_page(_signature(CONFIRM, token), form), 422
    line = _signature(CONFIRM, token)
    now, choices = clock.now(), form.choices(line.name)
    if not signing.confirm_signature(get_wire(), line.id, now=now, choices=choices):
        db = get_db()
        signing.change_choices(db, line.id, choices=choices, now=now)
        db.commit()
    if line.state == SignatureState.CONFIRMED:
        flash("What you chose is kept.", "good")
    return redirect(url_for("petitions.confirm", token=token), 303)


def _confirm_page(line: SignatureLine, form: ChoicesForm) -> str:
    withdraw = get_vault().link_token(WITHDRAW, line.id)
    may_change = rules.can_confirm(line.petition_state, line.closes_on, line.closed_at, clock.now())
    if line.state == SignatureState.CONFIRMED and not may_change:
        del form.name, form.name_is_handed_over
    return render_template(
        "petitions/confirm.html",
        line=line,
        form=form,
        may_change=may_change,
        ended=_how_it_ended(line) if line.state == SignatureState.PENDING else None,
        withdraw_url=url_for("petitions.withdraw_signature", token=withdraw),
        receipt=in_groups(Receipts(get_vault()).of(line.id)),
    )


def _how_it_ended(line: SignatureLine) -> dict[str, Any] | None:
    """What who has not confirmed is told of the petition's end; None while it is open."""
    if rules.can_sign(line.petition_state, line.closes_on, clock.now()):
        return None
    is_stopped = line.petition_state == PetitionState.STOPPED
    return {
        "until": rules.confirming_ends_at(line.closes_on, line.closed_at),
        "is_stopped": is_stopped,
        "reason": get_db().get_one(Petition, line.petition_id).stopped_reason if is_stopped else "",
    }


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
    spend(PER_SIGNATURE, "petitions.withdraw", str(_named(WITHDRAW, token)))
    db = get_db()
    line = _signature(WITHDRAW, token)
    signing.withdraw_signature(db, line.id, now=clock.now())
    db.commit()
    return redirect(url_for("petitions.withdraw_signature", token=token), 303)


def _signature(purpose: str, token: str) -> SignatureLine:
    """The signature a link names. 404 for links we did not make."""
    line = signatures.get_signature(get_wire(), _named(purpose, token))
    if line is None:
        raise RuleBroken(signing.GONE)
    return line


def _named(purpose: str, token: str) -> UUID:
    """Key of the signature a link names, there or not. 404 for links we did not make."""
    signature_id = get_vault().read_link_token(purpose, token)
    if signature_id is None:
        abort(404)
    return signature_id
