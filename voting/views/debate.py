"""Speaking about a proposal."""

from uuid import UUID

from flask import flash, redirect

from accounts.identity import me
from core import clock
from core.database import get_db
from core.paging import write_place
from core.rates import spend
from voting import debate
from voting.debate_models import Stance
from voting.forms import CommentForm
from voting.queries import PAGE
from voting.views.blueprint import Page, bp, proposal_of, url_of
from voting.views.detail import detail_page


@bp.post("/decisions/<uuid:proposal_id>/comments")
def comment(proposal_id: UUID) -> Page:
    """Add to the debate."""
    spend("10/minute;60/hour", "voting.comment", str(me().id))
    shown = proposal_of(proposal_id)
    form = CommentForm()
    if not form.validate_on_submit():
        return detail_page(shown, comment_form=form), 422
    db = get_db()
    said = debate.comment(
        db,
        shown.proposal,
        actor=me(),
        text=form.text.data or "",
        stance=Stance(form.stance.data) if form.stance.data else None,
        now=clock.now(),
    )
    db.commit()
    place = None  # a long debate is shown from the new comment on
    if shown.proposal.comment_count > PAGE:
        place = write_place(said.written_at, UUID(int=0))
    flash("Your comment stands in the debate.", "good")
    return redirect(url_of(shown.proposal, after=place, _anchor=f"comment-{said.id}"), 303)
