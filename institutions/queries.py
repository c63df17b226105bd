"""Reading institutions: all of them are public."""

from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.models import User
from core.paging import Place
from guilds.queries import my_guilds
from institutions.models import Institution

PAGE = 30


def institutions(db: Session, *, before: Place | None = None) -> list[Institution]:
    """Up to PAGE + 1 institutions, the youngest first."""
    query = select(Institution)
    if before is not None:
        query = query.where(sa.tuple_(col(Institution.added_at), col(Institution.id)) < before)
    query = query.order_by(col(Institution.added_at).desc(), col(Institution.id).desc())
    return list(db.exec(query.limit(PAGE + 1)))


def get_institution(db: Session, institution_id: UUID) -> Institution | None:
    return db.get(Institution, institution_id)


def get_same(db: Session, name: str, jurisdiction: str) -> Institution | None:
    """The institution of exactly this name in this jurisdiction."""
    query = select(Institution).where(
        Institution.name == name, Institution.jurisdiction == jurisdiction
    )
    return db.exec(query).first()


def can_add(db: Session, user: User | None) -> bool:
    """Whoever belongs to a guild may add an institution for all of them."""
    return user is not None and bool(my_guilds(db, user))
