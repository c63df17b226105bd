"""Deciding: a proposal, who may vote on it, the ballots cast and what was said before."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.database import Model, enum_type
from guilds.charter import DecisionRule

TITLE_LENGTH, TEXT_LENGTH, COMMENT_LENGTH = 120, 8000, 4000


class ProposalState(StrEnum):
    DELIBERATION = "deliberation"
    VOTING = "voting"
    PASSED = "passed"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"


OPEN_STATES = frozenset({ProposalState.DELIBERATION, ProposalState.VOTING})
DECIDED_STATES = frozenset({ProposalState.PASSED, ProposalState.FAILED})


class FailedBy(StrEnum):
    QUORUM = "quorum"
    THRESHOLD = "threshold"


class Choice(StrEnum):
    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"


class Tally(NamedTuple):
    """How many ballots say what, of how many electors."""

    yes: int
    no: int
    abstain: int
    electorate: int

    @property
    def ballots(self) -> int:
        return self.yes + self.no + self.abstain

    @property
    def weighing(self) -> int:
        """Ballots the threshold looks at: yes and no."""
        return self.yes + self.no


class Proposal(Model, table=True):
    """A question before a guild, under the charter version in force when it was put."""

    guild_id: UUID = Field(foreign_key="guild.id", ondelete="CASCADE")
    author_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    #: a kind of decision of the charter (guilds.charter.DecisionKind)
    kind: str = Field(max_length=32)
    title: str = Field(max_length=TITLE_LENGTH)
    text: str = Field(max_length=TEXT_LENGTH)
    text_html: str
    #: what passing would act on, such as the petition to open; a higher floor knows it
    subject_id: UUID | None = Field(default=None, index=True)
    charter_version_id: UUID = Field(foreign_key="charter_version.id", ondelete="RESTRICT")
    #: the charter's rule for this kind, pinned: guilds.charter.DecisionRule as plain data
    rule: dict[str, Any] = Field(sa_type=sa.JSON)
    state: ProposalState = Field(sa_type=enum_type(ProposalState))
    put_at: datetime
    opens_at: datetime
    closes_at: datetime
    decided_at: datetime | None = Field(default=None)
    failed_by: FailedBy | None = Field(default=None, sa_type=enum_type(FailedBy), nullable=True)
    #: members when voting opened; None before
    electorate_count: int | None = Field(default=None)
    #: kept with every ballot under the proposal's row lock; recounted at close
    yes_count: int = Field(default=0)
    no_count: int = Field(default=0)
    abstain_count: int = Field(default=0)
    comment_count: int = Field(default=0)
    #: when the deed the proposal asked for was done, in the same transaction as the decision
    carried_out_at: datetime | None = Field(default=None)

    __table_args__ = (
        sa.Index("ix_proposal_guild_id_put_at", "guild_id", "put_at"),
        sa.Index("ix_proposal_state_closes_at", "state", "closes_at"),
    )

    @property
    def tally(self) -> Tally:
        """The count as the counters have it; before voting opens all of it is 0."""
        return Tally(self.yes_count, self.no_count, self.abstain_count, self.electorate_count or 0)

    @property
    def decision_rule(self) -> DecisionRule:
        """The charter's rule this was put under."""
        return DecisionRule.model_validate(self.rule)


class Elector(Model, table=True):
    """One seat of the electorate, taken when voting opened."""

    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE")
    user_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )

    __table_args__ = (sa.UniqueConstraint("proposal_id", "user_id"),)


class Ballot(Model, table=True):
    """What one person cast; open to the guild, changeable until close, counted even if erased."""

    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE")
    user_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    choice: Choice = Field(sa_type=enum_type(Choice))
    cast_at: datetime

    __table_args__ = (sa.UniqueConstraint("proposal_id", "user_id"),)


class Comment(Model, table=True):
    """One contribution to the debate on a proposal."""

    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE")
    author_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    text: str = Field(max_length=COMMENT_LENGTH)
    text_html: str
    written_at: datetime

    __table_args__ = (sa.Index("ix_comment_proposal_id_written_at", "proposal_id", "written_at"),)
