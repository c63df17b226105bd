"""Casting a ballot, and who voted what."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from accounts.identity import me
from core import clock
from core.database import get_db, reading
from core.errors import NotAllowed, RuleBroken
from core.paging import read_place, write_place
from core.rates import spend
from guilds.charter import ONE_QUESTION, Method
from voting import casting, papers, queries
from voting.ballots import with_voters
from voting.forms import CHOICE_NAMES, BallotForm
from voting.models import Choice
from voting.queries import PAGE, Shown
from voting.views.blueprint import Page, bp, proposal_of, proposal_seen, url_of
from voting.views.boxes import cast_in_secret
from voting.views.detail import detail_page
from voting.views.papers import asked_of, sheet_of, typed_in, words_of


@bp.post("/decisions/<uuid:proposal_id>/ballot")
def cast(proposal_id: UUID) -> Page:
    """Cast my ballot, or change it."""
    spend("30/minute;300/hour", "voting.cast", str(me().id))
    shown = proposal_seen(proposal_id)
    if shown.proposal.method == Method.CONSENT:
        raise RuleBroken("Here you are asked for consent: answer on the proposal's page.")
    if shown.proposal.method in ONE_QUESTION:
        return _cast_answer(shown)
    return _cast_choice(shown)


def _cast_answer(shown: Shown) -> Page:
    """Yes, no or abstain; answers of consent have a page of their own (voting.views.rounds)."""
    form = BallotForm()
    if not form.validate_on_submit():
        return detail_page(shown, ballot_form=form), 422
    choice = Choice(form.choice.data)
    return _put_in(shown, choice, said=f"Your ballot is in: {CHOICE_NAMES[choice].lower()}.")


def _cast_choice(shown: Shown) -> Page:
    """Ticks, scores or ranks, one an option."""
    proposal = shown.proposal
    with reading() as db:
        options = queries.options(db, proposal.id)
    typed, is_blank = typed_in(request.form, len(options)), "blank" in request.form
    read = papers.read_typed(asked_of(proposal, options), typed, is_blank=is_blank)
    if not read.is_good:
        sheet = sheet_of(proposal, options, typed=typed, is_blank=is_blank, reading=read)
        return detail_page(shown, sheet=sheet), 422
    return _put_in(shown, read.marks, said="Your ballot is in. It stands below in words.")


def _put_in(shown: Shown, marks: str, *, said: str) -> Page:
    """Put a ballot into the open box, or the sealed one."""
    if shown.proposal.decision_rule.is_secret:
        return cast_in_secret(shown, marks)
    db = get_db()
    casting.cast_ballot(db, shown.proposal, actor=me(), marks=marks, now=clock.now())
    db.commit()
    flash(said, "good")
    return redirect(url_of(shown.proposal), 303)


@bp.get("/decisions/<uuid:proposal_id>/ballots")
def ballots(proposal_id: UUID) -> Page:
    """Who voted what: ballots are open to the guild."""
    shown = proposal_of(proposal_id)
    if shown.proposal.decision_rule.is_secret:
        raise NotAllowed("This vote is secret: who voted what is not kept.")
    after = read_place(request.args.get("after"))
    found = with_voters(get_db(), shown.proposal, after=after)
    rows = found[:PAGE]
    options = queries.options(get_db(), proposal_id)
    next_url = None
    if len(found) > PAGE:
        place = write_place(rows[-1][0].cast_at, rows[-1][0].id)
        next_url = url_for("voting.ballots", proposal_id=proposal_id, after=place)
    return render_template(
        "voting/ballots.html",
        proposal=shown.proposal,
        guild=shown.guild,
        role=shown.role,
        rows=[(words_of(shown.proposal, options, ballot), ballot, user) for ballot, user in rows],
        next_url=next_url,
        is_first=after is None,
    )
