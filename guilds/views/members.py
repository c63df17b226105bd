"""Who belongs to a guild: the list, roles, removing and leaving."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session

from accounts.identity import me
from accounts.models import User
from core import clock
from core.database import get_db
from core.errors import NotAllowed, RuleBroken
from core.fields import Form, refuse
from core.paging import cut, read_place
from guilds import by_decision, queries, rules, services
from guilds.charter import Charter, DecisionKind
from guilds.forms import ROLE_HINTS, RemoveForm, RoleForm
from guilds.models import Guild, Membership, Role
from guilds.views.blueprint import Page, bp, find_as_admin, find_as_member


@bp.get("/guilds/<slug>/members")
def members(slug: str) -> Page:
    """In the order they joined. Names and handles only."""
    db = get_db()
    guild, role = find_as_member(db, slug)
    found = queries.members(db, guild, after=read_place(request.args.get("after")))
    shown, place = cut(found, queries.PAGE, lambda row: (row[0].joined_at, row[0].id))
    can_organise = rules.can_organise(guild, role)
    return render_template(
        "guilds/members.html",
        guild=guild,
        role=role,
        members=shown,
        next_url=url_for("guilds.members", slug=slug, after=place) if place else None,
        is_first="after" not in request.args,
        can_organise=can_organise,
        pending=queries.pending_count(db, guild) if can_organise else 0,
    )


def _find_member(db: Session, guild: Guild, membership_id: UUID) -> tuple[Membership, User]:
    found = queries.get_member(db, guild, membership_id)
    if found is None:
        abort(404)
    return found


@bp.route("/guilds/<slug>/members/<uuid:membership_id>", methods=["GET", "POST"])
def member(slug: str, membership_id: UUID) -> Page:
    """One member, and what the viewer may do about their role and membership."""
    db = get_db()
    guild, role = find_as_member(db, slug)
    membership, user = _find_member(db, guild, membership_id)
    alone = queries.alone(db, guild, clock.now())
    if request.method == "POST" and not alone.give_roles:
        flash(rules.LEFT_TO_A_VOTE, "warn")
        url = url_for("voting.propose_role", slug=slug, membership_id=membership_id)
        return redirect(url, 303)
    form = RoleForm(role=membership.role.value)
    if form.validate_on_submit():
        try:
            services.change_role(
                db, guild, user.id, role=Role(form.role.data), actor=me(), now=clock.now()
            )
        except NotAllowed:
            raise
        except RuleBroken as error:
            refuse(form.role, str(error))
        else:
            db.commit()
            flash(f"{user.display_name} is {form.role.data} now.", "good")
            return redirect(url_for("guilds.members", slug=slug), 303)
    page = render_template(
        "guilds/member.html",
        guild=guild,
        role=role,
        membership=membership,
        user=user,
        form=form,
        hints=ROLE_HINTS,
        is_me=user.id == me().id,
        **_may(db, guild, role, alone, user),
    )
    return page, 422 if form.is_submitted() else 200


def _may(db: Session, guild: Guild, role: Role, alone: rules.Alone, user: User) -> dict[str, bool]:
    """What a member may do about another one, by themselves or by asking the guild."""
    charter = Charter.model_validate(queries.get_charter(db, guild.id).rules)
    manages = rules.can_manage_members(guild, role)
    role_rule = charter.rules[DecisionKind.ROLE]
    membership_rule = charter.rules[DecisionKind.MEMBERSHIP]
    return {
        "gives_roles": manages and alone.give_roles,
        "removes": manages and alone.remove,
        "proposes_role": rules.can_propose(guild, role, role_rule),
        "proposes_expulsion": rules.can_propose(guild, role, membership_rule)
        and by_decision.expulsion_refusal(db, guild, user.id) is None,
    }


@bp.route("/guilds/<slug>/members/<uuid:membership_id>/remove", methods=["GET", "POST"])
def remove(slug: str, membership_id: UUID) -> Page:
    db = get_db()
    guild, role = find_as_admin(db, slug)
    _, user = _find_member(db, guild, membership_id)
    if not queries.alone(db, guild, clock.now()).remove:
        flash(rules.LEFT_TO_A_VOTE, "warn")
        url = url_for("voting.propose_expulsion", slug=slug, membership_id=membership_id)
        return redirect(url, 303)
    form = RemoveForm()
    if form.validate_on_submit():
        services.remove_member(
            db, guild, user.id, reason=form.reason.data or "", actor=me(), now=clock.now()
        )
        db.commit()
        flash(f"{user.display_name} does not belong to the guild any more.")
        return redirect(url_for("guilds.members", slug=slug), 303)
    page = render_template("guilds/remove.html", guild=guild, role=role, user=user, form=form)
    return page, 422 if form.is_submitted() else 200


@bp.route("/guilds/<slug>/leave", methods=["GET", "POST"])
def leave(slug: str) -> Page:
    """Ask once, then leave."""
    db = get_db()
    guild, role = find_as_member(db, slug)
    form = Form()
    if form.validate_on_submit():
        services.leave(db, guild, actor=me(), now=clock.now())
        db.commit()
        flash(f"You have left {guild.name}.")
        return redirect(url_for("guilds.index"), 303)
    admins = queries.admin_count(db, guild.id)
    stuck = rules.leaves_no_admin(role, admin_count=admins, member_count=guild.member_count)
    return render_template("guilds/leave.html", guild=guild, role=role, form=form, stuck=stuck)
