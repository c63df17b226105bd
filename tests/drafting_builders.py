"""Writing a petition together, for tests: what is typed, suggestions, guilds that join."""

from datetime import timedelta
from typing import Any

from sqlmodel import Session

from accounts.models import User
from guilds.charter import DecisionKind
from guilds.models import Guild
from petitions.models import Petition
from petitions.writing_models import (
    CoPetitioner,
    JoinState,
    Passage,
    Suggestion,
    SuggestionState,
)
from tests.builders import NOW, make_institution, make_proposal


def the_draft(db: Session, **changes: Any) -> dict[str, Any]:
    """What a person types to draft a petition, by the names of the fields."""
    usual = {
        "title": "No advertising in dreams",
        "institution": str(make_institution(db).id),
        "request": "Forbid it.",
        "background": "",
        "goal": "500",
        "closes_on": "2026-06-01",
        "kept_months": "6",
    }
    return usual | changes


def make_suggestion(
    db: Session,
    petition: Petition,
    author: User | None = None,
    *,
    after: str = "DreamSync Corp sells it.",
) -> Suggestion:
    """Other words for why a petition is made, against the text as it stands."""
    suggestion = Suggestion(
        petition_id=petition.id,
        author_id=author.id if author else None,
        passage=Passage.BACKGROUND,
        before=petition.background,
        after=after,
        reason="Shorter.",
        state=SuggestionState.OPEN,
        suggested_at=NOW,
    )
    db.add(suggestion)
    db.flush()
    return suggestion


def make_standing(db: Session, petition: Petition, guild: Guild, member: User) -> CoPetitioner:
    """A guild that stands behind another's petition, by a proposal that nobody voted on."""
    proposal = make_proposal(
        db,
        guild,
        member,
        kind=DecisionKind.OPEN_PETITION,
        subject_id=petition.id,
        deed={"action": "join"},
    )
    standing = CoPetitioner(
        petition_id=petition.id,
        guild_id=guild.id,
        proposal_id=proposal.id,
        state=JoinState.JOINED,
        joined_at=NOW - timedelta(days=1),
    )
    db.add(standing)
    db.flush()
    return standing
