"""Putting events before guilds: calling people by decision, and endorsing what others call."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for

from accounts.identity import me
from core import clock
from core.database import get_db
from core.errors import NotAllowed, RuleBroken
from events import by_decision, rules
from events.models import EventState
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
from guilds.charter_words import rule_in_words
from guilds.queries import stuck
from voting.case_form import HowForm
from voting.models import ProposalState
from voting.queries import rule_in_force
from voting.rules import can_propose
from voting.verdicts import numbers_for_everyone


def decided(seen: Seen) -> dict[str, Any]:
    """How the event stands to decisions: what it rests on or waits for, and who may ask for one."""
    db, event, now = get_db(), seen.event, clock.now()
    proposal = by_decision.decision_on(db, event)
    before = rules.is_before_guild(proposal)
    found: dict[str, Any] = {
        "proposal": proposal if seen.role else None,
        "is_before_guild": before,
        "decision": "",
        "decided_at": None,
        "can_publish": False,
        "can_put": False,
        "needs_vote": False,
    }
    is_theirs = rules.is_responsible(seen.role, is_author=seen.is_author)
    if event.state is EventState.DRAFT and is_theirs:
        rule = rule_in_force(db, event.guild_id, DecisionKind.EVENT)
        alone = rules.can_publish(event, seen.role, now) and rule.organisers_alone
        found["can_publish"] = alone and not before
        found["can_put"] = not before and rules.can_put(
            event, seen.role, rule, now, is_author=seen.is_author
        )
        found["needs_vote"] = not rule.organisers_alone
    elif proposal is not None and proposal.state == ProposalState.PASSED:
        found["decision"] = numbers_for_everyone(proposal)
        found["decided_at"] = proposal.decided_at
    return found


@bp.route("/events/<uuid:event_id>/put", methods=["GET", "POST"])
def put(event_id: UUID) -> Page:
    """Ask the guild to call people to a draft."""
    spend_on_post(PER_ORGANISER, "events.put")
    seen, db = event_of(event_id), get_db()
    rule = rule_in_force(db, seen.guild.id, DecisionKind.EVENT)
    is_theirs = rules.is_responsible(seen.role, is_author=seen.is_author)
    if not is_theirs or not can_propose(seen.role, rule):
        raise NotAllowed("The charter does not let you put this event before the guild.")
    before = by_decision.decision_on(db, seen.event)
    if before is not None and rules.is_before_guild(before):  # perhaps the first of two clicks
        return redirect(url_for("voting.detail", proposal_id=before.id), 303)
    refusal = by_decision.call_refusal(db, seen.event, clock.now())
    if refusal is not None:
        raise RuleBroken(refusal)
    form = HowForm().offer(rule)
    if not form.validate_on_submit():
        page = render_template(
            "events/put.html",
            event=seen.event,
            seen=seen,
            form=form,
            when=words_of(seen.event),
            sentences=rule_in_words(rule),
            stuck=stuck(db, seen.guild.id, rule, clock.now()),
        )
        return page, 422 if form.is_submitted() else 200
    proposal = by_decision.propose_call(
        db,
        seen.event,
        how=form.case(),
        actor=me(),
        now=clock.now(),
    )
    db.commit()
    flash("Your event stands before the guild.", "good")
    return redirect(url_for("voting.detail", proposal_id=proposal.id), 303)
