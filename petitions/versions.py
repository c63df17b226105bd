"""Every version of a petition's text: kept as it was written, read side by side."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.models import User
from core.errors import RuleBroken
from institutions.models import Institution
from petitions.models import Petition
from petitions.writing_models import Passage, PetitionVersion

#: versions a page lists
LISTED = 100


class StaleEdit(RuleBroken):
    """Somebody else changed the text since the page was opened."""


def add_version(
    db: Session,
    petition: Petition,
    *,
    actor: User | None,
    now: datetime,
    suggestion_id: UUID | None = None,
) -> None:
    """Keep the petition as it stands under its number. suggestion_id: what was taken in."""
    institution = db.get_one(Institution, petition.institution_id)
    db.add(
        PetitionVersion(
            petition_id=petition.id,
            number=petition.version,
            title=petition.title,
            request=petition.request,
            background=petition.background,
            further=petition.further,
            institution_name=institution.name,
            goal=petition.goal,
            closes_on=petition.closes_on,
            written_by=actor.id if actor else None,
            written_at=now,
            suggestion_id=suggestion_id,
        )
    )
    db.flush()


def keep_first_version(db: Session, petition: Petition) -> None:
    """Keep how it stands as a version if nobody did: it is older than versions are."""
    query = select(PetitionVersion.id).where(PetitionVersion.petition_id == petition.id).limit(1)
    if db.exec(query).first() is None:
        author = db.get(User, petition.author_id) if petition.author_id else None
        add_version(db, petition, actor=author, now=petition.drafted_at)


def get_version(db: Session, petition_id: UUID, number: int) -> PetitionVersion | None:
    query = select(PetitionVersion).where(
        PetitionVersion.petition_id == petition_id, PetitionVersion.number == number
    )
    return db.exec(query).first()


def listed(
    db: Session, petition_id: UUID, *, until: int | None = None
) -> Sequence[tuple[PetitionVersion, User | None]]:
    """The latest LISTED versions with who wrote each, the oldest of them first.

    until: the number of the last one; None: all.
    """
    query = (
        select(PetitionVersion, User)
        .join(User, col(User.id) == PetitionVersion.written_by, isouter=True)
        .where(PetitionVersion.petition_id == petition_id)
        .order_by(col(PetitionVersion.number).desc())
        .limit(LISTED)
    )
    if until is not None:
        query = query.where(PetitionVersion.number <= until)
    return [(version, author) for version, author in db.exec(query)][::-1]


def version_count(db: Session, petition_id: UUID) -> int:
    query = sa.select(sa.func.count()).where(col(PetitionVersion.petition_id) == petition_id)
    return db.connection().execute(query).scalar_one()


def passage_at(db: Session, petition: Petition, passage: Passage, number: int) -> str | None:
    """A passage as a version has it; None if there is no such version."""
    if number == petition.version:
        return text_of(petition, passage)
    version = get_version(db, petition.id, number)
    return text_of(version, passage) if version else None


def text_of(text: Petition | PetitionVersion, passage: Passage) -> str:
    return str(getattr(text, passage.value))
