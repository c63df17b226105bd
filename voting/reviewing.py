"""Looking again at what was decided: on the day its author chose, or a later one."""

from datetime import datetime

from sqlmodel import Session

import notifications.services
from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from guilds.models import ORGANISING_ROLES
from guilds.queries import get_role, user_ids_with_roles
from voting import rules
from voting.models import Proposal, ProposalState
from voting.notices import REVIEW
from voting.steps import lock, note, share_guild


def begin_review(db: Session, proposal: Proposal, *, now: datetime) -> bool:
    """Tell who organises today, and the author, that it is time; False if it is not."""
    proposal = lock(db, proposal)
    due_at = proposal.review_at
    if proposal.state != ProposalState.PASSED or due_at is None or now < due_at:
        return False
    people = set(user_ids_with_roles(db, proposal.guild_id, ORGANISING_ROLES))
    people |= {proposal.author_id} if proposal.author_id else set()
    notifications.services.owe(
        db, REVIEW, subject_id=proposal.id, due_at=due_at, user_ids=sorted(people)
    )
    note(db, "voting.review_due", proposal, actor=None, now=now)
    return True


def move_review(
    db: Session, proposal: Proposal, *, review_at: datetime, actor: User, now: datetime
) -> None:
    """Look at a decision again on another day; who was to be told of the old one is not.

    Raises NotAllowed, RuleBroken.
    """
    proposal = lock(db, proposal)
    share_guild(db, proposal.guild_id)
    role = get_role(db, proposal.guild_id, actor)
    if not rules.can_move_review(proposal.state, role, is_author=proposal.author_id == actor.id):
        raise NotAllowed("The author and organisers choose when a decision is looked at again.")
    if review_at <= now:
        raise RuleBroken("Choose a day that is still to come.")
    notifications.services.drop(db, subject_id=proposal.id, kinds=[REVIEW])
    proposal.review_at = review_at
    db.add(proposal)
    note(db, "voting.review_moved", proposal, actor=actor, now=now)
    db.flush()
