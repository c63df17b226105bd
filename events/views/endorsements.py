"""Standing behind another guild's event, and its host turning that down."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from accounts.identity import me
from core import clock
from core.database import get_db
from core.errors import NotAllowed, RuleBroken
from core.fields import text
from events import endorsements, rules
from events.forms import TurnDownForm
from events.models import Endorsement
from events.queries import Seen
from events.views.blueprint import (
    PER_ORGANISER,
    Page,
    bp,
    event_of,
    spend_on_post,
    words_of,
)
from guilds.charter import DecisionKind
from guilds.models import Guild
from voting.case_form import CaseForm
from voting.views.blueprint import choose_guild
from voting.views.desk import Desk


@bp.get("/events/<uuid:event_id>/endorse")
def endorse_by(event_id: UUID) -> Page:
    """Which of my guilds shall stand behind it; with only one there is nothing to choose."""
    event = event_of(event_id).event
    return choose_guild(
        DecisionKind.EVENT,
        lambda slug: url_for("events.endorse", slug=slug, event_id=event.id),
        title="Propose to endorse it",
        lead="Which of your guilds shall decide whether it stands behind this event?",
        back=(event.title, url_for("events.detail", event_id=event.id)),
        besides=event.guild_id,
        refusals=lambda guild_ids: endorsements.refusals(get_db(), event, guild_ids),
    )


@bp.route("/guilds/<slug>/events/<uuid:event_id>/endorse", methods=["GET", "POST"])
def endorse(slug: str, event_id: UUID) -> Page:
    """Ask a guild to stand behind another guild's event."""
    desk, event = Desk(slug, DecisionKind.EVENT), event_of(event_id).event
    refusal = endorsements.refusal(desk.db, event, desk.guild, clock.now())
    if refusal is not None:
        raise RuleBroken(refusal)
    form = CaseForm().offer(desk.rule)
    if not form.validate_on_submit():
        return desk.page("events/endorse.html", form, event=event, when=words_of(event))
    proposal = endorsements.propose_endorsement(
        desk.db, event, desk.guild, case=form.case(), actor=me(), now=clock.now()
    )
    return desk.put(proposal)


@bp.route(
    "/events/<uuid:event_id>/endorsements/<uuid:endorsement_id>/decline", methods=["GET", "POST"]
)
def turn_down(event_id: UUID, endorsement_id: UUID) -> Page:
    """Take a guild off the page of an event my guild hosts, and say why."""
    spend_on_post(PER_ORGANISER, "events.turn_down")
    seen, found = _hosted(event_id, endorsement_id)
    if found.declined_at is not None:
        raise RuleBroken("It was turned down already.")
    form = TurnDownForm()
    db = get_db()
    if not form.validate_on_submit():
        page = render_template(
            "events/turn_down.html",
            event=seen.event,
            seen=seen,
            guild=db.get_one(Guild, found.guild_id),
            form=form,
        )
        return page, 422 if form.is_submitted() else 200
    endorsements.turn_down(db, found, reason=text(form.reason), actor=me(), now=clock.now())
    db.commit()
    flash("Your event's page does not show it any more. The guild is told why.", "good")
    return _to(event_id)


@bp.post("/events/<uuid:event_id>/endorsements/<uuid:endorsement_id>/show")
def show_endorsement(event_id: UUID, endorsement_id: UUID) -> Page:
    """Show what my guild had turned down."""
    spend_on_post(PER_ORGANISER, "events.turn_down")
    _, found = _hosted(event_id, endorsement_id)
    db = get_db()
    endorsements.show_again(db, found, actor=me(), now=clock.now())
    db.commit()
    flash("Your event's page shows it again.", "good")
    return _to(event_id)


def _hosted(event_id: UUID, endorsement_id: UUID) -> tuple[Seen, Endorsement]:
    """An endorsement of an event that a guild hosts in which I organise."""
    seen = event_of(event_id)
    found = endorsements.get_endorsement(get_db(), event_id, endorsement_id)
    if found is None:
        abort(404)
    if not rules.can_organise(seen.role):
        raise NotAllowed("Only organisers of the hosting guild turn an endorsement down.")
    return seen, found


def _to(event_id: UUID) -> Response:
    return redirect(url_for("events.detail", event_id=event_id, _anchor="behind"), 303)
