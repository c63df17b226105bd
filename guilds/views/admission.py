"""Coming in: joining, asking and being answered, invitations."""

from datetime import timedelta
from uuid import UUID

from flask import abort, current_app, flash, redirect, render_template, url_for

from accounts.identity import me, viewer
from accounts.models import User
from core import clock
from core.database import get_db
from core.rates import spend
from core.security import public
from core.vault import get_vault
from guilds import admission, queries, rules
from guilds.charter import Charter, DecisionKind
from guilds.forms import AskForm, InvitationForm
from guilds.models import Guild, Invitation
from guilds.views.blueprint import Page, bp, find, find_as_member, find_as_organiser

#: what an invitation's link token is good for
PURPOSE = "invitation"


@bp.post("/guilds/<slug>/join")
def join(slug: str) -> Page:
    spend("30/hour", "guilds.join", str(me().id))
    db = get_db()
    guild, _ = find(db, slug)
    admission.join(db, guild, actor=me(), now=clock.now())
    db.commit()
    flash(f"You belong to {guild.name} now.", "good")
    return redirect(url_for("dashboard.guild", slug=slug), 303)


@bp.route("/guilds/<slug>/ask", methods=["GET", "POST"])
def ask(slug: str) -> Page:
    """Ask to be admitted, with a few words."""
    form = AskForm()
    valid = form.validate_on_submit()
    if valid:
        spend("3/day", "guilds.ask", str(me().id), slug)
        spend("20/day", "guilds.ask", str(me().id))
    db = get_db()
    guild, role = find(db, slug)
    if valid:
        words = form.message.data or ""
        admission.ask_to_join(db, guild, message=words, actor=me(), now=clock.now())
        db.commit()
        flash("Your request is on its way. You are told as soon as it is answered.", "good")
        return redirect(url_for("guilds.about", slug=slug), 303)
    alone = queries.alone(db, guild, clock.now()).admit
    if not rules.can_ask_to_join(guild, role, alone=alone) or queries.my_request(db, guild, me()):
        return redirect(url_for("guilds.about", slug=slug), 303)
    page = render_template("guilds/ask.html", guild=guild, role=role, form=form)
    return page, 422 if form.is_submitted() else 200


@bp.post("/guilds/<slug>/ask/withdraw")
def withdraw_request(slug: str) -> Page:
    db = get_db()
    guild, _ = find(db, slug)
    admission.withdraw_request(db, guild, actor=me(), now=clock.now())
    db.commit()
    flash("Your request is taken back.")
    return redirect(url_for("guilds.about", slug=slug), 303)


@bp.get("/guilds/<slug>/requests")
def requests(slug: str) -> Page:
    """Who waits for an answer, the longest waiting first."""
    db = get_db()
    guild, role = find_as_organiser(db, slug)
    version = queries.get_charter(db, guild.id)
    rule = Charter.model_validate(version.rules).rules[DecisionKind.MEMBERSHIP]
    return render_template(
        "guilds/requests.html",
        guild=guild,
        role=role,
        pending=queries.pending_requests(db, guild),
        alone=queries.alone(db, guild, clock.now(), version=version).admit,
        can_propose=rules.can_propose(guild, role, rule),
    )


@bp.post("/guilds/<slug>/requests/<uuid:request_id>/<any(admit, decline):answer>")
def answer_request(slug: str, request_id: UUID, answer: str) -> Page:
    db = get_db()
    guild, _ = find_as_organiser(db, slug)
    if queries.get_request(db, guild, request_id) is None:
        abort(404)
    if not queries.alone(db, guild, clock.now()).admit:
        flash(rules.LEFT_TO_A_VOTE, "warn")
        return redirect(url_for("voting.propose_admission", slug=slug, request_id=request_id), 303)
    admitted = answer == "admit"
    admission.answer_request(db, guild, request_id, admitted=admitted, actor=me(), now=clock.now())
    db.commit()
    flash("Admitted. They are told by mail." if admitted else "Declined. They are told by mail.")
    return redirect(url_for("guilds.requests", slug=slug), 303)


@bp.route("/guilds/<slug>/invitations", methods=["GET", "POST"])
def invitations(slug: str) -> Page:
    """The links that admit, and a form for another one."""
    form = InvitationForm()
    valid = form.validate_on_submit()
    if valid:
        spend("30/hour", "guilds.invite", str(me().id))
    db = get_db()
    guild, role = find_as_organiser(db, slug)
    if valid:
        admission.invite(
            db,
            guild,
            uses=form.uses.data or 1,
            valid_for=timedelta(days=form.days.data),
            actor=me(),
            now=clock.now(),
        )
        db.commit()
        flash("The invitation is ready. Copy its link and give it to the people you mean.", "good")
        return redirect(url_for("guilds.invitations", slug=slug), 303)
    usable = queries.usable_invitations(db, guild, clock.now())
    page = render_template(
        "guilds/invitations.html",
        guild=guild,
        role=role,
        form=form,
        invitations=[(row, _link(row), inviter) for row, inviter in usable],
        alone=queries.alone(db, guild, clock.now()).admit,
    )
    return page, 422 if form.is_submitted() else 200


def _link(invitation: Invitation) -> str:
    """The whole URL, to be handed on: under the public address, whatever Host was asked for."""
    token = get_vault().link_token(PURPOSE, invitation.id)
    public_url: str = current_app.config["PUBLIC_URL"]
    return public_url + url_for("guilds.invitation", token=token)


@bp.post("/guilds/<slug>/invitations/<uuid:invitation_id>/revoke")
def revoke_invitation(slug: str, invitation_id: UUID) -> Page:
    db = get_db()
    guild, _ = find_as_member(db, slug)
    row = queries.get_invitation_of(db, guild, invitation_id)
    if row is None:
        abort(404)
    admission.revoke_invitation(db, guild, row, actor=me(), now=clock.now())
    db.commit()
    flash("This link admits nobody any more.")
    return redirect(url_for("guilds.invitations", slug=slug), 303)


def _find_invitation(token: str) -> tuple[Invitation, Guild, User | None]:
    """The invitation of a link, usable or not; 404 for a link we did not make."""
    invitation_id = get_vault().read_link_token(PURPOSE, token)
    found = queries.get_invitation(get_db(), invitation_id) if invitation_id else None
    if found is None:
        abort(404)
    return found


@bp.get("/invitations/<token>")
@public
def invitation(token: str) -> Page:
    """Who invites where to, and the way in. A link that lapsed tells nothing of the guild."""
    row, guild, inviter = _find_invitation(token)
    if not rules.is_usable(row, guild, clock.now()):
        return render_template("guilds/invitation_lapsed.html"), 410
    return render_template(
        "guilds/invitation.html",
        guild=guild,
        inviter=inviter,
        role=queries.get_role(get_db(), guild.id, viewer()),
        token=token,
        alone=queries.alone(get_db(), guild, clock.now()).admit,
        waiting=queries.my_request(get_db(), guild, viewer()),
    )


@bp.post("/invitations/<token>")
def accept_invitation(token: str) -> Page:
    spend("30/hour", "guilds.join", str(me().id))
    row, guild, _ = _find_invitation(token)
    db = get_db()
    admission.accept_invitation(db, guild, row, actor=me(), now=clock.now())
    is_in = queries.get_role(db, guild.id, me()) is not None
    db.commit()
    if not is_in:
        flash("Your request is on its way. You are told as soon as it is answered.", "good")
        return redirect(url_for("guilds.invitation", token=token), 303)
    flash(f"You belong to {guild.name} now.", "good")
    return redirect(url_for("dashboard.guild", slug=guild.slug), 303)
