"""Consent in rounds: my answer, taking a change in, who answered what in a round."""

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for

from accounts.identity import me
from core import clock
from core.database import get_db
from core.errors import NotAllowed, RuleBroken
from core.fields import refuse
from core.paging import cut, read_place
from core.rates import spend
from voting import consenting, round_queries, rounds
from voting.models import Choice, ProposalState
from voting.queries import PAGE, Shown
from voting.round_forms import AnswerForm, IntegrateForm
from voting.views.blueprint import Page, bp, proposal_of, url_of
from voting.views.detail import detail_page
from voting.views.terms import TermsPart, asks_to_look, is_whole, terms_part

SAID = {
    Choice.YES: "You consent.",
    Choice.NO: "Your objection stands, with its reason.",
    Choice.ABSTAIN: "You stand aside.",
}


@bp.post("/decisions/<uuid:proposal_id>/answer")
def answer(proposal_id: UUID) -> Page:
    """Consent, object or stand aside, or change that."""
    spend("30/minute;300/hour", "voting.cast", str(me().id))
    shown = proposal_of(proposal_id)
    form = AnswerForm()
    if not form.validate_on_submit():
        return detail_page(shown, answer_form=form), 422
    db = get_db()
    choice = Choice(form.choice.data)
    try:
        rounds.answer(
            db,
            shown.proposal,
            actor=me(),
            choice=choice,
            reason=form.reason.data or "",
            asked=form.asked,
            now=clock.now(),
        )
    except rounds.AskedAnew as asked_anew:
        if shown.proposal.state != ProposalState.VOTING:
            raise
        refuse(form.choice, str(asked_anew))
        form.round.data = str(shown.proposal.round)
        return detail_page(shown, answer_form=form), 409
    db.commit()
    flash(SAID[choice], "good")
    return redirect(url_of(shown.proposal), 303)


@bp.route("/decisions/<uuid:proposal_id>/integrate", methods=["GET", "POST"])
def integrate(proposal_id: UUID) -> Page:
    """Take a change into my text and let the guild be asked again."""
    if request.method == "POST":
        spend("10/hour;40/day", "voting.integrate", str(me().id))
    shown = proposal_of(proposal_id)
    proposal = shown.proposal
    is_author = proposal.author_id == me().id
    form = IntegrateForm(data={"text": proposal.text, "round": str(proposal.round)})
    if request.method == "GET" or not is_author:
        refusal = consenting.integrate_refusal(
            proposal, clock.now(), is_author=is_author, is_member=True
        )
        if refusal is not None:
            raise RuleBroken(refusal) if is_author else NotAllowed(refusal)
    part, db = terms_part(shown), get_db()
    if not is_whole(form, part):
        return _integrate_page(shown, form, part), 422 if form.is_submitted() else 200
    if part and asks_to_look():
        return _integrate_page(shown, form, part, **part.look(form))
    try:
        rounds.integrate(
            db,
            proposal,
            actor=me(),
            text=form.text.data or "",
            terms=part.typed() if part else None,
            asked=form.asked,
            now=clock.now(),
        )
    except RuleBroken as refused:  # what was typed stays to be read
        refuse(form.text, str(refused))
        return _integrate_page(shown, form, part), refused.status
    db.commit()
    flash(f"The change is in. Round {proposal.round} begins with talk.", "good")
    return redirect(url_of(proposal), 303)


def _integrate_page(shown: Shown, form: IntegrateForm, part: TermsPart | None, **more: Any) -> str:
    proposal = shown.proposal
    raised = round_queries.objections(get_db(), proposal.id)
    return render_template(
        "voting/integrate.html",
        proposal=proposal,
        guild=shown.guild,
        role=shown.role,
        form=form,
        terms=part,
        objections=[one for one in raised if one[0].round == proposal.round],
        tally=proposal.tally,
        said=consenting.tally_in_words(proposal.tally),
        **more,
    )


@bp.get("/decisions/<uuid:proposal_id>/rounds/<int:number>")
def round_answers(proposal_id: UUID, number: int) -> Page:
    """Who answered what in a round, or who objects; those of earlier rounds count no more."""
    shown = proposal_of(proposal_id)
    proposal = shown.proposal
    if not consenting.is_by_consent(proposal) or not 1 <= number <= proposal.round:
        abort(404)
    after = read_place(request.args.get("after"))
    only = Choice.NO if request.args.get("choice") == "objections" else None
    found = round_queries.answers(get_db(), proposal_id, number, choice=only, after=after)
    rows, place = cut(found, PAGE, lambda row: (row[0].cast_at, row[0].id))
    further = url_for(
        "voting.round_answers",
        proposal_id=proposal_id,
        number=number,
        choice="objections" if only else None,
        after=place,
    )
    return render_template(
        "voting/round_answers.html",
        proposal=proposal,
        guild=shown.guild,
        role=shown.role,
        number=number,
        is_of_objections=only is not None,
        rows=[(consenting.WORDS[Choice(ballot.marks)], ballot, user) for ballot, user in rows],
        next_url=further if place else None,
        is_first=after is None,
    )
