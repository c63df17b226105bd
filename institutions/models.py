"""Whom petitions address: an institution, how it answers, and whom to write to there."""

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
    #: key of institutions.procedures: from how many signatures on it answers, and within what time
    procedure: str = Field(default="", max_length=40, sa_column_kwargs={"server_default": ""})
    added_by: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True
    )
    added_at: datetime = Field(index=True)

    __table_args__ = (sa.UniqueConstraint("name", "jurisdiction"),)


class Contact(Model, table=True):
    """Whom to write to at an institution. Personal data of somebody in office."""

    institution_id: UUID = Field(foreign_key="institution.id", ondelete="CASCADE", index=True)
    #: name or office: "Clerk of the Petitions Committee"
    name: str = Field(max_length=120)
    address_sealed: str = Field(max_length=600)
    #: keyed hash of the folded address: one is entered once
    address_hash: str = Field(max_length=64)
    added_by: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True
    )
    added_at: datetime

    __table_args__ = (sa.UniqueConstraint("institution_id", "address_hash"),)
