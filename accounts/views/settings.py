"""What one may change, take along or erase; the dangerous parts ask for the password."""

import json
from uuid import UUID

from flask import Response as FlaskResponse
from flask import abort, flash, redirect, render_template, session, url_for
from flask_login import current_user, logout_user
from werkzeug.wrappers import Response
from wtforms import PasswordField

from accounts import passwords, queries, services
from accounts.forms import AddressForm, PasswordForm, ProfileForm, ReauthenticateForm
from accounts.identity import me
from accounts.models import RequestPurpose
from accounts.views.blueprint import bp
from accounts.views.entering import mailbox_may_be_written_to
from core import clock
from core.database import get_db, reading
from core.errors import RuleBroken
from core.fields import Form, refuse, text
from core.rates import spend
from core.security import public
from core.vault import get_vault

Page = str | tuple[str, int] | Response


@bp.get("/privacy")
@public
def privacy() -> Page:
    return render_template("accounts/privacy.html")


@bp.route("/settings", methods=["GET", "POST"])
def settings() -> Page:
    user = me()
    form = ProfileForm(obj=user)
    if form.validate_on_submit():
        db = get_db()
        profile = services.Profile(
            handle=text(form.handle),
            display_name=text(form.display_name),
            time_zone=text(form.time_zone),
            language=text(form.language),
            mails_are_discreet=form.mails_are_discreet.data,
        )
        if text(form.handle) != user.handle:
            spend("10/day", "handle", str(user.id))
        try:
            services.change_profile(db, user.id, profile)
        except RuleBroken as error:
            db.rollback()
            refuse(form.handle, str(error))
        else:
            db.commit()
            flash("Saved.", "good")
            return redirect(url_for("accounts.settings"), 303)
    status = 422 if form.is_submitted() else 200
    address = get_vault().unseal(user.address_sealed)
    return render_template("accounts/settings.html", form=form, address=address), status


def _is_really_me(form: Form, field: PasswordField) -> bool:
    """Validate a form whose `field` holds the present password; ten tries in a quarter hour."""
    if not form.validate_on_submit():
        return False
    user = me()
    spend("10/15 minutes", "re-authenticate", str(user.id))
    if passwords.is_right(text(field), user.password_hash):
        return True
    refuse(field, "This is not your password.")
    return False


@bp.route("/settings/password", methods=["GET", "POST"])
def change_password() -> Page:
    form = PasswordForm()
    if _is_really_me(form, form.current):
        password_hash = passwords.hash_password(text(form.password))
        db = get_db()
        services.change_password(db, me().id, password_hash, keep=current_user.signed_in_id)
        db.commit()
        flash(
            "Your new password is set. Every other place you were signed in is signed out.", "good"
        )
        return redirect(url_for("accounts.settings"), 303)
    return render_template("accounts/change_password.html", form=form), _status(form)


def _status(form: Form) -> int:
    return 422 if form.is_submitted() else 200


@bp.route("/settings/address", methods=["GET", "POST"])
def ask_for_address_change() -> Page:
    form = AddressForm()
    if _is_really_me(form, form.current):
        address = text(form.address)
        may_write = mailbox_may_be_written_to(address)
        db = get_db()
        services.ask_for_address_change(
            db, me().id, address, vault=get_vault(), now=clock.now(), may_write=may_write
        )
        db.commit()
        return redirect(url_for("accounts.check_mail"), 303)
    return render_template("accounts/change_address.html", form=form), _status(form)


@bp.route("/new-address/<token>", methods=["GET", "POST"])
def new_address(token: str) -> Page:
    """The owner of the new address, signed in as the account that asked."""
    wish_id = get_vault().read_link_token("new-address", token)
    with reading() as db:
        wish = (
            queries.get_request(db, wish_id, RequestPurpose.CHANGE_ADDRESS, clock.now())
            if wish_id
            else None
        )
    if wish is None or wish.user_id != me().id:
        return render_template("accounts/link_lapsed.html"), 404
    form = Form()
    if not form.validate_on_submit():
        address = get_vault().unseal(wish.address_sealed)
        return render_template("accounts/new_address.html", form=form, address=address)
    db = get_db()
    services.change_address(db, wish)
    db.commit()
    flash("Your new address is in use.", "good")
    return redirect(url_for("accounts.settings"), 303)


@bp.get("/settings/sign-ins")
def sign_ins() -> Page:
    places = queries.signed_in_places(get_db(), me().id, clock.now())
    return render_template("accounts/sign_ins.html", places=places, here=current_user.signed_in_id)


@bp.post("/settings/sign-ins/<uuid:signed_in_id>/end")
def end_sign_in(signed_in_id: UUID) -> Page:
    db = get_db()
    if not services.end_sign_in(db, me(), signed_in_id):
        abort(404)
    db.commit()
    flash("That place is signed out.")
    return redirect(url_for("accounts.sign_ins"), 303)


@bp.post("/settings/sign-ins/end-others")
def end_other_sign_ins() -> Page:
    db = get_db()
    ended = services.end_other_sign_ins(db, me().id, keep=current_user.signed_in_id)
    db.commit()
    flash(f"Signed out elsewhere: {ended}.")
    return redirect(url_for("accounts.sign_ins"), 303)


@bp.route("/settings/data", methods=["GET", "POST"])
def data() -> Page:
    """Everything kept about me, as a file."""
    form = ReauthenticateForm()
    if not _is_really_me(form, form.current):
        return render_template("accounts/data.html", form=form), _status(form)
    with reading() as db:
        everything = services.export(db, me(), vault=get_vault(), now=clock.now())
    return FlaskResponse(
        json.dumps(everything, indent=2, ensure_ascii=False),
        mimetype="application/json",
        headers={"Content-Disposition": 'attachment; filename="dream-guilds-my-data.json"'},
    )


@bp.route("/settings/erase", methods=["GET", "POST"])
def erase() -> Page:
    form = ReauthenticateForm()
    if not _is_really_me(form, form.current):
        return render_template("accounts/erase.html", form=form), _status(form)
    db = get_db()
    services.erase(db, me().id, now=clock.now())
    db.commit()
    logout_user()
    session.clear()
    flash("Your account is erased.")
    return redirect(url_for("dashboard.home"), 303)
