"""A proposal's way on its page: a draft's next step, support, the text, what comes after."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from accounts.identity import me
from guilds.charter import DecisionKind
from voting import likeness, queries, rules
from voting.models import OPEN_STATES, Proposal, ProposalState
from voting.queries import Shown

#: kinds that are written as text; the others are put from what they are about
TYPED_KINDS = (DecisionKind.RESOLUTION, DecisionKind.SPEND, DecisionKind.ELECT)
#: proposals of a guild that a new one is compared with, and those that are shown
COMPARED, ALIKE = 200, 5


def life_of(db: Session, shown: Shown, now: datetime) -> dict[str, Any]:
    """What the partials _life.html and _text.html show."""
    proposal, is_author = shown.proposal, shown.proposal.author_id == me().id
    is_put = proposal.state != ProposalState.DRAFT
    return {
        "is_author": is_author,
        "can_edit": is_author and (not is_put or rules.rewriting_refusal(proposal) is None),
        "supports": proposal.state == ProposalState.SUPPORT
        and queries.supports(db, proposal.id, me().id),
        "support_refusal": rules.support_refusal(
            proposal.state, proposal.support_until, now, is_author=is_author, is_member=True
        ),
        "alike": [] if is_put else alike(db, shown.guild.id, proposal.title),
        "can_follow_up": _can_follow_up(db, shown),
        "review_is_due": proposal.review_at is not None and proposal.review_at <= now,
        "drafts_lapse_after": rules.DRAFT_LENGTH,
    }


def _can_follow_up(db: Session, shown: Shown) -> bool:
    """Whether I may put a new proposal that begins from this one, which has ended."""
    if shown.proposal.state in OPEN_STATES or shown.proposal.state == ProposalState.DRAFT:
        return False
    kind = DecisionKind(shown.proposal.kind)
    wanted = kind if kind in TYPED_KINDS else DecisionKind.RESOLUTION
    return rules.can_propose(shown.role, queries.rule_in_force(db, shown.guild.id, wanted))


def alike(db: Session, guild_id: UUID, title: str) -> list[Proposal]:
    """Proposals put before a guild that ask much the same, the most alike first."""
    if not likeness.words_of(title):
        return []
    found = queries.last_proposals(db, guild_id, COMPARED)
    named = [(proposal.title, proposal) for proposal in found]
    return list(likeness.most_alike(title, named, limit=ALIKE))
