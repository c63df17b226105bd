"""Looking again at a decision: choosing the day."""

from datetime import datetime, time, timedelta
from uuid import UUID

from flask import flash, redirect, render_template, request

from accounts.identity import me
from core import clock
from core.database import get_db
from core.errors import NotAllowed
from core.fields import as_utc, refuse
from core.rates import spend
from voting import reviewing, rules
from voting.forms import ProposalForm, ReviewForm
from voting.views.blueprint import Page, bp, proposal_of, url_of

#: hour of the reader's day at which a review falls due, and how far ahead it may be
REVIEW_AT, FARTHEST_REVIEW = time(9), timedelta(days=3660)


@bp.route("/decisions/<uuid:proposal_id>/review", methods=["GET", "POST"])
def review(proposal_id: UUID) -> Page:
    """Choose when the guild looks at its decision again."""
    if request.method == "POST":
        spend("20/hour", "voting.review", str(me().id))
    shown, db, now = proposal_of(proposal_id), get_db(), clock.now()
    proposal = shown.proposal
    is_author = proposal.author_id == me().id
    if not rules.can_move_review(proposal.state, shown.role, is_author=is_author):
        raise NotAllowed("The author and organisers choose when a decision is looked at again.")
    form = ReviewForm()
    review_at = review_at_of(form, now) if form.validate_on_submit() else None
    if review_at is None or form.errors:
        page = render_template(
            "voting/review.html",
            proposal=proposal,
            guild=shown.guild,
            role=shown.role,
            form=form,
        )
        return page, 422 if form.is_submitted() else 200
    reviewing.move_review(db, proposal, review_at=review_at, actor=me(), now=now)
    db.commit()
    flash("The day is set. You and the organisers are reminded then.", "good")
    return redirect(url_of(proposal), 303)


def review_at_of(form: ProposalForm | ReviewForm, earliest: datetime) -> datetime | None:
    """The instant of the day typed, if any; refused beside its field if it is too early or far."""
    day = form.review_on.data
    if day is None:
        return None
    first = earliest.date()
    last = first + FARTHEST_REVIEW
    if not first <= day <= last:
        refuse(form.review_on, f"Choose a day that comes after the decision, before {last.year}.")
        return None
    review_at = as_utc(datetime.combine(day, REVIEW_AT), me().time_zone)
    if review_at <= earliest:
        refuse(form.review_on, "Choose a later day.")
    return review_at
