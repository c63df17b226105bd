"""The organisers' desk: sweeps over suspicious signatures, and signatures on paper."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.database import Model, enum_type
from petitions.models import REASON_LENGTH


class SweepDeed(StrEnum):
    HOLD = "hold"
    REMOVE = "remove"
    #: let what was held count after all
    RELEASE = "release"


class Sweep(Model, table=True):
    """One bulk deed of the desk: which signatures, how many; undone within a day or never."""

    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE")
    actor_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    deed: SweepDeed = Field(sa_type=enum_type(SweepDeed))
    #: petitions.desk.Condition as plain values
    condition: dict[str, Any] = Field(sa_column=sa.Column(sa.JSON(), nullable=False))
    reason: str = Field(default="", max_length=REASON_LENGTH)
    #: signatures it changed, and how many of them had counted
    signature_count: int
    counted_count: int
    done_at: datetime
    undone_at: datetime | None = Field(default=None)

    __table_args__ = (sa.Index("ix_sweep_petition_id_done_at", "petition_id", "done_at"),)


class PaperBatch(Model, table=True):
    """Signatures given on paper, entered as a number with what proves it."""

    __tablename__ = "paper_batch"
    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE")
    signature_count: int
    place: str = Field(max_length=120)
    collected_on: date
    #: who saw them being given; a name the guild knows. Personal data
    witness: str = Field(max_length=120)
    #: SHA-256 of the scanned sheets, 64 hex digits: the scan stays with the guild
    sheet_hash: str = Field(max_length=64)
    entered_by: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    entered_at: datetime
    #: struck out, with the reason; the row stays
    struck_at: datetime | None = Field(default=None)
    struck_reason: str = Field(default="", max_length=REASON_LENGTH)

    __table_args__ = (
        # the same sheets are not entered twice
        sa.UniqueConstraint("petition_id", "sheet_hash"),
        sa.CheckConstraint("signature_count > 0", name="signature_count"),
    )
