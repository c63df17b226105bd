"""Whom petitions address: an institution and where it can be reached."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.database import Model, enum_type


class InstitutionKind(StrEnum):
    PARLIAMENT = "parliament"
    GOVERNMENT = "government"
    AGENCY = "agency"
    COURT = "court"
    COMPANY = "company"
    OTHER = "other"


class Institution(Model, table=True):
    """One institution in one jurisdiction; shared by all guilds."""

    name: str = Field(max_length=120)
    kind: InstitutionKind = Field(sa_type=enum_type(InstitutionKind))
    #: where it has a say, in words: "Metropolis-9", "United Kingdom"
    jurisdiction: str = Field(max_length=80)
    #: public contact page
    website: str | None = Field(default=None, max_length=300)
    added_by: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True
    )
    added_at: datetime = Field(index=True)

    __table_args__ = (sa.UniqueConstraint("name", "jurisdiction"),)
