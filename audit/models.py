"""The record: an entry a deed, chained by hash so that none can change, vanish or move unseen."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from core.database import Model

REASON_LENGTH = 500


class AuditEntry(Model, table=True):
    """One deed. Names nobody: the actor is an id that means nothing once the account is erased."""

    __tablename__ = "audit_entry"
    #: 1, 2, 3 … without a gap
    sequence: int = Field(sa_type=sa.BigInteger, unique=True)
    at: datetime
    #: no foreign key: the entry outlives the account
    actor_id: UUID | None = Field(default=None, index=True)
    #: past tense with its feature: "events.cancelled"
    action: str = Field(max_length=64)
    subject_kind: str = Field(max_length=32)
    subject_id: UUID = Field(index=True)
    #: whose members may read this entry; None for the operators alone
    guild_id: UUID | None = Field(default=None)
    #: what it was about in words fit for every member of the guild
    summary: str = Field(default="", max_length=REASON_LENGTH)
    reason: str = Field(default="", max_length=REASON_LENGTH)
    previous_hash: str = Field(max_length=64)
    entry_hash: str = Field(max_length=64)

    __table_args__ = (sa.Index("ix_audit_entry_guild_id_sequence", "guild_id", "sequence"),)


class AuditHead(SQLModel, table=True):
    """Where the chain ends: one row, its growth's lock, and what tells of a cut-off tail."""

    __tablename__ = "audit_head"
    id: int = Field(primary_key=True)
    sequence: int = Field(sa_type=sa.BigInteger)
    entry_hash: str = Field(max_length=64)
