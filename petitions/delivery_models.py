"""After the close: the dossier, how it was handed over, and what the institution answered."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Field

from core.database import Model, enum_type
from petitions.models import REASON_LENGTH

ANSWER_LENGTH = 8000


class Dossier(Model, table=True):
    """What is handed over: made when no signature can be confirmed any more.

    Made anew while names are kept if a signature is taken back, so that it holds just those that
    count, and if a guild that it names goes.
    """

    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE", unique=True)
    made_at: datetime
    #: the document itself
    pdf: bytes
    #: what it holds: a difference to the petition's counters asks for a new one
    signature_count: int
    paper_count: int
    #: all that is signed: counts, places, hashes, root (petitions.dossier)
    manifest: dict[str, Any] = Field(sa_column=sa.Column(sa.JSON(), nullable=False))
    #: of the manifest's canonical text, by this place's key; 128 hex digits
    signature: str = Field(max_length=128)


class DossierPart(Model, table=True):
    """A branch of the dossier's tree: up to petitions.tree.BRANCH leaves, sorted.

    A leaf says nothing of who signed; these stay when names and addresses are erased.
    """

    __tablename__ = "dossier_part"
    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE")
    #: from 0 on, in the order of the leaves
    number: int
    #: the lowest leaf, by which the branch of a leaf is found
    first: bytes
    #: 32 bytes each
    leaves: bytes
    #: the branch's own root
    root: bytes

    __table_args__ = (
        sa.UniqueConstraint("petition_id", "number"),
        sa.Index("ix_dossier_part_petition_id_first", "petition_id", "first"),
    )


class DeliveryWay(StrEnum):
    IN_PERSON = "in_person"
    POST = "post"
    EMAIL = "email"
    PORTAL = "portal"


class Delivery(Model, table=True):
    """The petition was handed to its institution: to whom, how, when, and what proves it."""

    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE", index=True)
    way: DeliveryWay = Field(sa_type=enum_type(DeliveryWay))
    received_by: str = Field(max_length=120)
    delivered_at: datetime
    #: such as a reference number, or where the receipt can be seen
    proof: str = Field(default="", max_length=REASON_LENGTH)
    #: the contact who was written to with a link to answer by; None: delivered otherwise
    contact_id: UUID | None = Field(
        default=None, foreign_key="contact.id", ondelete="SET NULL", nullable=True, index=True
    )
    recorded_by: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    recorded_at: datetime
    #: what the dossier held then
    signature_count: int
    paper_count: int
    #: of its tree, 64 hex digits
    root: str = Field(max_length=64)


class Answer(Model, table=True):
    """What the institution said: by its contact's link, or entered with its source."""

    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE", index=True)
    text: str = Field(max_length=ANSWER_LENGTH)
    text_html: str
    #: who speaks, as they sign: "Office of the Minister"
    said_by: str = Field(max_length=120)
    #: where it can be read; needed if an organiser entered it
    source_url: str = Field(default="", max_length=300)
    #: by the contact's own link; else an organiser entered it
    contact_id: UUID | None = Field(
        default=None, foreign_key="contact.id", ondelete="SET NULL", nullable=True, index=True
    )
    entered_by: UUID | None = Field(
        default=None, foreign_key="user.id", ondelete="SET NULL", nullable=True, index=True
    )
    answered_at: datetime
