"""Letting another member vote: my delegations in a guild, and on one proposal."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session

from accounts.identity import me
from accounts.models import User
from core import clock
from core.database import get_db
from core.errors import NotAllowed, RuleBroken
from core.fields import refuse
from core.paging import cut, read_place
from core.rates import spend
from core.security import safe_path
from guilds.charter import Charter
from guilds.charter_words import KIND_NAMES
from guilds.models import Guild
from guilds.queries import get_charter
from voting import chains, delegations
from voting.chains import PAGE
from voting.forms import HolderForm, HolderOnForm
from voting.models import Delegation
from voting.views.blueprint import Page, bp, guild_of, proposal_of, url_of
from voting.views.chains import about, circle_in_words, offered
from voting.views.detail import detail_page

NOBODY = "No other member of this guild has that name. The members' page lists them."


@dataclass(frozen=True)
class Line:
    """One delegation in a list. about: what it is for; url: of the proposal it is for."""

    delegation: Delegation
    person: User
    about: str
    url: str | None


# --- a guild's page ---


@bp.route("/guilds/<slug>/delegations", methods=["GET", "POST"])
def delegated(slug: str) -> Page:
    """Whom I let vote for me in a guild, and who lets me; let somebody."""
    if request.method == "POST":
        spend("20/minute;100/hour", "voting.delegate", str(me().id))
    guild, role = guild_of(slug)
    db = get_db()
    topics = chains.topics(db, guild.id)
    form = HolderForm(handle=request.args.get("to"), about=request.args.get("about"))
    form.offer(topics)
    status = 200
    if form.is_submitted():
        status = 422
        holder = _holder(db, guild.id, form) if form.validate() else None
        if holder is not None:
            try:
                given = delegations.give(
                    db, guild, holder=holder, topic=form.topic, actor=me(), now=clock.now()
                )
                db.commit()
            except NotAllowed:
                raise
            except RuleBroken as broken:
                refuse(form.handle, str(broken))
                status = 409
            else:
                flash(f"{holder.display_name} votes for you: {about(given, {})[0]}.", "good")
                if passed := chains.circle(db, given):
                    flash(circle_in_words(passed), "warn")
                return redirect(url_for("voting.delegated", slug=slug), 303)
    page = render_template(
        "voting/delegated.html",
        guild=guild,
        role=role,
        form=form,
        offered=offered(db, guild),
        allowed=_allowed(db, guild),
        **_lists(db, guild),
    )
    return page, status


def _allowed(db: Session, guild: Guild) -> list[tuple[str, int]]:
    """Each kind of decision on which the charter lets others vote, with its cap; 0: none."""
    rules = Charter.model_validate(get_charter(db, guild.id).rules).rules
    return [
        (KIND_NAMES[kind], rule.delegation_cap) for kind, rule in rules.items() if rule.delegation
    ]


def _lists(db: Session, guild: Guild) -> dict[str, Any]:
    """Both lists, each with the address of its next page."""
    found: dict[str, Any] = {}
    for name, read in (("mine", chains.given), ("to_me", chains.held)):
        rows = read(db, guild.id, me().id, after=read_place(request.args.get(name)))
        shown, place = cut(rows, PAGE, lambda row: (row[0].given_at, row[0].id))
        proposals = chains.proposals_of(db, [one for one, _ in shown])
        found[name] = [Line(one, person, *about(one, proposals)) for one, person in shown]
        after: dict[str, Any] = {name: place}
        further = url_for("voting.delegated", slug=guild.slug, **after)
        found[f"{name}_next"] = further if place else None
        found[f"{name}_is_first"] = name not in request.args
    return found


def _holder(db: Session, guild_id: UUID, form: HolderOnForm) -> User | None:
    """The member whose name was typed; None with the error beside the field."""
    holder = chains.member_named(db, guild_id, form.name_typed)
    if holder is None:
        refuse(form.handle, NOBODY)
    return holder


@bp.post("/delegations/<uuid:delegation_id>/end")
def end_delegation(delegation_id: UUID) -> Page:
    """Take back what I gave, or hand back what was given to me."""
    spend("20/minute;100/hour", "voting.delegate", str(me().id))
    db = get_db()
    delegation = chains.get_delegation(db, delegation_id, me())
    guild = db.get(Guild, delegation.guild_id) if delegation else None
    if delegation is None or guild is None:
        abort(404)
    is_mine = delegation.principal_id == me().id
    delegations.end(db, delegation, actor=me(), now=clock.now())
    db.commit()
    flash("Taken back. You vote for yourself." if is_mine else "Handed back.", "good")
    back = safe_path(request.form.get("back")) or url_for("voting.delegated", slug=guild.slug)
    return redirect(back, 303)


# --- one proposal ---


@bp.post("/decisions/<uuid:proposal_id>/delegation")
def delegate(proposal_id: UUID) -> Page:
    """Let a member vote for me on this proposal."""
    spend("20/minute;100/hour", "voting.delegate", str(me().id))
    shown = proposal_of(proposal_id)
    form = HolderOnForm()
    db = get_db()
    holder = _holder(db, shown.guild.id, form) if form.validate() else None
    if holder is None:
        return detail_page(shown, holder_form=form), 422
    try:
        delegations.give_on(db, shown.proposal, holder=holder, actor=me(), now=clock.now())
    except NotAllowed:
        raise
    except RuleBroken as broken:
        refuse(form.handle, str(broken))
        return detail_page(shown, holder_form=form), 409
    db.commit()
    flash(f"{holder.display_name} votes for you on this proposal.", "good")
    return redirect(url_of(shown.proposal, _anchor="delegation"), 303)
