"""Writing a petition together: its versions, what members suggest, and guilds that join it."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.database import Model, enum_type
from petitions.models import (
    BACKGROUND_LENGTH,
    FURTHER_LENGTH,
    REASON_LENGTH,
    REQUEST_LENGTH,
    TITLE_LENGTH,
)


class Passage(StrEnum):
    """The four texts of a petition; a suggestion is about one of them."""

    TITLE = "title"
    REQUEST = "request"
    BACKGROUND = "background"
    FURTHER = "further"


class PetitionVersion(Model, table=True):
    """A petition as it stood after one edit; the newest is the petition itself."""

    __tablename__ = "petition_version"
    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE")
    #: as Petition.version
    number: int
    title: str = Field(max_length=TITLE_LENGTH)
    request: str = Field(max_length=REQUEST_LENGTH)
    background: str = Field(default="", max_length=BACKGROUND_LENGTH)
    further: str = Field(default="", max_length=FURTHER_LENGTH)
    institution_name: str = Field(max_length=120)
    goal: int
    closes_on: date
    written_by: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    written_at: datetime
    #: what was taken in, if it came that way
    suggestion_id: UUID | None = Field(
        default=None, foreign_key="suggestion.id", ondelete="SET NULL", nullable=True, index=True
    )

    __table_args__ = (sa.UniqueConstraint("petition_id", "number"),)


class SuggestionState(StrEnum):
    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Suggestion(Model, table=True):
    """A member's other wording of one passage, while the petition is in amendment."""

    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE")
    author_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    passage: Passage = Field(sa_type=enum_type(Passage))
    #: the passage as its author saw it, and as they would have it
    before: str = Field(max_length=FURTHER_LENGTH)
    after: str = Field(max_length=FURTHER_LENGTH)
    reason: str = Field(default="", max_length=REASON_LENGTH)
    state: SuggestionState = Field(sa_type=enum_type(SuggestionState))
    suggested_at: datetime
    decided_by: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    decided_at: datetime | None = Field(default=None)
    decision_reason: str = Field(default="", max_length=REASON_LENGTH)

    __table_args__ = (
        sa.Index("ix_suggestion_petition_id_suggested_at", "petition_id", "suggested_at"),
    )


class JoinState(StrEnum):
    JOINED = "joined"
    LEFT = "left"
    #: by the organisers of the petition's own guild
    DECLINED = "declined"


class CoPetitioner(Model, table=True):
    """Another guild that stands, or stood, behind a petition, by a decision of its own."""

    __tablename__ = "co_petitioner"
    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE")
    guild_id: UUID = Field(foreign_key="guild.id", ondelete="CASCADE", index=True)
    #: the last one to join
    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE", unique=True)
    state: JoinState = Field(sa_type=enum_type(JoinState))
    joined_at: datetime
    #: of leaving or being declined, and why in words for both guilds
    ended_at: datetime | None = Field(default=None)
    end_reason: str = Field(default="", max_length=REASON_LENGTH)

    __table_args__ = (sa.UniqueConstraint("petition_id", "guild_id"),)
