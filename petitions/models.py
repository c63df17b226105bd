"""Petitions: the text, the guild behind it, whom it addresses, and who signed."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.database import Model, enum_type

TITLE_LENGTH, REQUEST_LENGTH, BACKGROUND_LENGTH = 80, 300, 800


class PetitionState(StrEnum):
    DRAFT = "draft"
    BEFORE_GUILD = "before_guild"
    OPEN = "open"
    CLOSED = "closed"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


PUBLIC_STATES = frozenset({PetitionState.OPEN, PetitionState.CLOSED})


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
    goal: int
    state: PetitionState = Field(sa_type=enum_type(PetitionState))
    #: the decision it rests on, or waits for
    proposal_id: UUID | None = Field(
        default=None, foreign_key="proposal.id", ondelete="SET NULL", nullable=True, index=True
    )
    drafted_at: datetime
    opened_at: datetime | None = Field(default=None)
    #: the last day for signatures, in UTC; chosen when drafted
    closes_on: date
    closed_at: datetime | None = Field(default=None)
    #: confirmed signatures; kept with every confirmation
    signature_count: int = Field(default=0)
    #: when what is known of the signatories was erased, long after the close; the count stays
    signatories_forgotten_at: datetime | None = Field(default=None)
    #: raised with every edit, so that a stale one is noticed
    version: int = Field(default=1)

    __table_args__ = (
        sa.Index("ix_petition_state_opened_at", "state", "opened_at"),
        sa.Index("ix_petition_guild_id_drafted_at", "guild_id", "drafted_at"),
        sa.CheckConstraint("signature_count >= 0", name="signature_count"),
    )


#: how long a line a signature's name may be
NAME_LENGTH = 80


class SignatureState(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"


class Signature(Model, table=True):
    """One mailbox's signature; counts once confirmed from that mailbox. Personal data."""

    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE")
    #: empty once withdrawn, or long after the close
    name: str = Field(max_length=NAME_LENGTH)
    name_is_public: bool = Field(default=False)
    address_sealed: str = Field(max_length=600)
    #: keyed hash of the folded address, of this petition only
    address_hash: str = Field(max_length=64)
    country: str = Field(default="", max_length=2)
    wants_updates: bool = Field(default=False)
    state: SignatureState = Field(sa_type=enum_type(SignatureState))
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
    )
