"""Guilds that stand behind another guild's petition: joining, leaving, and being declined."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for

from accounts.identity import me, viewer
from core import clock
from core.database import get_db
from core.errors import NotAllowed, RuleBroken
from core.fields import refuse
from core.paging import cut, read_place
from core.security import public
from guilds.charter import DecisionKind
from guilds.models import ORGANISING_ROLES
from petitions import joining, life
from petitions.forms.suggestions import ReasonForm
from petitions.joining import Deed
from petitions.models import PUBLIC_STATES, PetitionState
from petitions.queries import Shown
from petitions.views.blueprint import Page, bp, find, spend_on_post
from petitions.views.caching import for_everyone
from petitions.writing_models import JoinState
from voting.case_form import CaseForm
from voting.views.blueprint import choose_guild
from voting.views.desk import Desk

PER_PERSON = "20/hour;60/day"
#: strangers' copy of the list of guilds
KEPT = timedelta(minutes=1)


@bp.get("/petitions/<uuid:petition_id>/join")
def join_by(petition_id: UUID) -> Page:
    """Which of my guilds shall stand behind it, or leave it; with only one there is no choice."""
    petition = find(get_db(), petition_id).petition
    return choose_guild(
        DecisionKind.OPEN_PETITION,
        lambda slug: url_for("petitions.join", slug=slug, petition_id=petition.id),
        title="Stand behind it",
        lead="Which of your guilds shall decide whether its name stands on this petition?",
        back=(petition.title, url_for("petitions.detail", petition_id=petition.id)),
        besides=petition.guild_id,
    )


@bp.route("/guilds/<slug>/petitions/<uuid:petition_id>/join", methods=["GET", "POST"])
def join(slug: str, petition_id: UUID) -> Page:
    """Ask a guild to put its name on another guild's petition, or to take it off."""
    desk = Desk(slug, DecisionKind.OPEN_PETITION)
    shown = find(desk.db, petition_id)
    standing = joining.get_standing(desk.db, petition_id, desk.guild.id)
    deed = Deed.LEAVE if standing and standing.state is JoinState.JOINED else Deed.JOIN
    refused = joining.refusal(desk.db, shown.petition, desk.guild, deed)
    if refused is not None:
        raise RuleBroken(refused)
    form = CaseForm().offer(desk.rule)
    facts = {
        "petition": shown.petition,
        "institution": shown.institution,
        "leaves": deed is Deed.LEAVE,
    }
    if not form.validate_on_submit():
        return desk.page("petitions/join.html", form, **facts)
    try:
        proposal = joining.propose(
            desk.db,
            shown.petition,
            desk.guild,
            deed,
            case=form.case(),
            actor=me(),
            now=clock.now(),
        )
    except life.TooLate as refused:
        desk.db.rollback()
        refuse(form.voting_length, str(refused))
        return desk.page("petitions/join.html", form, **facts)
    return desk.put(proposal)


@bp.get("/petitions/<uuid:petition_id>/guilds")
@public
def guilds_behind(petition_id: UUID) -> Page:
    """All guilds whose names stand on it; for its own organisers, those that were declined too."""
    shown = find(get_db(), petition_id)
    if shown.petition.state not in PUBLIC_STATES:
        abort(404)
    may_decline = shown.role in ORGANISING_ROLES
    after = read_place(request.args.get("after"))
    found = joining.standings(
        get_db(), petition_id, viewer(), joining.SHOWN + 1, declined=may_decline, after=after
    )
    standings, place = cut(found, joining.SHOWN, lambda one: (one.joined_at, one.id))
    further = url_for("petitions.guilds_behind", petition_id=petition_id, after=place)
    page = render_template(
        "petitions/guilds.html",
        petition=shown.petition,
        guild=shown.guild,
        role=shown.role,
        standings=standings,
        may_decline=may_decline,
        next_url=further if place else None,
        is_first=after is None,
    )
    return for_everyone(page, KEPT)


@bp.route(
    "/petitions/<uuid:petition_id>/guilds/<uuid:standing_id>/decline", methods=["GET", "POST"]
)
def decline_guild(petition_id: UUID, standing_id: UUID) -> Page:
    """Take a guild's name off our petition, and say why."""
    spend_on_post(PER_PERSON, "petitions.guilds")
    shown, form, db = _hosted(petition_id), ReasonForm(), get_db()
    found = joining.standings(db, petition_id, me(), only=standing_id)
    if not found:
        abort(404)
    if not form.validate_on_submit():
        page = render_template(
            "petitions/decline_guild.html",
            petition=shown.petition,
            name=found[0].name or "This guild",
            form=form,
        )
        return page, 422 if form.is_submitted() else 200
    joining.decline(db, shown.petition, standing_id, actor=me(), reason=form.why(), now=clock.now())
    db.commit()
    flash("The name is taken off. That guild's organisers are told why.", "good")
    return redirect(url_for("petitions.guilds_behind", petition_id=petition_id), 303)


@bp.post("/petitions/<uuid:petition_id>/guilds/<uuid:standing_id>/allow")
def allow_guild(petition_id: UUID, standing_id: UUID) -> Page:
    """Let a guild that was declined decide anew."""
    spend_on_post(PER_PERSON, "petitions.guilds")
    shown, db = _hosted(petition_id), get_db()
    joining.let_join_again(db, shown.petition, standing_id, actor=me(), now=clock.now())
    db.commit()
    flash("That guild may join again, by another decision of its own.", "good")
    return redirect(url_for("petitions.guilds_behind", petition_id=petition_id), 303)


def _hosted(petition_id: UUID) -> Shown:
    """A public petition of a guild that I organise."""
    shown = find(get_db(), petition_id)
    if shown.petition.state not in PUBLIC_STATES:
        abort(404)
    if shown.role not in ORGANISING_ROLES:
        raise NotAllowed("Only organisers of the petition's own guild see this.")
    return shown


def behind(shown: Shown) -> dict[str, Any]:
    """The guilds behind a petition as its page shows them, and what the viewer may do there."""
    petition, person = shown.petition, viewer()
    if petition.state not in PUBLIC_STATES:
        return {"behind": None}
    found = joining.standings(get_db(), petition.id, person, joining.SHOWN)
    standing = len(found)
    if standing == joining.SHOWN:
        standing = joining.standing_count(get_db(), petition.id)
    named = [one for one in found if one.name]
    is_open = petition.state == PetitionState.OPEN
    mine = joining.guilds_of(get_db(), petition, person) if person else []
    return {
        "behind": {
            "named": named,
            "unnamed": len(found) - len(named),
            "more": standing - len(found),
            "may_come": is_open and person is not None,
            "can_join": is_open and not all(stands for _, stands in mine),
            "mine": [guild for guild, stands in mine if stands],
            "can_decline": shown.role in ORGANISING_ROLES and bool(found),
        }
    }
