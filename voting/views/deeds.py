"""What a decision does: said on its page before, after and while it could not be done."""

from typing import Any
from uuid import UUID

from flask import flash, redirect

from accounts.identity import me
from core import clock
from core.database import get_db
from core.rates import spend
from guilds.charter import DecisionKind
from voting import closing, mandates, rules, verdicts
from voting.models import OPEN_STATES, ProposalState
from voting.queries import Shown
from voting.views.blueprint import Page, bp, means, proposal_of, url_of

#: states in which passing may still come
BEFORE = OPEN_STATES | {ProposalState.DRAFT}


@bp.post("/decisions/<uuid:proposal_id>/carry-out")
def carry_out(proposal_id: UUID) -> Page:
    """Try again what was decided and could not be done."""
    spend("20/hour;60/day", "voting.carry_out", str(me().id))
    proposal = proposal_of(proposal_id).proposal
    db = get_db()
    done = closing.try_again(db, proposal, means(), actor=me(), now=clock.now())
    db.commit()
    if done:
        flash("What was decided is carried out now.", "good")
    else:
        flash("It still cannot be carried out. The page says why.", "warn")
    return redirect(url_of(proposal, _anchor="deed"), 303)


def deed_of(shown: Shown) -> dict[str, Any]:
    """What passing would do, did, or could not do; deed: None if it did not pass."""
    proposal = shown.proposal
    if proposal.state not in BEFORE and proposal.state != ProposalState.PASSED:
        return {"deed": None}
    waits = proposal.state == ProposalState.PASSED and proposal.carried_out_at is None
    if proposal.state in BEFORE:
        title = "What passing does"
    else:
        title = verdicts.outcome_pill(proposal)[0] if waits else "What this decision did"
    known = means().mandates
    lapsed = mandates.why_never(get_db(), proposal, known, now=clock.now()) if waits else None
    return {
        "deed": {
            "title": title,
            "sentences": known[DecisionKind(proposal.kind)].words(get_db(), proposal),
            "waits": waits,
            "lapsed": lapsed,
            "reason": proposal.not_carried_out if waits else "",
            "can_try": waits and lapsed is None and rules.can_carry_out(shown.role),
            "done_at": proposal.carried_out_at,
            "was_later": proposal.carried_out_at != proposal.decided_at,
        }
    }
