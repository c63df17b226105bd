"""Speaking about a proposal."""

from datetime import datetime

from sqlmodel import Session, col, select

from accounts.models import User
from core import markdown
from core.errors import NotAllowed
from guilds.membership import took_part
from guilds.queries import get_role
from voting import rules
from voting.debate_models import Comment, Stance
from voting.doubled import is_doubled
from voting.models import Proposal
from voting.steps import lock


def comment(
    db: Session,
    proposal: Proposal,
    *,
    actor: User,
    text: str,
    stance: Stance | None = None,
    now: datetime,
) -> Comment:
    """Add to the debate; what a doubled click sends again is there once.

    Raises NotAllowed once the debate is over, or for who is no member.
    """
    proposal = lock(db, proposal)
    if not rules.can_comment(proposal.state, get_role(db, proposal.guild_id, actor)):
        raise NotAllowed("The debate on this proposal is over. Nothing was added.")
    before = select(Comment).where(
        Comment.proposal_id == proposal.id,
        Comment.author_id == actor.id,
        Comment.text == text,
        col(Comment.stance).is_not_distinct_from(stance),
        is_doubled(Comment.written_at, now),
    )
    if (found := db.exec(before.limit(1)).first()) is not None:
        return found
    said = Comment(
        proposal_id=proposal.id,
        author_id=actor.id,
        text=text,
        text_html=markdown.render(text),
        stance=stance,
        written_at=now,
    )
    proposal.comment_count += 1
    took_part(db, proposal.guild_id, actor.id, now)
    db.add(said)
    db.add(proposal)
    db.flush()
    return said
