"""The text of a proposal and its versions: it may change until voting opens, and freezes there."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

import notifications.services
from accounts.models import User
from core import markdown
from core.errors import NotAllowed, RuleBroken
from guilds.membership import took_part
from guilds.queries import get_role
from voting import queries, rules, substance
from voting.models import Proposal, ProposalState, ProposalVersion
from voting.notices import TEXT_CHANGED
from voting.steps import lock, note, share_guild
from voting.substance import Terms


class StaleEdit(RuleBroken):
    """The text was changed since the form was opened."""


def edit_text(
    db: Session,
    proposal: Proposal,
    *,
    title: str,
    text: str,
    seen_version: int,
    actor: User,
    now: datetime,
    terms: Terms | None = None,
) -> None:
    """Let its author write a proposal anew, as its next version; the same words change nothing.

    seen_version: the one the author had before them. terms: what it asks besides its words, if that
    changes. Raises NotAllowed, RuleBroken with the reason, StaleEdit if there is a newer version.
    """
    proposal = lock(db, proposal)
    share_guild(db, proposal.guild_id)
    ask_author(db, proposal, actor)
    if proposal.version != seen_version:
        raise StaleEdit("The text was changed while you were writing. Both texts are below.")
    if title != proposal.title and not rules.can_retitle(proposal):
        raise RuleBroken("The title says what passing does, so it stays as it is.")
    terms = substance.checked(db, proposal, terms, now=now)
    if (title, text) == (proposal.title, proposal.text) and terms is None:
        return
    add_version(db, proposal, title=title, text=text, terms=terms, now=now)
    took_part(db, proposal.guild_id, actor.id, now)
    note(db, "voting.edited", proposal, actor=actor, now=now, reason=f"version {proposal.version}")
    tell_supporters(db, proposal, now=now)


def ask_author(db: Session, proposal: Proposal, actor: User) -> None:
    """Raises NotAllowed for anybody but the author; RuleBroken once the text is frozen."""
    is_member = get_role(db, proposal.guild_id, actor) is not None
    if proposal.author_id != actor.id or not is_member:
        raise NotAllowed("Only its author changes the text of a proposal.")
    refusal = rules.rewriting_refusal(proposal)
    if refusal is not None:
        raise RuleBroken(refusal)


def add_version(
    db: Session,
    proposal: Proposal,
    *,
    title: str,
    text: str,
    now: datetime,
    terms: Terms | None = None,
    amendment_id: UUID | None = None,
) -> None:
    """Let the proposal say this from now on, as its next version; who may is asked by the caller.

    The proposal is locked by the caller. terms: what it asks besides its words, checked;
    None: as before. amendment_id: the amendment that was taken in.
    """
    proposal.title, proposal.text = title, text
    if terms is not None:
        substance.settle_on(db, proposal, terms)
    proposal.text_html = markdown.render(text)
    proposal.version += 1
    db.add(proposal)
    db.add(
        ProposalVersion(
            proposal_id=proposal.id,
            number=proposal.version,
            title=proposal.title,
            text=text,
            written_at=now,
            amendment_id=amendment_id,
        )
    )
    db.flush()


def tell_supporters(db: Session, proposal: Proposal, *, now: datetime) -> None:
    """While supporters are sought, those there are hear of a new text: they may step back."""
    if proposal.state == ProposalState.SUPPORT:
        supporters = queries.supporter_ids(db, proposal.id)
        notifications.services.owe(
            db, TEXT_CHANGED, subject_id=proposal.id, due_at=now, user_ids=supporters
        )


def tell_author(db: Session, proposal: Proposal, kind: str, *, now: datetime) -> None:
    if proposal.author_id is not None:
        notifications.services.owe(
            db, kind, subject_id=proposal.id, due_at=now, user_ids=[proposal.author_id]
        )
