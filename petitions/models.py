"""Petitions: the text, the guild behind it, whom it addresses, who signed, and the counters.

Beside them: petitions.writing_models (versions, suggestions, guilds that join),
petitions.paper_models (signatures on paper), petitions.delivery_models (dossier, delivery, answer).
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.database import Model, enum_type

TITLE_LENGTH, REQUEST_LENGTH, BACKGROUND_LENGTH, FURTHER_LENGTH = 80, 300, 800, 3000
REASON_LENGTH = 1000
#: regions a petition may let its signatories choose from, and how long a name of one may be
REGIONS_MOST, REGION_LENGTH = 700, 60
#: months that names and addresses are kept after a petition is settled, unless chosen otherwise
KEPT_MONTHS = 6


class PetitionState(StrEnum):
    DRAFT = "draft"
    #: the guild's members suggest changes
    AMENDMENT = "amendment"
    BEFORE_GUILD = "before_guild"
    OPEN = "open"
    CLOSED = "closed"
    DELIVERED = "delivered"
    ANSWERED = "answered"
    SETTLED = "settled"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    #: ended before its last day, with a reason for everyone
    STOPPED = "stopped"


#: the text may still change
WRITABLE_STATES = frozenset({PetitionState.DRAFT, PetitionState.AMENDMENT})
#: was open for signature: everybody may read it
PUBLIC_STATES = frozenset(
    {
        PetitionState.OPEN,
        PetitionState.CLOSED,
        PetitionState.DELIVERED,
        PetitionState.ANSWERED,
        PetitionState.SETTLED,
        PetitionState.STOPPED,
    }
)
#: was open and takes no signatures any more
ENDED_STATES = PUBLIC_STATES - {PetitionState.OPEN}


class Settlement(StrEnum):
    """How it ended, in the guild's own judgement."""

    MET = "met"
    PARTLY_MET = "partly_met"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


class Petition(Model, table=True):
    """One request to one institution; opens for signature only by its guild's decision."""

    guild_id: UUID = Field(foreign_key="guild.id", ondelete="CASCADE")
    institution_id: UUID = Field(foreign_key="institution.id", ondelete="RESTRICT", index=True)
    author_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    title: str = Field(max_length=TITLE_LENGTH)
    #: what the institution is asked to do
    request: str = Field(max_length=REQUEST_LENGTH)
    background: str = Field(default="", max_length=BACKGROUND_LENGTH)
    background_html: str = Field(default="")
    #: for who wants to know more
    further: str = Field(
        default="", max_length=FURTHER_LENGTH, sa_column_kwargs={"server_default": ""}
    )
    further_html: str = Field(default="", sa_column_kwargs={"server_default": ""})
    goal: int
    #: what signatories may choose their region from; empty: they are asked for a country alone
    regions: list[str] = Field(
        default_factory=list,
        sa_column=sa.Column(sa.JSON(), nullable=False, server_default="[]"),
    )
    state: PetitionState = Field(sa_type=enum_type(PetitionState))
    #: the decision it rests on, or waits for
    proposal_id: UUID | None = Field(
        default=None, foreign_key="proposal.id", ondelete="SET NULL", nullable=True, index=True
    )
    #: the petition it carries on, because that one was not answered
    follows_id: UUID | None = Field(
        default=None, foreign_key="petition.id", ondelete="SET NULL", nullable=True, index=True
    )
    drafted_at: datetime
    opened_at: datetime | None = Field(default=None)
    #: the last day for signatures, in UTC; chosen when drafted
    closes_on: date
    closed_at: datetime | None = Field(default=None)
    #: why it was stopped, for everyone
    stopped_reason: str = Field(
        default="", max_length=REASON_LENGTH, sa_column_kwargs={"server_default": ""}
    )
    delivered_at: datetime | None = Field(default=None)
    #: until when the institution should answer, and why then, in words; None: nobody said
    answer_due_on: date | None = Field(default=None)
    answer_due_because: str = Field(
        default="", max_length=200, sa_column_kwargs={"server_default": ""}
    )
    #: or stopped: from here on months are counted until who signed is erased
    settled_at: datetime | None = Field(default=None)
    settlement: Settlement | None = Field(
        default=None, sa_type=enum_type(Settlement), nullable=True
    )
    settlement_reason: str = Field(
        default="", max_length=REASON_LENGTH, sa_column_kwargs={"server_default": ""}
    )
    #: when the desk was cleared: what it saw bursts by is emptied, no sweep can be undone
    desk_cleared_at: datetime | None = Field(default=None)
    #: signatures that count, but for what SignatureStep says since
    signature_count: int = Field(default=0)
    #: when this count, or that of paper, last moved
    counted_at: datetime | None = Field(default=None)
    #: on paper, in batches that stand
    paper_count: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    #: names and addresses are erased so many months after the settlement
    kept_months: int = Field(
        default=KEPT_MONTHS, sa_column_kwargs={"server_default": str(KEPT_MONTHS)}
    )
    #: when what is known of the signatories was erased; the count, regions and hashes stay
    signatories_forgotten_at: datetime | None = Field(default=None)
    #: raised with every edit, so that a stale one is noticed
    version: int = Field(default=1)

    __table_args__ = (
        sa.Index("ix_petition_state_opened_at", "state", "opened_at"),
        sa.Index("ix_petition_guild_id_drafted_at", "guild_id", "drafted_at"),
        # lists: which end soon, which have ended
        sa.Index("ix_petition_state_closes_on", "state", "closes_on"),
        sa.Index("ix_petition_closed_at", "closed_at"),
        sa.CheckConstraint("signature_count >= 0", name="signature_count"),
        sa.CheckConstraint("paper_count >= 0", name="paper_count"),
    )


#: how long a line a signature's name may be
NAME_LENGTH = 80


class SignatureState(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class Hold(StrEnum):
    """What the desk did: neither counts, and nobody outside can tell."""

    NONE = "none"
    HELD = "held"
    REMOVED = "removed"


class Signature(Model, table=True):
    """One mailbox's signature; counts once confirmed and not held. Personal data."""

    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE")
    #: empty once withdrawn, removed for good, or long after the settlement
    name: str = Field(max_length=NAME_LENGTH)
    name_is_public: bool = Field(default=False)
    #: the institution may have the name
    name_is_handed_over: bool = Field(
        default=False, sa_column_kwargs={"server_default": sa.false()}
    )
    address_sealed: str = Field(max_length=600)
    #: keyed hash of the folded address, of this petition only
    address_hash: str = Field(max_length=64)
    country: str = Field(default="", max_length=2)
    #: one of the petition's regions
    region: str = Field(
        default="", max_length=REGION_LENGTH, sa_column_kwargs={"server_default": ""}
    )
    wants_updates: bool = Field(default=False)
    state: SignatureState = Field(sa_type=enum_type(SignatureState))
    hold: Hold = Field(
        default=Hold.NONE, sa_type=enum_type(Hold), sa_column_kwargs={"server_default": "none"}
    )
    #: the last sweep of the desk that changed `hold`; None: nobody's, or a limit's
    sweep_id: UUID | None = Field(
        default=None, foreign_key="sweep.id", ondelete="SET NULL", nullable=True, index=True
    )
    #: keyed hashes for the desk, this petition's alone, emptied when it closes: of the address's
    #: domain, and of the network it came from under a secret that a reboot forgets
    domain_hash: str = Field(default="", max_length=16, sa_column_kwargs={"server_default": ""})
    network_hash: str = Field(default="", max_length=16, sa_column_kwargs={"server_default": ""})
    signed_at: datetime
    #: None unless confirmed
    confirmed_at: datetime | None = Field(default=None)
    #: when we last wrote to this mailbox, and how often since it confirmed: it is not bombed
    mailed_at: datetime
    mail_count: int = Field(default=1)

    __table_args__ = (
        sa.UniqueConstraint("petition_id", "address_hash"),
        # newest first names are read without passing over those that are not shown
        sa.Index("ix_signature_shown", "petition_id", "name_is_public", "confirmed_at"),
        # what lapses unconfirmed is found by its age
        sa.Index("ix_signature_state_signed_at", "state", "signed_at"),
        # the desk reads bursts and sweeps a window of time
        sa.Index("ix_signature_petition_id_signed_at", "petition_id", "signed_at"),
        # who wished for news is told without passing over who did not
        sa.Index(
            "ix_signature_wants_updates",
            "petition_id",
            "id",
            sqlite_where=sa.text("wants_updates = 1"),
            postgresql_where=sa.text("wants_updates"),
        ),
        # what is held is found without reading what is not
        sa.Index(
            "ix_signature_held",
            "petition_id",
            "signed_at",
            sqlite_where=sa.text("hold <> 'none'"),
            postgresql_where=sa.text("hold <> 'none'"),
        ),
    )


class SweepDeed(StrEnum):
    HOLD = "hold"
    REMOVE = "remove"
    #: let what was held count after all
    RELEASE = "release"


class Sweep(Model, table=True):
    """One bulk deed of the desk: which signatures, how many; undone within a day or never."""

    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE")
    actor_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    deed: SweepDeed = Field(sa_type=enum_type(SweepDeed))
    #: petitions.desk.Condition as plain values
    condition: dict[str, Any] = Field(sa_column=sa.Column(sa.JSON(), nullable=False))
    reason: str = Field(default="", max_length=REASON_LENGTH)
    #: signatures it changed, and how many of them had counted
    signature_count: int
    counted_count: int
    done_at: datetime
    undone_at: datetime | None = Field(default=None)
    #: when it could no longer be undone: who was removed is erased
    final_at: datetime | None = Field(default=None)

    __table_args__ = (sa.Index("ix_sweep_petition_id_done_at", "petition_id", "done_at"),)


class Swept(Model, table=True):
    """What a sweep found a signature as, so that it can be undone; kept no longer than that."""

    sweep_id: UUID = Field(foreign_key="sweep.id", ondelete="CASCADE")
    signature_id: UUID = Field(foreign_key="signature.id", ondelete="CASCADE", index=True)
    hold_before: Hold = Field(sa_type=enum_type(Hold))
    #: the sweep before this one; no key: it may be over since
    sweep_before: UUID | None = Field(default=None)

    __table_args__ = (sa.UniqueConstraint("sweep_id", "signature_id"),)


class SignatureStep(Model, table=True):
    """One signature that began or ceased to count, not yet in the counters.

    Confirming only inserts: a shared counter row, moved in the request, is where others broke.
    petitions.counter folds steps into the counters a batch at a time (docs/decisions/0305).
    """

    __tablename__ = "signature_step"
    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE", index=True)
    #: +1 or -1; a sweep of the desk writes one row a place
    step: int
    country: str = Field(default="", max_length=2)
    region: str = Field(default="", max_length=REGION_LENGTH)
    #: the hour it happened in
    at: datetime


class PetitionHour(Model, table=True):
    """Signatures that began to count, less those that ceased, in one hour of UTC."""

    __tablename__ = "petition_hour"
    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE")
    hour: datetime
    step: int = Field(default=0)

    __table_args__ = (sa.UniqueConstraint("petition_id", "hour"),)


class PetitionPlace(Model, table=True):
    """Signatures that count from one place; small places are never shown apart."""

    __tablename__ = "petition_place"
    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE")
    country: str = Field(default="", max_length=2)
    region: str = Field(default="", max_length=REGION_LENGTH)
    signature_count: int = Field(default=0)

    __table_args__ = (sa.UniqueConstraint("petition_id", "country", "region"),)


class Milestone(Model, table=True):
    """A number of signatures that means something, and when it was reached."""

    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE")
    #: signatures, on paper and not
    threshold: int
    #: what it means, in words: "The government answers"; empty for a round number
    meaning: str = Field(default="", max_length=120)
    reached_at: datetime
    #: when somebody was told or acted on it; from then on it is not taken back
    acted_on_at: datetime | None = Field(default=None)

    __table_args__ = (sa.UniqueConstraint("petition_id", "threshold"),)


class PetitionUpdate(Model, table=True):
    """News about a petition, for everyone; mailed to signatories who wished for it."""

    __tablename__ = "petition_update"
    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE")
    author_id: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    title: str = Field(max_length=TITLE_LENGTH)
    text: str = Field(max_length=FURTHER_LENGTH)
    text_html: str
    posted_at: datetime

    __table_args__ = (
        sa.Index("ix_petition_update_petition_id_posted_at", "petition_id", "posted_at"),
    )


class Telling(Model, table=True):
    """What signatories are told of, batch by batch; the row goes with the last batch."""

    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE")
    #: of the notices it owes, and what they are about
    kind: str = Field(max_length=64)
    subject_id: UUID
    #: who had confirmed by then is told
    began_at: datetime
    #: signatories are taken in the order of their keys: all up to this one are owed theirs
    told_through: UUID | None = Field(default=None)

    __table_args__ = (sa.UniqueConstraint("petition_id", "kind", "subject_id"),)
