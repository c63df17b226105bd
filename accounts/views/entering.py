"""Coming in: founding, sign-up, confirming, sign-in, sign-out, a forgotten password."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask_login import current_user, login_user, logout_user
from werkzeug.wrappers import Response

from accounts import passwords, queries, rules, services
from accounts.forms import ConfirmForm, ResetAskForm, ResetForm, SignInForm, SignUpForm
from accounts.identity import load, me
from accounts.models import RequestPurpose, User
from accounts.views.blueprint import bp
from core import clock
from core.addresses import LONGEST, read_address
from core.database import get_db, reading
from core.fields import text
from core.rates import may_spend, source, spend
from core.security import public, safe_path
from core.vault import get_vault

#: the founder's link names no row: it is good until the first account exists
FOUNDING = UUID(int=0)
PER_SOURCE = "20/minute;200/hour"

Page = str | tuple[str, int] | Response


def founder_path() -> str:
    """Path of the link that makes the first account."""
    return f"/founding/{get_vault().link_token('founding', FOUNDING)}"


@bp.route("/sign-up", methods=["GET", "POST"])
@public
def sign_up() -> Page:
    with reading() as db:
        if not queries.any_account(db):
            return render_template("accounts/unfounded.html"), 403
    return _sign_up(is_founder=False)


@bp.route("/founding/<token>", methods=["GET", "POST"])
@public
def founding(token: str) -> Page:
    with reading() as db:
        founded = queries.any_account(db)
    if founded or get_vault().read_link_token("founding", token) != FOUNDING:
        abort(404)
    return _sign_up(is_founder=True)


def _sign_up(*, is_founder: bool) -> Page:
    form = SignUpForm(next=safe_path(request.args.get("next")))
    if not form.is_submitted():
        return render_template("accounts/sign_up.html", form=form, is_founder=is_founder)
    spend(PER_SOURCE, "sign-up", source())
    if not form.validate():
        return render_template("accounts/sign_up.html", form=form, is_founder=is_founder), 422
    vault = get_vault()
    may_write = mailbox_may_be_written_to(text(form.address))
    newcomer = services.Newcomer(
        handle=text(form.handle),
        display_name=text(form.display_name),
        address=text(form.address),
        password_hash=passwords.hash_password(text(form.password)),
        time_zone=text(form.time_zone),
        next_path=safe_path(form.next.data),
        is_founder=is_founder,
    )
    db = get_db()
    services.begin_sign_up(db, newcomer, vault=vault, now=clock.now(), may_write=may_write)
    db.commit()
    return redirect(url_for("accounts.check_mail"), 303)


def mailbox_may_be_written_to(address: str) -> bool:
    """Spend one of its three mails an hour; a refusal must not show: it tells of others' tries."""
    return may_spend("3/hour", "mailbox", services.address_hash(get_vault(), address))


@bp.get("/check-your-mail")
@public
def check_mail() -> Page:
    return render_template("accounts/check_mail.html")


@bp.route("/confirm/<token>", methods=["GET", "POST"])
@public
def confirm(token: str) -> Page:
    """GET only shows a button: mail scanners follow links. The password proves who signed up."""
    sign_up_id = get_vault().read_link_token("sign-up", token)
    with reading() as db:
        waiting = queries.get_sign_up(db, sign_up_id, clock.now()) if sign_up_id else None
    if waiting is None:
        return render_template("accounts/link_lapsed.html"), 404
    form = ConfirmForm()
    if not form.is_submitted():
        return render_template("accounts/confirm.html", form=form, waiting=waiting)
    spend("10/minute;50/hour", "confirm", token)
    fits = form.validate()
    if fits and not passwords.is_right(text(form.password), waiting.password_hash):
        form.password.errors = ["This is not the password you chose when you signed up."]
        fits = False
    if not fits:
        return render_template("accounts/confirm.html", form=form, waiting=waiting), 422
    db = get_db()
    fresh = queries.get_sign_up(db, waiting.id, clock.now())
    if fresh is None:
        return render_template("accounts/link_lapsed.html"), 404
    user = services.confirm_sign_up(db, fresh, now=clock.now())
    _enter(user)
    if user.handle != waiting.handle:
        flash(f"{waiting.handle} was taken, so your handle is {user.handle}. You can change it.")
    flash(f"Welcome, {user.display_name}. Your account is ready.", "good")
    return redirect(waiting.next_path or url_for("dashboard.home"), 303)


def _enter(user: User) -> None:
    """Sign a person in and commit; nothing of an earlier cookie survives."""
    db = get_db()
    device = rules.device_name(request.headers.get("User-Agent", ""))
    token = services.sign_in(db, user, device=device, now=clock.now())
    db.commit()
    session.clear()
    login_user(load(token))
    session.pop(
        "_id", None
    )  # Flask-Login's fingerprint of the network address: we tie nobody to it


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Page:
    form = SignInForm(next=safe_path(request.args.get("next")))
    if not form.is_submitted():
        if current_user.is_authenticated:
            return redirect(form.next.data or url_for("dashboard.home"), 303)
        return render_template("accounts/sign_in.html", form=form)
    spend(PER_SOURCE, "sign-in", source())
    if not form.validate():
        return render_template("accounts/sign_in.html", form=form), 422
    login = text(form.login).casefold().removeprefix("@")
    spend("100/hour", "sign-in account", login)
    spend("10/15 minutes", "sign-in pair", login, source())
    user = _find(login)
    if (
        not passwords.is_right(text(form.password), user.password_hash if user else None)
        or not user
    ):
        form.password.errors = ["Handle, address or password is not right. Nothing else is wrong."]
        return render_template("accounts/sign_in.html", form=form), 422
    _enter(user)
    return redirect(safe_path(form.next.data) or url_for("dashboard.home"), 303)


def _find(login: str) -> User | None:
    """The account of a handle or an address; the same work is done for either."""
    try:
        address = read_address(login) if "@" in login else f"{login[:LONGEST]}@invalid"
    except ValueError:
        address = "nobody@invalid"
    with reading() as db:
        return queries.get_user_by_login(db, login, services.address_hash(get_vault(), address))


@bp.post("/sign-out")
def sign_out() -> Page:
    db = get_db()
    services.end_sign_in(db, me(), current_user.signed_in_id)
    db.commit()
    logout_user()
    session.clear()
    flash("You are signed out.")
    return redirect(url_for("dashboard.home"), 303)


@bp.route("/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> Page:
    form = ResetAskForm()
    if not form.is_submitted():
        return render_template("accounts/forgotten.html", form=form)
    spend(PER_SOURCE, "forgotten", source())
    if not form.validate():
        return render_template("accounts/forgotten.html", form=form), 422
    vault = get_vault()
    may_write = mailbox_may_be_written_to(text(form.address))
    db = get_db()
    services.ask_for_reset(
        db, text(form.address), vault=vault, now=clock.now(), may_write=may_write
    )
    db.commit()
    return redirect(url_for("accounts.check_mail"), 303)


@bp.route("/reset/<token>", methods=["GET", "POST"])
@public
def reset(token: str) -> Page:
    wish_id = get_vault().read_link_token("reset", token)
    with reading() as db:
        wish = (
            queries.get_request(db, wish_id, RequestPurpose.RESET, clock.now()) if wish_id else None
        )
    if wish is None:
        return render_template("accounts/link_lapsed.html"), 404
    form = ResetForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("accounts/reset.html", form=form), status
    password_hash = passwords.hash_password(text(form.password))
    db = get_db()
    services.reset_password(db, wish, password_hash)
    db.commit()
    flash("Your new password is set, and every place you were signed in is signed out.", "good")
    return redirect(url_for("accounts.sign_in"), 303)
