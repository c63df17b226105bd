"""What members say of a proposal: that it should be heard, other words for it, comments."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.database import Model, enum_type
from voting.models import REASON_LENGTH, TEXT_LENGTH

COMMENT_LENGTH = 4000


class Support(Model, table=True):
    """One member's word that a proposal should be heard. Personal data."""

    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE")
    user_id: UUID = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    given_at: datetime

    __table_args__ = (sa.UniqueConstraint("proposal_id", "user_id"),)


class AmendmentState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CARRIED = "carried"
    LOST = "lost"
    WITHDRAWN = "withdrawn"


class Amendment(Model, table=True):
    """Another text for a proposal; its author takes it in, or members vote on it in the debate."""

    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE", index=True)
    author_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    #: the version it was written against
    base_version: int
    text: str = Field(max_length=TEXT_LENGTH)
    #: what the proposal would ask besides its words (voting.substance); None: what it asks anyway
    terms: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))
    reason: str = Field(max_length=REASON_LENGTH)
    state: AmendmentState = Field(default=AmendmentState.OPEN, sa_type=enum_type(AmendmentState))
    #: the proposal's author's words on it
    answer: str = Field(default="", max_length=REASON_LENGTH)
    for_count: int = Field(default=0)
    against_count: int = Field(default=0)
    written_at: datetime
    settled_at: datetime | None = Field(default=None)


class AmendmentVoice(Model, table=True):
    """One member for or against an amendment; open to the guild."""

    __tablename__ = "amendment_voice"
    amendment_id: UUID = Field(foreign_key="amendment.id", ondelete="CASCADE")
    user_id: UUID = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    is_for: bool

    __table_args__ = (sa.UniqueConstraint("amendment_id", "user_id"),)


class Stance(StrEnum):
    FOR = "for"
    AGAINST = "against"
    QUESTION = "question"


class Comment(Model, table=True):
    """One contribution to the debate on a proposal."""

    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE")
    author_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    text: str = Field(max_length=COMMENT_LENGTH)
    text_html: str
    #: None: a remark that takes no side
    stance: Stance | None = Field(default=None, sa_type=enum_type(Stance), nullable=True)
    written_at: datetime

    __table_args__ = (sa.Index("ix_comment_proposal_id_written_at", "proposal_id", "written_at"),)
