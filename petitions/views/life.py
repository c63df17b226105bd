"""What becomes of a petition: stopped by its guild, and how far its writing has come."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from accounts.identity import me
from core import clock
from core.database import get_db
from core.errors import NotAllowed
from core.rates import spend
from guilds.charter import DecisionKind
from petitions import life, likeness, rules, suggestions, versions
from petitions.forms.suggestions import PASSAGE_NAMES, ReasonForm
from petitions.models import WRITABLE_STATES
from petitions.queries import Shown
from petitions.views.blueprint import PILLS, Page, bp, find, who
from petitions.views.suggestions import SUGGESTION_PILLS
from voting.queries import rule_in_force


@bp.route("/petitions/<uuid:petition_id>/stop", methods=["GET", "POST"])
def stop(petition_id: UUID) -> Page:
    """End it before its time, with a reason for everyone."""
    if request.method == "POST":
        spend("10/hour;20/day", "petitions.stop", str(me().id))
    db = get_db()
    shown = find(db, petition_id)
    petition = shown.petition
    if not rules.can_stop(petition.state, shown.role):
        raise NotAllowed("Only organisers stop a petition, before it is handed over.")
    form = ReasonForm()
    if not form.validate_on_submit():
        page = render_template("petitions/stop.html", petition=petition, form=form)
        return page, 422 if form.is_submitted() else 200
    life.stop_petition(db, petition, actor=me(), reason=form.why(), now=clock.now())
    db.commit()
    flash("The petition is stopped. Everyone reads why.", "good")
    return redirect(url_for("petitions.detail", petition_id=petition_id), 303)


def permissions(shown: Shown) -> dict[str, Any]:
    """What the viewer may do with it: the same answers the services give."""
    state, role, mine = shown.petition.state, shown.role, who(shown)
    can_put = False
    if state in WRITABLE_STATES and role is not None:
        rule = rule_in_force(get_db(), shown.guild.id, DecisionKind.OPEN_PETITION)
        can_put = rules.can_put_before_guild(state, rule=rule, **mine)
    return {
        "can_put": can_put,
        "can_edit": rules.can_edit(state, **mine),
        "can_ask": rules.can_ask_for_suggestions(state, **mine),
        "can_end_amendment": rules.can_end_amendment(state, **mine),
        "can_suggest": rules.can_suggest(state, role),
        "can_redraft": rules.can_redraft(
            state,
            **mine,
            is_too_late=clock.now() >= rules.last_moment(shown.petition.closes_on),
        ),
        "can_withdraw": rules.can_withdraw(state, **mine),
        "can_stop": rules.can_stop(state, role),
        "can_post": rules.can_post_update(state, **mine),
    }


def writing(shown: Shown) -> dict[str, Any]:
    """How a petition is written, for its guild's members alone; writing: None for strangers."""
    if shown.role is None:
        return {"writing": None}
    db, petition = get_db(), shown.petition
    is_written = petition.state in WRITABLE_STATES
    alike = likeness.alike(db, shown.guild.id, petition.title) if is_written else []
    return {
        "writing": {
            "suggestions": suggestions.listed(db, petition.id) if is_written else [],
            "has_suggestions": suggestions.were_made(db, petition.id),
            "suggestion_pills": SUGGESTION_PILLS,
            "passages": PASSAGE_NAMES,
            "version_count": versions.version_count(db, petition.id),
            "alike": [one for one in alike if one.id != petition.id],
            "pills": PILLS,
        }
    }
