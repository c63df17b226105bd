"""Casting a ballot, and who voted what."""

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from accounts.identity import me
from core import clock
from core.database import get_db
from core.paging import read_place, write_place
from core.rates import spend
from voting import casting, queries
from voting.forms import CHOICE_NAMES, BallotForm
from voting.models import Choice
from voting.queries import PAGE
from voting.views.blueprint import Page, bp, proposal_of, url_of
from voting.views.detail import detail_page


@bp.post("/decisions/<uuid:proposal_id>/ballot")
def cast(proposal_id: UUID) -> Page:
    """Cast my ballot, or change it."""
    spend("30/minute;300/hour", "voting.cast", str(me().id))
    shown = proposal_of(proposal_id)
    form = BallotForm()
    if not form.validate_on_submit():
        return detail_page(shown, ballot_form=form), 422
    db = get_db()
    choice = Choice(form.choice.data)
    casting.cast_ballot(db, shown.proposal, actor=me(), marks=choice, now=clock.now())
    db.commit()
    flash(f"Your ballot is in: {CHOICE_NAMES[choice].lower()}.", "good")
    return redirect(url_of(shown.proposal), 303)


@bp.get("/decisions/<uuid:proposal_id>/ballots")
def ballots(proposal_id: UUID) -> Page:
    """Who voted what: ballots are open to the guild."""
    shown = proposal_of(proposal_id)
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
        rows=[(CHOICE_NAMES[Choice(ballot.marks)], ballot.cast_at, user) for ballot, user in rows],
        next_url=next_url,
        is_first=after is None,
    )
