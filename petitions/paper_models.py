"""Signatures on paper, in batches."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.database import Model
from petitions.models import REASON_LENGTH


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
        # the same sheets do not count twice
        sa.Index(
            "ix_paper_batch_sheets",
            "petition_id",
            "sheet_hash",
            unique=True,
            sqlite_where=sa.text("struck_at IS NULL"),
            postgresql_where=sa.text("struck_at IS NULL"),
        ),
        sa.Index("ix_paper_batch_petition_id_entered_at", "petition_id", "entered_at"),
        sa.CheckConstraint("signature_count > 0", name="signature_count"),
    )
