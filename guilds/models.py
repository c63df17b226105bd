"""Groups: a guild, who belongs to it, who asks to, who was invited, and its charter's versions."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.database import Model, enum_type

NAME_LENGTH = 80
SLUG_LENGTH = 48


class Admission(StrEnum):
    OPEN = "open"
    APPROVAL = "approval"
    INVITATION = "invitation"


class GuildState(StrEnum):
    ACTIVE = "active"
    DISSOLVED = "dissolved"


class Role(StrEnum):
    """From the least to the most."""

    MEMBER = "member"
    ORGANISER = "organiser"
    ADMIN = "admin"

    def reaches(self, least: "Role") -> bool:
        """Say whether this role is at least another one."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(least)


ORGANISING_ROLES = frozenset({Role.ORGANISER, Role.ADMIN})


class Guild(Model, table=True):
    """A group that governs itself under a charter."""

    slug: str = Field(unique=True, max_length=SLUG_LENGTH)
    name: str = Field(max_length=NAME_LENGTH)
    #: one sentence for lists
    purpose: str = Field(max_length=200)
    about: str = Field(default="", max_length=4000)
    about_html: str = Field(default="")
    admission: Admission = Field(sa_type=enum_type(Admission))
    state: GuildState = Field(default=GuildState.ACTIVE, sa_type=enum_type(GuildState))
    #: False: strangers find neither the guild nor a trace of it
    is_listed: bool = Field(default=True)
    #: kept with every joining and leaving; recounted by a test
    member_count: int = Field(default=0)
    founded_at: datetime = Field(index=True)


class Membership(Model, table=True):
    """One person's place in one guild. Personal data: who is with whom."""

    guild_id: UUID = Field(foreign_key="guild.id", ondelete="CASCADE")
    user_id: UUID = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    role: Role = Field(default=Role.MEMBER, sa_type=enum_type(Role))
    joined_at: datetime
    #: the last day of taking part (a ballot, a proposal, a comment); None: not since joining
    active_on: date | None = Field(default=None)
    #: since when in this role; None: since joining, or since before this was kept
    role_at: datetime | None = Field(default=None)
    #: the proposal by which they are in, or in this role; None: no vote. A higher floor knows it
    decision_id: UUID | None = Field(default=None)

    __table_args__ = (sa.UniqueConstraint("guild_id", "user_id"),)


class JoinState(StrEnum):
    PENDING = "pending"
    ADMITTED = "admitted"
    DECLINED = "declined"


class JoinRequest(Model, table=True):
    """A person asks to be admitted; at most one request waits for each person and guild."""

    __tablename__ = "join_request"
    guild_id: UUID = Field(foreign_key="guild.id", ondelete="CASCADE", index=True)
    user_id: UUID = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    message: str = Field(default="", max_length=500)
    state: JoinState = Field(default=JoinState.PENDING, sa_type=enum_type(JoinState))
    asked_at: datetime
    answered_at: datetime | None = Field(default=None)

    __table_args__ = (
        sa.Index(
            "uq_join_request_pending",
            "guild_id",
            "user_id",
            unique=True,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        ),
    )


class Invitation(Model, table=True):
    """A link that admits: traceable to who made it, limited in uses and time, revocable."""

    guild_id: UUID = Field(foreign_key="guild.id", ondelete="CASCADE", index=True)
    #: None once the inviter has erased the account
    created_by: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True
    )
    created_at: datetime
    expires_at: datetime
    uses_left: int
    revoked_at: datetime | None = Field(default=None)


class CharterVersion(Model, table=True):
    """One version of a guild's charter; never changed, only followed by the next."""

    __tablename__ = "charter_version"
    guild_id: UUID = Field(foreign_key="guild.id", ondelete="CASCADE")
    #: 1 is the founding charter
    number: int
    #: guilds.charter.Charter as plain data
    rules: dict[str, Any] = Field(sa_type=sa.JSON)
    adopted_at: datetime
    #: the proposal that adopted it; None: the founding charter. A higher floor knows it
    decision_id: UUID | None = Field(default=None)

    __table_args__ = (sa.UniqueConstraint("guild_id", "number"),)
