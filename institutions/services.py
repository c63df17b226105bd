"""Deeds on institutions."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session

from accounts.models import User
from audit.services import record
from core.database import insert_new
from core.errors import NotAllowed
from institutions import queries
from institutions.models import Institution, InstitutionKind


@dataclass(frozen=True)
class InstitutionFacts:
    """What is said of an institution; `website` is an http or https address or None."""

    name: str
    kind: InstitutionKind
    jurisdiction: str
    website: str | None


def add_institution(
    db: Session, facts: InstitutionFacts, *, actor: User, now: datetime
) -> tuple[Institution, bool]:
    """Add an institution for all guilds; returns it and whether it is new.

    One of the same name and jurisdiction stays as it is, even if two people add it at once.
    """
    if not queries.can_add(db, actor):
        raise NotAllowed("Only people who belong to a guild add institutions.")
    row = {"id": uuid4(), "added_by": actor.id, "added_at": now, **vars(facts)}
    is_new = insert_new(db, Institution, [row]) == 1
    institution = queries.get_same(db, facts.name, facts.jurisdiction)
    assert institution is not None
    if is_new:
        record(
            db,
            "institutions.added",
            actor=actor,
            subject=("institution", institution.id),
            now=now,
            summary=f"{facts.name} ({facts.jurisdiction})",
        )
    return institution, is_new
