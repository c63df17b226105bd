"""Deciding: a proposal with its versions and options, who may vote, what was cast and delegated.

What members say of it: voting.debate_models.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.database import Model, enum_type
from guilds.charter import ONE_QUESTION, DecisionKind, DecisionRule, Method

TITLE_LENGTH, TEXT_LENGTH = 120, 8000
OPTION_LENGTH, NOTE_LENGTH, REASON_LENGTH, TOPIC_LENGTH = 120, 1000, 1000, 40
MOST_OPTIONS = 40


class ProposalState(StrEnum):
    DRAFT = "draft"
    SUPPORT = "support"
    DELIBERATION = "deliberation"
    VOTING = "voting"
    PASSED = "passed"
    FAILED = "failed"
    TIED = "tied"
    NOT_SUPPORTED = "not_supported"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


#: before the guild and not ended; a draft is its author's alone
OPEN_STATES = frozenset({ProposalState.SUPPORT, ProposalState.DELIBERATION, ProposalState.VOTING})
#: the text may still change
WRITABLE_STATES = frozenset(
    {ProposalState.DRAFT, ProposalState.SUPPORT, ProposalState.DELIBERATION}
)
DECIDED_STATES = frozenset({ProposalState.PASSED, ProposalState.FAILED, ProposalState.TIED})


class FailedBy(StrEnum):
    QUORUM = "quorum"
    THRESHOLD = "threshold"
    OBJECTIONS = "objections"
    #: the box of a secret vote could not be opened whole (voting.secrecy)
    BOX = "box"


class Choice(StrEnum):
    """Marks of a ballot on one question; by consent: consent, objection, standing aside."""

    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"


class Tally(NamedTuple):
    """How many ballots say what, of how many electors; delegated ones count for their holder."""

    yes: int
    no: int
    abstain: int
    electorate: int
    #: members when voting opened; None: as many as the electorate
    members: int | None = None

    @property
    def ballots(self) -> int:
        return self.yes + self.no + self.abstain

    @property
    def weighing(self) -> int:
        """Yes and no."""
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
    #: number of the text's newest version; frozen when voting opens
    version: int = Field(default=1)
    #: a word for what it is about, as delegations know it; empty: none
    topic: str = Field(default="", max_length=TOPIC_LENGTH)
    #: what passing would act on, such as the petition to open; a higher floor knows it
    subject_id: UUID | None = Field(default=None, index=True)
    #: what passing would do to it, in the words of its mandate (app.MANDATES)
    deed: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    charter_version_id: UUID = Field(foreign_key="charter_version.id", ondelete="RESTRICT")
    #: the charter's rule for this kind, pinned: guilds.charter.DecisionRule as plain data
    rule: dict[str, Any] = Field(sa_type=sa.JSON)
    method: Method = Field(default=Method.MAJORITY, sa_type=enum_type(Method))
    #: options of the count as text, as on the command line, and what ballots may hold:
    #: "lowest", "highest" (scores), "budget", "currency" (voting.marks.BALLOT_SETTINGS)
    settings: dict[str, str] = Field(default_factory=dict, sa_type=sa.JSON)
    seats: int = Field(default=1)
    state: ProposalState = Field(sa_type=enum_type(ProposalState))
    #: of a draft: when it was begun
    put_at: datetime
    #: until when supporters are sought; None: none are needed
    support_until: datetime | None = Field(default=None)
    opens_at: datetime
    closes_at: datetime
    voting_minutes: int
    decided_at: datetime | None = Field(default=None)
    failed_by: FailedBy | None = Field(default=None, sa_type=enum_type(FailedBy), nullable=True)
    #: who may vote and who were members, when voting opened; None before
    electorate_count: int | None = Field(default=None)
    member_count: int | None = Field(default=None)
    support_count: int = Field(default=0)
    #: kept with every ballot under the proposal's row lock; recounted at close. Of a secret vote
    #: only ballot_count moves before the close
    ballot_count: int = Field(default=0)
    yes_count: int = Field(default=0)
    no_count: int = Field(default=0)
    abstain_count: int = Field(default=0)
    #: how many of ballot_count did not vote themselves: set at close, from the delegations
    represented_count: int = Field(default=0)
    comment_count: int = Field(default=0)
    #: of a consent process: which round it is in, from 1
    round: int = Field(default=1)
    #: what was counted at close: voting.counting.outcome.Outcome as JSON; None before
    result: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON)
    #: hex SHA-256 of the closed ballot box (voting.box); ties are broken by it
    root_hash: str | None = Field(default=None, max_length=64)
    #: of a secret vote past its close: why its box cannot be opened yet, in words; empty: nothing
    box_fault: str = Field(default="", max_length=REASON_LENGTH)
    #: when the deed the proposal asked for was done
    carried_out_at: datetime | None = Field(default=None)
    #: why it could not be done, in words for members; empty: it was, or needs not be
    not_carried_out: str = Field(default="", max_length=REASON_LENGTH)
    #: when the guild looks at it again; None: never
    review_at: datetime | None = Field(default=None)

    __table_args__ = (
        sa.Index("ix_proposal_guild_id_put_at", "guild_id", "put_at"),
        sa.Index("ix_proposal_state_closes_at", "state", "closes_at"),
        sa.Index("ix_proposal_state_support_until", "state", "support_until"),
        sa.Index("ix_proposal_state_review_at", "state", "review_at"),
    )

    @property
    def tally(self) -> Tally:
        """The count as the counters have it; before voting opens all of it is 0.

        Where ballots are not told apart every one stands under `abstain`, as it takes part: of a
        choice among options, and of a secret vote before its close.
        """
        split = (self.yes_count, self.no_count, self.abstain_count)
        if self.method not in ONE_QUESTION or not any(split):
            split = (0, 0, self.ballot_count)
        return Tally(*split, self.electorate_count or 0, self.member_count)

    @property
    def repeats_subject(self) -> bool:
        """Whether the text only repeats, word by word, what passing would put before people."""
        is_call = self.kind == DecisionKind.EVENT and self.deed.get("action") == "call"
        opens = self.kind == DecisionKind.OPEN_PETITION and not self.deed
        return opens or is_call

    @property
    def decision_rule(self) -> DecisionRule:
        """The charter's rule this was put under."""
        return DecisionRule.model_validate(self.rule)


class ProposalOption(Model, table=True):
    """One of the things to choose among; a question of yes and no has none."""

    __tablename__ = "proposal_option"
    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE")
    #: from 0, the order in which ballots hold their marks
    position: int
    name: str = Field(max_length=OPTION_LENGTH)
    note: str = Field(default="", max_length=NOTE_LENGTH)
    #: of a budget's project: its cost, exact decimal text
    cost: str = Field(default="", max_length=30)
    #: the member who stands, in an election; None: a name only, or the account is erased
    user_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )

    __table_args__ = (
        sa.UniqueConstraint("proposal_id", "position"),
        sa.UniqueConstraint("proposal_id", "name"),
    )


class ProposalVersion(Model, table=True):
    """What a proposal said from one moment on; never changed."""

    __tablename__ = "proposal_version"
    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE")
    number: int
    title: str = Field(max_length=TITLE_LENGTH)
    text: str = Field(max_length=TEXT_LENGTH)
    written_at: datetime
    #: the amendment that was taken in; None: the author's own change
    amendment_id: UUID | None = Field(default=None)
    #: what it asked besides its words (voting.substance); None: what the proposal asks now
    terms: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON(none_as_null=True))

    __table_args__ = (sa.UniqueConstraint("proposal_id", "number"),)


class Elector(Model, table=True):
    """One seat of the electorate, taken when voting opened. Personal data: who took part."""

    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE")
    user_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    #: whether this person's ballot is in the box, without a word of when or what; of a secret vote
    #: only until it is counted
    has_voted: bool = Field(default=False)

    __table_args__ = (sa.UniqueConstraint("proposal_id", "user_id"),)


class Ballot(Model, table=True):
    """What was cast; counted even if its voter is erased.

    An open ballot has its voter and is there from the moment it is cast. A secret one has none,
    and is there from the close on, all with the same cast_at.
    """

    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE")
    user_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    #: of a consent process: the round it was cast in; only those of the proposal's round count
    round: int = Field(default=1)
    #: a Choice, or one character an option (voting.marks)
    marks: str = Field(max_length=MOST_OPTIONS)
    #: why, where an objection must say so; shown with it
    reason: str = Field(default="", max_length=REASON_LENGTH)
    #: 32 hex digits nobody knew before, so that nobody could know the root hash (voting.box)
    nonce: str = Field(max_length=32)
    #: how many electors it speaks for: set at close, from the delegations
    weight: int = Field(default=1)
    cast_at: datetime

    __table_args__ = (
        sa.UniqueConstraint("proposal_id", "user_id", "round"),
        # the page of ballots, and the count, which so reads them in the order in which they lie
        sa.Index("ix_ballot_proposal_id_round_cast_at", "proposal_id", "round", "cast_at", "id"),
    )


class ConsentRound(Model, table=True):
    """A round of a consent process that did not settle it; its ballots keep its number."""

    __tablename__ = "consent_round"
    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE")
    number: int
    #: of the text that was asked about
    version: int
    #: whether the author took a change in before the close; else objections were left at it
    is_integrated: bool
    opened_at: datetime
    ended_at: datetime
    electorate_count: int
    yes_count: int
    no_count: int
    abstain_count: int

    __table_args__ = (sa.UniqueConstraint("proposal_id", "number"),)

    @property
    def tally(self) -> Tally:
        return Tally(self.yes_count, self.no_count, self.abstain_count, self.electorate_count)


class SealedBallot(Model, table=True):
    """A secret ballot before the close: what it says is sealed by a key outside the database."""

    __tablename__ = "sealed_ballot"
    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE", index=True)
    sealed: str


class Receipt(Model, table=True):
    """A code that was given for a secret ballot: it is in the box. Says neither whose nor what."""

    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE")
    code: str = Field(max_length=32)

    __table_args__ = (sa.UniqueConstraint("proposal_id", "code"),)


class BundleHead(Model, table=True):
    """What was signed when a vote was counted: its bundle but the ballots (voting.bundles)."""

    __tablename__ = "bundle_head"
    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE", unique=True)
    #: canonical JSON, byte for byte
    head: str
    #: hex
    signature: str = Field(max_length=128)


class RecountScript(Model, table=True):
    """A recount.py that votes were counted by, as it was then, for whoever checks them later."""

    __tablename__ = "recount_script"
    #: hex; what bundles name it by
    sha256: str = Field(max_length=64, unique=True)
    text: str


class Delegation(Model, table=True):
    """One member lets another vote for them: in a guild, on a topic, or on one proposal."""

    guild_id: UUID = Field(foreign_key="guild.id", ondelete="CASCADE", index=True)
    principal_id: UUID = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    holder_id: UUID = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    #: "" for the whole guild, "topic:<word>" or "proposal:<id>"; the narrowest one holds
    scope: str = Field(default="", max_length=TOPIC_LENGTH + 60)
    given_at: datetime

    __table_args__ = (sa.UniqueConstraint("guild_id", "principal_id", "scope"),)


class Representation(Model, table=True):
    """How an elector who had delegated was represented, kept at the close of an open vote."""

    proposal_id: UUID = Field(foreign_key="proposal.id", ondelete="CASCADE")
    principal_id: UUID = Field(foreign_key="user.id", ondelete="CASCADE", index=True)
    #: whose ballot spoke for them; None: nobody's, and `why` says so
    voter_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    #: "" or "loop", "dead end", "cap" (voting.delegating)
    why: str = Field(default="", max_length=16)

    __table_args__ = (sa.UniqueConstraint("proposal_id", "principal_id"),)
