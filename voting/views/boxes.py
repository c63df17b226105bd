"""The ballot box: casting in secret, receipts, the bundle, and counting again."""

from functools import partial
from typing import Any
from uuid import UUID

from flask import abort, current_app, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from accounts.identity import person
from core import clock
from core.database import get_db
from core.errors import RuleBroken
from core.rates import source, spend
from core.security import public
from core.streaming import LARGE, streamed
from core.vault import get_vault
from core.wire import get_wire
from guilds.charter import SECRET_LEAST
from voting import ballots, bundles, rules, secrecy
from voting.models import DECIDED_STATES, Elector, Proposal
from voting.queries import Shown
from voting.recounting.script import recount_script
from voting.seats import Seat
from voting.views.blueprint import Page, bp, means, proposal_of

#: what a link to a bundle proves it is for (core.vault)
LINK = "bundle"
#: receipts shown at a time
RECEIPTS = 100


def cast_in_secret(seat: Seat, marks: str) -> Page:
    """Put a ballot into the sealed box and show its receipt: once, here, and nowhere again."""
    code = secrecy.cast_seated(
        get_wire(), seat, actor=person(), marks=marks, keys=means().keys, now=clock.now()
    )
    return render_template(
        "voting/receipt.html", proposal=seat, guild=seat.guild, role=seat.role, code=code
    )


def box_of(db: Session, proposal: Proposal, seat: Elector | None) -> dict[str, Any]:
    """For the page of a proposal: is_secret, whether my ballot is in, and what can be recounted.

    fault: why the box cannot be opened yet, in words.
    """
    is_over = proposal.state in DECIDED_STATES
    return {
        "is_secret": proposal.decision_rule.is_secret,
        "has_voted": seat is not None and seat.has_voted,
        "has_bundle": is_over and bundles.has_bundle(db, proposal.id),
        "is_over": is_over,
        "fault": "" if is_over else proposal.box_fault,
        "waits_until": proposal.closes_at + rules.BOX_WAIT,
        "least": SECRET_LEAST,
    }


@bp.get("/decisions/<uuid:proposal_id>/receipts")
def receipts(proposal_id: UUID) -> Page:
    """Is my ballot in the box? The codes of all that are."""
    shown = proposal_of(proposal_id)
    proposal = shown.proposal
    if not proposal.decision_rule.is_secret:
        raise RuleBroken("Ballots of this vote are open: there is no need of receipts.")
    db = get_db()
    asked = secrecy.read_code(request.args.get("code", ""))
    after = secrecy.read_code(request.args.get("after", ""))
    found = ballots.receipts(db, proposal.id, after=after, limit=RECEIPTS)
    next_url = None
    if len(found) > RECEIPTS:
        next_url = url_for("voting.receipts", proposal_id=proposal_id, after=found[RECEIPTS - 1])
    return render_template(
        "voting/receipts.html",
        **_frame(shown),
        is_counted=proposal.state in DECIDED_STATES,
        asked=asked,
        is_there=bool(asked) and ballots.has_receipt(db, proposal.id, asked),
        codes=found[:RECEIPTS],
        next_url=next_url,
        is_first=not after,
    )


@bp.get("/decisions/<uuid:proposal_id>/recount")
def recount(proposal_id: UUID) -> Page:
    """How to check a vote and count it again, and what that proves."""
    shown = proposal_of(proposal_id)
    head = bundles.head_of(get_db(), proposal_id)
    if head is None:
        raise RuleBroken(_nothing_to_recount(shown.proposal))
    token = get_vault().link_token(LINK, proposal_id)
    base = current_app.config["PUBLIC_URL"]
    return render_template(
        "voting/recount.html",
        **_frame(shown),
        public_key=head["public_key"],
        script=head.get("script", ""),
        script_name=_script_name(head.get("script", "")),
        shared_url=base + url_for("voting.shared_bundle", token=token),
    )


@bp.get("/decisions/<uuid:proposal_id>/bundle.json")
def bundle(proposal_id: UUID) -> Page:
    """Everything to check the vote and count it again, for members."""
    spend(LARGE, "voting.bundle", str(person().id))
    return _bundle(proposal_of(proposal_id).proposal)


@bp.get("/bundles/<token>/bundle.json")
@public
def shared_bundle(token: str) -> Page:
    """The same, for anyone whom a member gave the link."""
    spend(LARGE, "voting.bundle", source())
    proposal_id = get_vault().read_link_token(LINK, token)
    proposal = get_db().get(Proposal, proposal_id) if proposal_id else None
    if proposal is None or proposal.state not in DECIDED_STATES:
        abort(404)
    return _bundle(proposal)


@bp.get("/recount.py")
@public
def recount_file() -> Response:
    """The script that checks and counts a bundle, anywhere."""
    return _download(Response(recount_script(), mimetype="text/x-python"), "recount.py")


@bp.get("/recount/<script>.py")
@public
def recount_version(script: str) -> Response:
    """The script that a bundle names: the very one its vote was counted by."""
    text = bundles.script_text(get_db(), script)
    if text is None:
        abort(404)
    return _download(Response(text, mimetype="text/x-python"), _script_name(script))


def _script_name(script: str) -> str:
    """How a script is kept beside others. script: its hash, or "" for today's."""
    return f"recount-{script[:8]}.py" if script else "recount.py"


def _bundle(proposal: Proposal) -> Response:
    if not bundles.has_bundle(get_db(), proposal.id):
        raise RuleBroken(_nothing_to_recount(proposal))
    answer = streamed(partial(bundles.bundle_text, proposal=proposal), "application/json")
    return _download(answer, f"ballots-{str(proposal.id)[:8]}.json")


def _download(answer: Response, name: str) -> Response:
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _nothing_to_recount(proposal: Proposal) -> str:
    if proposal.state not in DECIDED_STATES:
        return "The ballots can be counted again once they are counted."
    return "The ballots were not counted, so there is nothing to count again."


def _frame(shown: Shown) -> dict[str, Any]:
    return {"proposal": shown.proposal, "guild": shown.guild, "role": shown.role}
