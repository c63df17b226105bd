"""Casting a ballot, and who voted what."""

from typing import Any
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for

from accounts.identity import person
from core import clock
from core.database import get_db, reading
from core.errors import NotAllowed, RuleBroken
from core.paging import read_place, write_place
from core.rates import spend
from core.wire import get_wire
from guilds.charter import ONE_QUESTION, Method
from voting import casting, papers, queries
from voting.ballots import with_voters
from voting.forms import CHOICE_NAMES, BallotForm
from voting.models import Choice, ProposalState
from voting.queries import PAGE
from voting.seats import Seat, get_seat, option_names
from voting.views.blueprint import Page, bp, proposal_of, proposal_seen
from voting.views.boxes import cast_in_secret
from voting.views.detail import detail_page
from voting.views.papers import sheet_of, typed_in, words_of


@bp.post("/decisions/<uuid:proposal_id>/ballot")
def cast(proposal_id: UUID) -> Page:
    """Cast my ballot, or change it."""
    spend("30/minute;300/hour", "voting.cast", str(person().id))
    seat = get_seat(get_wire(), proposal_id, person().id)
    if seat is None or seat.role is None:
        abort(404)
    if seat.state in {ProposalState.DRAFT, ProposalState.EXPIRED}:
        proposal_seen(proposal_id)  # nothing to vote on; to others than its author, nothing at all
    if seat.method == Method.CONSENT:
        raise RuleBroken("Here you are asked for consent: answer on the proposal's page.")
    if seat.method in ONE_QUESTION:
        return _cast_answer(seat)
    return _cast_choice(seat)


def _cast_answer(seat: Seat) -> Page:
    """Yes, no or abstain; answers of consent have a page of their own (voting.views.rounds)."""
    choice = request.form.get("choice", "")
    if choice not in set(Choice):
        form = BallotForm()
        form.validate()
        return detail_page(proposal_seen(seat.id), ballot_form=form), 422
    return _put_in(seat, choice, said=f"Your ballot is in: {CHOICE_NAMES[Choice(choice)].lower()}.")


def _cast_choice(seat: Seat) -> Page:
    """Ticks, scores or ranks, one an option."""
    names = option_names(get_wire(), seat.id)
    typed, is_blank = typed_in(request.form, len(names)), "blank" in request.form
    asked = papers.asked_of(seat.method, names, seat.settings)
    read = papers.read_typed(asked, typed, is_blank=is_blank)
    if not read.is_good:
        return _filled_in(seat.id, typed, read, is_blank=is_blank), 422
    return _put_in(seat, read.marks, said="Your ballot is in. It stands below in words.")


def _filled_in(proposal_id: UUID, typed: list[str], read: papers.Reading, *, is_blank: bool) -> Any:
    """The page again, with what was marked and what is wrong with it."""
    shown = proposal_seen(proposal_id)
    with reading() as db:
        options = queries.options(db, proposal_id)
    sheet = sheet_of(shown.proposal, options, typed=typed, is_blank=is_blank, reading=read)
    return detail_page(shown, sheet=sheet)


def _put_in(seat: Seat, marks: str, *, said: str) -> Page:
    """Put a ballot into the open box, or the sealed one."""
    if seat.decision_rule.is_secret:
        return cast_in_secret(seat, marks)
    casting.cast_seated(get_wire(), seat, actor=person(), marks=marks, now=clock.now())
    flash(said, "good")
    return redirect(url_for("voting.detail", proposal_id=seat.id), 303)


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
