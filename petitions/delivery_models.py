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
    """What is handed over: made once, when no signature can be confirmed any more."""

    petition_id: UUID = Field(foreign_key="petition.id", ondelete="CASCADE", unique=True)
    made_at: datetime
    #: the document itself
    pdf: bytes
    #: SHA-256 of each blinded signature, 32 bytes each, sorted: they say nothing of who signed
    leaves: bytes
    #: SHA-256 of the CSV, 64 hex digits: that one is made from the rows while they are kept
    csv_hash: str = Field(max_length=64)
    #: all that is signed: counts, regions, hashes, root (petitions.dossier)
    manifest: dict[str, Any] = Field(sa_column=sa.Column(sa.JSON(), nullable=False))
    #: of the manifest's bytes, by this place's key; base64
    signature: str = Field(max_length=100)


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
