"""Deeds on institutions."""

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlmodel import Session, col, select

from accounts.models import User
from audit.services import record
from core.database import insert_new
from core.errors import NotAllowed
from institutions import queries
from institutions.models import Contact, Institution, InstitutionKind


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
        note(db, "institutions.added", institution, actor=actor, now=now)
    return institution, is_new


def can_correct(institution: Institution, user: User | None) -> bool:
    """Who added it, and this place's operators: what is said here stands for every guild."""
    return user is not None and (institution.added_by == user.id or user.is_operator)


def correct_institution(
    db: Session,
    institution: Institution,
    *,
    kind: InstitutionKind,
    website: str | None,
    actor: User,
    now: datetime,
) -> None:
    """Change what it is and where it is found. Its name stays: guilds decided to address that.

    Raises NotAllowed.
    """
    if not can_correct(institution, actor):
        raise NotAllowed("Only who added an institution corrects what is said of it.")
    if (institution.kind, institution.website) == (kind, website):
        return
    institution.kind, institution.website = kind, website
    db.add(institution)
    note(db, "institutions.corrected", institution, actor=actor, now=now)


def note(db: Session, action: str, institution: Institution, *, actor: User, now: datetime) -> None:
    """Record a deed on an institution."""
    record(
        db,
        action,
        actor=actor,
        subject=("institution", institution.id),
        now=now,
        summary=f"{institution.name} ({institution.jurisdiction})",
    )


def export_of_user(user: User, *, db: Session) -> tuple[str, dict[str, list[dict[str, str]]]]:
    """Reaction to a person asking for their data: what they entered, the oldest first.

    Who a contact is stays out: they are somebody else.
    """
    added = select(Institution).where(Institution.added_by == user.id)
    contacts = (
        select(Institution.name, Contact.added_at)
        .join(Contact, col(Contact.institution_id) == Institution.id)
        .where(Contact.added_by == user.id)
    )
    return "institutions", {
        "added": [
            {
                "name": one.name,
                "jurisdiction": one.jurisdiction,
                "added_at": one.added_at.isoformat(),
            }
            for one in db.exec(added.order_by(col(Institution.added_at)))
        ],
        "contacts_entered": [
            {"institution": name, "added_at": at.isoformat()}
            for name, at in db.exec(contacts.order_by(col(Contact.added_at)))
        ],
    }
