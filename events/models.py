"""Protests and meetings: what happens where and when, and who comes."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.database import Model, enum_type

TITLE_LENGTH = 100


class EventState(StrEnum):
    """RFC 5545 STATUS in lower case; `draft` is ours and never leaves the guild."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"


class Visibility(StrEnum):
    PUBLIC = "public"
    #: whoever has the link; stands in no list
    LINK = "link"
    GUILD = "guild"


class Event(Model, table=True):
    """One protest or meeting of a guild, in the time zone of its place."""

    guild_id: UUID = Field(foreign_key="guild.id", ondelete="CASCADE", index=True)
    created_by: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True
    )
    title: str = Field(max_length=TITLE_LENGTH)
    description: str = Field(default="", max_length=4000)
    description_html: str = Field(default="")
    place_name: str = Field(max_length=120)
    place_address: str = Field(default="", max_length=200)
    time_zone: str = Field(max_length=64)
    starts_at: datetime
    ends_at: datetime
    #: one thing a line
    what_to_bring: str = Field(default="", max_length=1000)
    #: what everyone agrees to who comes
    conduct: str = Field(max_length=2000)
    visibility: Visibility = Field(sa_type=enum_type(Visibility))
    state: EventState = Field(sa_type=enum_type(EventState))
    #: RFC 5545 SEQUENCE: raised by every change an attendee must know of
    sequence: int = Field(default=0)
    cancel_reason: str = Field(default="", max_length=300)
    changed_at: datetime
    #: the decision that calls people to it, asked for or taken; None: organisers call it alone
    proposal_id: UUID | None = Field(
        default=None, foreign_key="proposal.id", ondelete="SET NULL", nullable=True, index=True
    )
    #: attendances with status accepted
    attending_count: int = Field(default=0)

    __table_args__ = (sa.Index("ix_event_state_starts_at", "state", "starts_at"),)


class Endorsement(Model, table=True):
    """Another guild stands behind a public event, by a decision of its own."""

    event_id: UUID = Field(foreign_key="event.id", ondelete="CASCADE")
    guild_id: UUID = Field(foreign_key="guild.id", ondelete="CASCADE", index=True)
    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE", unique=True)
    endorsed_at: datetime
    #: when the hosting guild turned it down: the event's page shows it no more; None: it stands
    declined_at: datetime | None = Field(default=None)
    decline_reason: str = Field(default="", max_length=300, sa_column_kwargs={"server_default": ""})

    __table_args__ = (sa.UniqueConstraint("event_id", "guild_id"),)


class EventChange(Model, table=True):
    """How time and place stood before a change that everyone who comes is told of at `at`."""

    __tablename__ = "event_change"
    event_id: UUID = Field(foreign_key="event.id", ondelete="CASCADE")
    #: also `due_at` of the notices that tell of it
    at: datetime
    place_name: str = Field(max_length=120)
    place_address: str = Field(max_length=200)
    time_zone: str = Field(max_length=64)
    starts_at: datetime
    ends_at: datetime

    __table_args__ = (sa.UniqueConstraint("event_id", "at"),)


class AttendanceStatus(StrEnum):
    #: a guest whose address is not confirmed yet
    NEEDS_ACTION = "needs-action"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Attendance(Model, table=True):
    """One person's word about one event. The most delicate personal data: deleted soon after."""

    event_id: UUID = Field(foreign_key="event.id", ondelete="CASCADE")
    user_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="CASCADE", nullable=True, index=True
    )
    #: a guest's name for the organisers, may be empty
    nickname: str = Field(default="", max_length=40)
    address_sealed: str = Field(default="", max_length=600)
    #: keyed hash of a guest's folded address; None for who has an account
    address_hash: str | None = Field(default=None, max_length=64)
    time_zone: str = Field(max_length=64)
    status: AttendanceStatus = Field(sa_type=enum_type(AttendanceStatus))
    agreed_at: datetime
    answered_at: datetime

    __table_args__ = (
        sa.UniqueConstraint("event_id", "user_id"),
        sa.UniqueConstraint("event_id", "address_hash"),
    )
