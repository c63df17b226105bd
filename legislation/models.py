"""Bills and their progress as their files tell it, who watches what, where guilds stand on them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.database import Model, enum_type
from legislation.billtree import MAX_TEXT


class Bill(Model, table=True):
    """One bill of one legislative session, as of its newest imported file."""

    #: ISO 3166 code, lower case: "us"
    jurisdiction: str = Field(max_length=16)
    legislative_session: str = Field(max_length=16)
    #: as the jurisdiction writes it: "HR 22"
    identifier: str = Field(max_length=32)
    title: str = Field(max_length=MAX_TEXT)
    #: legislation.stages.BillState
    state: str = Field(max_length=32)
    #: the path to law: list of {"stage", "on": ISO date or null, "status": done|now|todo}
    tracker: list[dict[str, Any]] = Field(sa_type=sa.JSON)
    #: list of {"name", "party", "area", "is_primary"}
    sponsorships: list[dict[str, Any]] = Field(sa_type=sa.JSON)
    #: the dated steps: legislation.stages.Stage -> ISO date; what a newer file is compared with
    milestones: dict[str, str] = Field(sa_type=sa.JSON)
    #: such as "Public Law 114-94"; empty until then
    laws: list[str] = Field(sa_type=sa.JSON)
    introduced_on: date
    latest_action_on: date
    latest_action: str = Field(max_length=MAX_TEXT)
    action_count: int
    #: the file's own date; an older file is refused
    file_updated_at: datetime
    imported_at: datetime
    source_url: str | None = Field(default=None, max_length=300)

    __table_args__ = (
        sa.UniqueConstraint("jurisdiction", "legislative_session", "identifier"),
        sa.Index("ix_bill_latest_action_on_id", "latest_action_on", "id"),
        sa.Index("ix_bill_state_latest_action_on_id", "state", "latest_action_on", "id"),
    )


class BillAction(Model, table=True):
    """One step the file reports, in its place in the order of the file's days."""

    __tablename__ = "bill_action"
    bill_id: UUID = Field(foreign_key="bill.id", ondelete="CASCADE")
    #: 0, 1, 2 … in chronological order
    position: int
    acted_on: date
    chamber: str = Field(max_length=32)
    #: empty for the rare blank entry
    text: str = Field(max_length=MAX_TEXT)
    code: str | None = Field(default=None, max_length=MAX_TEXT)

    __table_args__ = (sa.UniqueConstraint("bill_id", "position"),)


class BillChange(Model, table=True):
    """What one newer file changed, in words for who watches."""

    __tablename__ = "bill_change"
    bill_id: UUID = Field(foreign_key="bill.id", ondelete="CASCADE")
    found_at: datetime = Field(index=True)
    #: sentences without their full stop, the most important first
    changes: list[str] = Field(sa_type=sa.JSON)

    __table_args__ = (sa.Index("ix_bill_change_bill_id_found_at", "bill_id", "found_at"),)


class Watch(Model, table=True):
    """One person, or one guild for all its members, wants to know when a bill moves."""

    bill_id: UUID = Field(foreign_key="bill.id", ondelete="CASCADE")
    user_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="CASCADE", nullable=True, index=True
    )
    guild_id: UUID | None = Field(
        default=None, foreign_key="guild.id", ondelete="CASCADE", nullable=True, index=True
    )
    watched_at: datetime

    __table_args__ = (
        sa.UniqueConstraint("bill_id", "user_id"),
        sa.UniqueConstraint("bill_id", "guild_id"),
        sa.CheckConstraint("(user_id IS NULL) <> (guild_id IS NULL)", name="one_watcher"),
    )


class GuildStance(StrEnum):
    SUPPORT = "support"
    OPPOSE = "oppose"
    NEUTRAL = "neutral"


class BillStance(Model, table=True):
    """Where a guild stands on a bill from one decision on; earlier ones stay as history."""

    __tablename__ = "bill_stance"
    bill_id: UUID = Field(foreign_key="bill.id", ondelete="CASCADE")
    guild_id: UUID = Field(foreign_key="guild.id", ondelete="CASCADE", index=True)
    stance: GuildStance = Field(sa_type=enum_type(GuildStance))
    #: False: the guild has decided anew since
    is_current: bool = Field(default=True)
    taken_at: datetime
    #: the proposal it rests on, a thing of a higher floor
    decision_id: UUID = Field(unique=True)
    #: the decision's numbers as everyone may read them; empty if they are not for everyone
    numbers: str = Field(default="", max_length=500)

    __table_args__ = (
        sa.Index("ix_bill_stance_bill_id_taken_at", "bill_id", "taken_at"),
        sa.Index(
            "uq_bill_stance_current",
            "bill_id",
            "guild_id",
            unique=True,
            sqlite_where=sa.text("is_current"),
            postgresql_where=sa.text("is_current"),
        ),
    )
