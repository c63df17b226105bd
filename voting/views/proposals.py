"""Proposals: a guild's decisions, putting one, its page, taking it back."""

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from accounts.identity import me
from core import clock
from core.database import get_db
from core.errors import NotAllowed
from core.paging import cut, read_place
from core.rates import spend
from guilds.charter import DecisionKind
from voting import queries, rules, services, verdicts
from voting.models import DECIDED_STATES, OPEN_STATES, Proposal, ProposalState
from voting.queries import PAGE
from voting.views.blueprint import Page, bp, guild_of, proposal_of, url_of
from voting.views.detail import detail_page, may_withdraw
from voting.views.stages import pill_of

#: what a link shows -> which proposals those are
FILTERS: dict[str, dict[str, Any]] = {
    "": {},
    "open": {"states": OPEN_STATES},
    "decided": {"states": DECIDED_STATES},
    "resolved": {
        "states": frozenset({ProposalState.PASSED}),
        "kind": DecisionKind.RESOLUTION,
    },
    "undone": {"only_undone": True},
}


@bp.get("/guilds/<slug>/decisions")
def index(slug: str) -> Page:
    """All a guild debates, votes on and has decided, the last put first."""
    guild, role = guild_of(slug)
    chosen = request.args.get("show", "")
    chosen = chosen if chosen in FILTERS else ""
    before = read_place(request.args.get("before"))
    found = queries.proposals(get_db(), guild, before=before, **FILTERS[chosen])
    shown, place = cut(found, PAGE, lambda proposal: (proposal.put_at, proposal.id))
    further = url_for("voting.index", slug=slug, show=chosen or None, before=place)
    return render_template(
        "voting/index.html",
        guild=guild,
        role=role,
        rows=[(proposal, _lines(proposal)) for proposal in shown],
        pill_of=pill_of,
        chosen=chosen,
        next_url=further if place else None,
        is_first=before is None,
        can_propose=rules.can_propose(
            role, queries.rule_in_force(get_db(), guild.id, DecisionKind.RESOLUTION)
        ),
        drafts=queries.my_drafts(get_db(), guild.id, me().id) if before is None else [],
    )


@bp.get("/decisions/<uuid:proposal_id>")
def detail(proposal_id: UUID) -> Page:
    """One proposal: what it asks, how it stands, my ballot, the debate."""
    return detail_page(proposal_of(proposal_id))


@bp.route("/decisions/<uuid:proposal_id>/withdraw", methods=["GET", "POST"])
def withdraw(proposal_id: UUID) -> Page:
    """Ask once, then take my proposal back."""
    shown = proposal_of(proposal_id)
    db = get_db()
    if request.method == "POST":
        services.withdraw(db, shown.proposal, actor=me(), now=clock.now())
        db.commit()
        flash("Your proposal is withdrawn.", "good")
        return redirect(url_of(shown.proposal), 303)
    if not may_withdraw(shown):
        raise NotAllowed("A proposal is withdrawn by its author, before the first ballot.")
    return render_template(
        "voting/withdraw.html", proposal=shown.proposal, guild=shown.guild, role=shown.role
    )


@bp.post("/decisions/<uuid:proposal_id>/support")
def support(proposal_id: UUID) -> Page:
    """Say that the guild should hear it."""
    spend("30/minute;300/hour", "voting.support", str(me().id))
    proposal, db = proposal_of(proposal_id).proposal, get_db()
    services.support(db, proposal, actor=me(), now=clock.now())
    db.commit()
    is_heard = proposal.state != ProposalState.SUPPORT
    flash("With your support the guild hears it." if is_heard else "You support it.", "good")
    return redirect(url_of(proposal), 303)


@bp.post("/decisions/<uuid:proposal_id>/take-back-support")
def take_back_support(proposal_id: UUID) -> Page:
    """Support it no longer."""
    spend("30/minute;300/hour", "voting.support", str(me().id))
    proposal, db = proposal_of(proposal_id).proposal, get_db()
    services.take_back_support(db, proposal, actor=me(), now=clock.now())
    db.commit()
    flash("Your support is taken back.", "good")
    return redirect(url_of(proposal), 303)


def _lines(proposal: Proposal) -> list[str]:
    """How a proposal stands, as a list has room for it; empty where its times say it."""
    if proposal.state not in DECIDED_STATES and proposal.state != ProposalState.VOTING:
        return []
    is_open = proposal.state == ProposalState.VOTING
    rule, chosen = proposal.decision_rule, verdicts.chosen_in_words(proposal)
    turnout = verdicts.turnout_in_words(proposal.tally, rule, is_open=is_open)
    return [f"Chosen: {chosen}", turnout] if chosen else [turnout]
