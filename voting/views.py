"""Pages of deciding: a guild's decisions, one proposal with its ballot and debate, the ballots."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlmodel import Session
from werkzeug.wrappers import Response

from accounts.identity import me
from accounts.models import User
from core import clock
from core.database import get_db
from core.errors import NotAllowed
from core.paging import read_place, write_place
from core.rates import spend
from guilds.charter import KIND_NAMES, Charter, DecisionKind, DecisionRule, rule_in_words
from guilds.models import Guild, Role
from guilds.queries import get_charter, get_guild
from voting import queries, rules, services
from voting.forms import (
    CHOICE_HINTS,
    CHOICE_NAMES,
    BallotForm,
    CommentForm,
    ProposalForm,
    length_chosen,
)
from voting.models import DECIDED_STATES, OPEN_STATES, Choice, Proposal, ProposalState
from voting.queries import PAGE, Shown

bp = Blueprint("voting", __name__)

Page = str | tuple[str, int] | Response

#: state -> (word, tone) of its pill
PILLS = {
    ProposalState.DELIBERATION: ("In debate", "quiet"),
    ProposalState.VOTING: ("Voting", "warn"),
    ProposalState.PASSED: ("Passed", "good"),
    ProposalState.FAILED: ("Not passed", "bad"),
    ProposalState.WITHDRAWN: ("Withdrawn", "quiet"),
}
#: what a kind of decision acts on -> the kind of subject that subject_url knows
SUBJECT_KINDS = {DecisionKind.OPEN_PETITION.value: "petition"}
FILTERS = {"open": OPEN_STATES, "decided": DECIDED_STATES}


@bp.get("/guilds/<slug>/decisions")
def index(slug: str) -> Page:
    """All a guild debates, votes on and has decided, the last put first."""
    guild, role = _guild(slug)
    chosen = request.args.get("show", "")
    chosen = chosen if chosen in FILTERS else ""
    before = read_place(request.args.get("before"))
    found = queries.proposals(get_db(), guild, states=FILTERS.get(chosen), before=before)
    shown = found[:PAGE]
    next_url = None
    if len(found) > PAGE:
        place = write_place(shown[-1].put_at, shown[-1].id)
        next_url = url_for("voting.index", slug=slug, show=chosen or None, before=place)
    return render_template(
        "voting/index.html",
        guild=guild,
        role=role,
        rows=[(proposal, _line(proposal)) for proposal in shown],
        pills=PILLS,
        chosen=chosen,
        next_url=next_url,
        is_first=before is None,
        can_propose=rules.can_propose(role, _resolution_rule(get_db(), guild)),
    )


@bp.route("/guilds/<slug>/decisions/new", methods=["GET", "POST"])
def new(slug: str) -> Page:
    """Put a resolution before the guild."""
    if request.method == "POST":
        spend("10/hour;40/day", "voting.put", str(me().id))
    guild, role = _guild(slug)
    db = get_db()
    rule = _resolution_rule(db, guild)
    if not rules.can_propose(role, rule):
        raise NotAllowed("The charter does not let you put a resolution.")
    form = ProposalForm().offer(rule)
    if not form.validate_on_submit():
        page = render_template(
            "voting/new.html", guild=guild, role=role, form=form, sentences=rule_in_words(rule)
        )
        return page, 422 if form.is_submitted() else 200
    proposal = services.put_proposal(
        db,
        guild,
        actor=me(),
        kind=DecisionKind.RESOLUTION,
        title=form.title.data or "",
        text=form.text.data or "",
        voting_length=length_chosen(form.voting_length.data),
        now=clock.now(),
    )
    db.commit()
    flash("Your proposal stands before the guild.", "good")
    return redirect(_url(proposal), 303)


@bp.get("/decisions/<uuid:proposal_id>")
def detail(proposal_id: UUID) -> Page:
    """One proposal: what it asks, how it stands, my ballot, the debate."""
    return _detail_page(_proposal(proposal_id))


@bp.post("/decisions/<uuid:proposal_id>/ballot")
def cast(proposal_id: UUID) -> Page:
    """Cast my ballot, or change it."""
    spend("30/minute;300/hour", "voting.cast", str(me().id))
    shown = _proposal(proposal_id)
    form = BallotForm()
    if not form.validate_on_submit():
        return _detail_page(shown, ballot_form=form), 422
    db = get_db()
    choice = Choice(form.choice.data)
    services.cast_ballot(db, shown.proposal, actor=me(), choice=choice, now=clock.now())
    db.commit()
    flash(f"Your ballot is in: {CHOICE_NAMES[choice].lower()}.", "good")
    return redirect(_url(shown.proposal), 303)


@bp.post("/decisions/<uuid:proposal_id>/comments")
def comment(proposal_id: UUID) -> Page:
    """Add to the debate."""
    spend("10/minute;60/hour", "voting.comment", str(me().id))
    shown = _proposal(proposal_id)
    form = CommentForm()
    if not form.validate_on_submit():
        return _detail_page(shown, comment_form=form), 422
    db = get_db()
    said = services.comment(
        db, shown.proposal, actor=me(), text=form.text.data or "", now=clock.now()
    )
    db.commit()
    place = None  # a long debate is shown from the new comment on
    if shown.proposal.comment_count > PAGE:
        place = write_place(said.written_at, UUID(int=0))
    flash("Your comment stands in the debate.", "good")
    return redirect(_url(shown.proposal, after=place, _anchor=f"comment-{said.id}"), 303)


@bp.get("/decisions/<uuid:proposal_id>/ballots")
def ballots(proposal_id: UUID) -> Page:
    """Who voted what: ballots are open to the guild."""
    shown = _proposal(proposal_id)
    after = read_place(request.args.get("after"))
    found = queries.ballots(get_db(), shown.proposal, after=after)
    rows = found[:PAGE]
    next_url = None
    if len(found) > PAGE:
        place = write_place(rows[-1][0].cast_at, rows[-1][0].id)
        next_url = url_for("voting.ballots", proposal_id=proposal_id, after=place)
    return render_template(
        "voting/ballots.html",
        proposal=shown.proposal,
        guild=shown.guild,
        role=shown.role,
        rows=[(CHOICE_NAMES[ballot.choice], ballot.cast_at, user) for ballot, user in rows],
        next_url=next_url,
        is_first=after is None,
    )


@bp.route("/decisions/<uuid:proposal_id>/withdraw", methods=["GET", "POST"])
def withdraw(proposal_id: UUID) -> Page:
    """Ask once, then take my proposal back."""
    shown = _proposal(proposal_id)
    db = get_db()
    if request.method == "POST":
        services.withdraw(db, shown.proposal, actor=me(), now=clock.now())
        db.commit()
        flash("Your proposal is withdrawn.", "good")
        return redirect(_url(shown.proposal), 303)
    if not _can_withdraw(shown):
        raise NotAllowed("A proposal is withdrawn by its author, before the first ballot.")
    return render_template(
        "voting/withdraw.html", proposal=shown.proposal, guild=shown.guild, role=shown.role
    )


# What the pages share


def _guild(slug: str) -> tuple[Guild, Role]:
    """A guild I belong to; for everyone else nothing is here."""
    found = get_guild(get_db(), slug, me())
    if found is None or found[1] is None:
        abort(404)
    return found[0], found[1]


def _proposal(proposal_id: UUID) -> Shown:
    shown = queries.get_proposal(get_db(), proposal_id, me())
    if shown is None:
        abort(404)
    return shown


def _resolution_rule(db: Session, guild: Guild) -> DecisionRule:
    charter = Charter.model_validate(get_charter(db, guild.id).rules)
    return charter.rules[DecisionKind.RESOLUTION]


def _url(proposal: Proposal, **more: Any) -> str:
    return url_for("voting.detail", proposal_id=proposal.id, **more)


def _can_withdraw(shown: Shown) -> bool:
    proposal = shown.proposal
    return rules.can_withdraw(
        proposal.state,
        shown.role,
        is_author=proposal.author_id == me().id,
        ballot_count=proposal.tally.ballots,
    )


def _line(proposal: Proposal) -> str:
    """How a proposal stands, in the one line a list has room for; empty where its times say it."""
    if proposal.state in DECIDED_STATES or proposal.state == ProposalState.VOTING:
        is_open = proposal.state == ProposalState.VOTING
        return rules.turnout_in_words(proposal.tally, proposal.decision_rule, is_open=is_open)
    return ""


def _detail_page(
    shown: Shown, *, ballot_form: BallotForm | None = None, comment_form: CommentForm | None = None
) -> str:
    """The page of a proposal, with a form that came back with errors in its place."""
    db, proposal, now = get_db(), shown.proposal, clock.now()
    mine = queries.my_ballot(db, proposal.id, me().id)
    refusal = rules.vote_refusal(
        proposal.state,
        proposal.closes_at,
        now,
        is_elector=queries.is_elector(db, proposal.id, me().id),
        is_member=True,
    )
    return render_template(
        "voting/detail.html",
        proposal=proposal,
        guild=shown.guild,
        role=shown.role,
        author=db.get(User, proposal.author_id) if proposal.author_id else None,
        pill=PILLS[proposal.state],
        kind_name=KIND_NAMES[DecisionKind(proposal.kind)],
        subject_kind=SUBJECT_KINDS.get(proposal.kind),
        charter_number=queries.charter_number(db, proposal),
        sentences=rule_in_words(proposal.decision_rule),
        stages=_stages(proposal),
        standing=_standing(proposal),
        my_ballot=mine,
        my_choice=CHOICE_NAMES[mine.choice] if mine else None,
        refusal=refusal,
        can_comment=rules.can_comment(proposal.state, shown.role),
        can_withdraw=_can_withdraw(shown),
        ballot_form=ballot_form or BallotForm(formdata=None, choice=mine.choice if mine else None),
        choice_hints=CHOICE_HINTS,
        comment_form=comment_form or CommentForm(formdata=None),
        **_debate(db, proposal),
    )


def _debate(db: Session, proposal: Proposal) -> dict[str, Any]:
    after = read_place(request.args.get("after"))
    found = queries.comments(db, proposal, after=after)
    shown = found[:PAGE]
    next_url = None
    if len(found) > PAGE:
        place = write_place(shown[-1][0].written_at, shown[-1][0].id)
        next_url = _url(proposal, after=place, _anchor="debate")
    return {"comments": shown, "next_url": next_url, "debate_is_first": after is None}


def _standing(proposal: Proposal) -> dict[str, Any] | None:
    """The count in sentences and numbers; None before voting opened."""
    if proposal.electorate_count is None:
        return None
    tally, rule = proposal.tally, proposal.decision_rule
    is_open = proposal.state == ProposalState.VOTING
    if proposal.state in DECIDED_STATES:
        sentences = rules.result_in_words(tally, rule)
    else:
        sentences = [
            rules.turnout_in_words(tally, rule, is_open=is_open),
            rules.threshold_in_numbers(tally, rule, is_open=is_open),
        ]
    return {
        "tally": tally,
        "needed": rules.ballots_needed(tally.electorate, rule.quorum_share),
        "turnout": sentences[0],
        "more": sentences[1:],
    }


def _stages(proposal: Proposal) -> list[dict[str, Any]]:
    """The way of a proposal; each stage done, now or to come, with its time."""
    ended = {
        ProposalState.PASSED: "Passed",
        ProposalState.FAILED: "Not passed",
        ProposalState.WITHDRAWN: "Withdrawn",
    }
    order = [ProposalState.DELIBERATION, ProposalState.VOTING]
    reached = order.index(proposal.state) if proposal.state in order else len(order)
    stages: list[tuple[str, datetime | None, str]] = [
        ("Debate", proposal.put_at, ""),
        ("Voting", proposal.opens_at, ""),
        (ended.get(proposal.state, "Decision"), proposal.decided_at or proposal.closes_at, ""),
    ]
    if proposal.state == ProposalState.WITHDRAWN and proposal.electorate_count is None:
        stages.pop(1)
    if not proposal.decision_rule.deliberation:
        stages[0] = ("Put", proposal.put_at, "voting opened at once")
    if proposal.carried_out_at is not None:
        stages.append(("Carried out", proposal.carried_out_at, "by the decision itself"))
        reached += 1
    return [
        {
            "label": label,
            "at": at,
            "note": note,
            "state": "done"
            if place < reached or proposal.state not in OPEN_STATES
            else "now"
            if place == reached
            else "todo",
        }
        for place, (label, at, note) in enumerate(stages)
    ]
