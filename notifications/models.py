"""Notices: whatever we owe one person at one time, from the moment it is owed until it is read."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.database import Model, enum_type


class Outcome(StrEnum):
    #: handed to the mail server, or only to the inbox if the person has no use for mail
    SENT = "sent"
    #: no longer true when it fell due
    SKIPPED = "skipped"
    #: tried for a day, or refused for good
    FAILED = "failed"


class Notice(Model, table=True):
    """One message owed to one recipient at one time; owing it twice is owing it once."""

    #: the account, or the signature or attendance of someone without one
    recipient_id: UUID
    #: set if the recipient has an account: then the notice stands in the inbox as well
    user_id: UUID | None = Field(default=None, foreign_key="user.id", ondelete="CASCADE")
    #: feature and name: "events.starts_soon"; the table in app.py says how it is composed
    kind: str = Field(max_length=64)
    subject_id: UUID = Field(index=True)
    due_at: datetime
    claimed_by: str | None = Field(default=None, max_length=64)
    claimed_until: datetime | None = Field(default=None)
    attempts: int = Field(default=0)
    settled_at: datetime | None = Field(default=None)
    outcome: Outcome | None = Field(default=None, sa_type=enum_type(Outcome), nullable=True)
    last_error: str | None = Field(default=None, max_length=200)
    #: what the inbox shows, kept when the notice is sent
    headline: str = Field(default="", max_length=300)
    path: str = Field(default="", max_length=300)
    read_at: datetime | None = Field(default=None)

    __table_args__ = (
        sa.UniqueConstraint("recipient_id", "kind", "subject_id", "due_at"),
        sa.Index(
            "ix_notice_due",
            "due_at",
            sqlite_where=sa.text("settled_at IS NULL"),
            postgresql_where=sa.text("settled_at IS NULL"),
        ),
        sa.Index("ix_notice_inbox", "user_id", "settled_at"),
    )
