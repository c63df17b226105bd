"""A proposal's way on its page: a draft's next step, support, the text, what comes after."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from accounts.identity import me
from voting import amendments, likeness, queries, rules
from voting.debate_models import AmendmentState
from voting.models import Proposal, ProposalState
from voting.queries import Shown
from voting.views.again import again_of

#: state -> (word, tone) of an amendment's pill
AMENDMENT_PILLS = {
    AmendmentState.OPEN: ("Open", "quiet"),
    AmendmentState.ACCEPTED: ("Taken in by the author", "good"),
    AmendmentState.DECLINED: ("Declined by the author", "bad"),
    AmendmentState.CARRIED: ("Carried by the members", "good"),
    AmendmentState.LOST: ("Not taken in", "bad"),
    AmendmentState.WITHDRAWN: ("Taken back", "quiet"),
}
#: proposals of a guild that a new one is compared with, and those that are shown
COMPARED, ALIKE = 200, 5


def life_of(db: Session, shown: Shown, now: datetime) -> dict[str, Any]:
    """What the partials _life.html and _text.html show."""
    proposal, is_author = shown.proposal, shown.proposal.author_id == me().id
    is_put = proposal.state != ProposalState.DRAFT
    found = amendments.of_proposal(db, proposal.id) if is_put else []
    return {
        "is_author": is_author,
        "can_edit": is_author and (not is_put or rules.rewriting_refusal(proposal) is None),
        "supports": proposal.state == ProposalState.SUPPORT
        and queries.supports(db, proposal.id, me().id),
        "support_refusal": rules.support_refusal(
            proposal.state, proposal.support_until, now, is_author=is_author, is_member=True
        ),
        "alike": [] if is_put else alike(db, shown.guild.id, proposal.title),
        "again": again_of(db, shown),
        "can_move_review": rules.can_move_review(proposal.state, shown.role, is_author=is_author),
        "review_is_due": proposal.review_at is not None and proposal.review_at <= now,
        "amendments": found,
        "amendment_pills": AMENDMENT_PILLS,
        "can_amend": is_put
        and rules.amending_refusal(proposal, is_author=is_author, count=len(found)) is None,
        "drafts_lapse_after": rules.DRAFT_LENGTH,
    }


def alike(db: Session, guild_id: UUID, title: str) -> list[Proposal]:
    """Proposals put before a guild that ask much the same, the most alike first."""
    if not likeness.words_of(title):
        return []
    found = queries.last_proposals(db, guild_id, COMPARED)
    named = [(proposal.title, proposal) for proposal in found]
    return list(likeness.most_alike(title, named, limit=ALIKE))
