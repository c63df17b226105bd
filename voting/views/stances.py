"""Proposing where a guild stands on a bill."""

from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for

from accounts.identity import me
from core import clock
from core.database import get_db
from core.errors import NotAllowed
from core.rates import spend
from guilds.charter import DecisionKind
from guilds.charter_words import rule_in_words
from legislation.models import Bill, GuildStance
from legislation.queries import get_bill
from legislation.stances import current_stance
from voting import queries, rules, stances
from voting.case_form import StanceForm
from voting.views.blueprint import Page, bp, choose_guild, guild_of, url_of


@bp.get("/legislation/<uuid:bill_id>/propose")
def stance_by(bill_id: UUID) -> Page:
    """Which of my guilds shall take a stance; with only one there is nothing to choose."""
    bill = _bill(bill_id)
    return choose_guild(
        DecisionKind.BILL_STANCE,
        lambda slug: url_for("voting.stance", slug=slug, bill_id=bill.id),
        title="Propose a stance",
        lead="Which of your guilds shall decide where it stands on this bill?",
        back=(bill.identifier, url_for("legislation.detail", bill_id=bill.id)),
    )


@bp.route("/guilds/<slug>/bills/<uuid:bill_id>/stance", methods=["GET", "POST"])
def stance(slug: str, bill_id: UUID) -> Page:
    """Ask a guild to take a stance on a bill."""
    if request.method == "POST":
        spend("10/hour;40/day", "voting.put", str(me().id))
    guild, role = guild_of(slug)
    bill, db = _bill(bill_id), get_db()
    rule = queries.rule_in_force(db, guild.id, DecisionKind.BILL_STANCE)
    if not rules.can_propose(role, rule):
        raise NotAllowed("The charter does not let you propose a stance on a bill.")
    form = StanceForm().offer(rule)
    if not form.validate_on_submit():
        page = render_template(
            "voting/propose_stance.html",
            guild=guild,
            role=role,
            bill=bill,
            stands=current_stance(db, bill.id, guild.id),
            form=form,
            sentences=rule_in_words(rule),
        )
        return page, 422 if form.is_submitted() else 200
    proposal = stances.propose_stance(
        db,
        guild,
        bill,
        GuildStance(form.stance.data),
        case=form.case(),
        actor=me(),
        now=clock.now(),
    )
    db.commit()
    flash("Your proposal stands before the guild.", "good")
    return redirect(url_of(proposal), 303)


def _bill(bill_id: UUID) -> Bill:
    bill = get_bill(get_db(), bill_id)
    if bill is None:
        abort(404)
    return bill
