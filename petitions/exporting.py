"""What a person wrote and entered about petitions, for their own export."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.models import User
from core.database import Model, table_of
from petitions.delivery_models import Answer, Delivery
from petitions.models import Petition, PetitionUpdate, Sweep
from petitions.paper_models import PaperBatch
from petitions.writing_models import PetitionVersion, Suggestion

Rows = list[dict[str, Any]]


class Part(NamedTuple):
    """A kind of thing somebody did to a petition."""

    table: type[Model]
    #: columns: who did it, when, and what else is told of it; nothing personal of anybody else
    by: str
    at: str
    told: tuple[str, ...]


PARTS = {
    "versions_written": Part(
        PetitionVersion, "written_by", "written_at",
        ("number", "title", "request", "background", "further"),
    ),
    "suggested": Part(
        Suggestion, "author_id", "suggested_at", ("passage", "before", "after", "reason", "state")
    ),
    "suggestions_decided": Part(
        Suggestion, "decided_by", "decided_at", ("passage", "state", "decision_reason")
    ),
    "news_posted": Part(PetitionUpdate, "author_id", "posted_at", ("title", "text")),
    "sweeps": Part(
        Sweep, "actor_id", "done_at", ("deed", "reason", "signature_count", "undone_at")
    ),
    "paper_entered": Part(
        PaperBatch, "entered_by", "entered_at",
        ("signature_count", "place", "collected_on", "sheet_hash", "struck_at", "struck_reason"),
    ),
    "deliveries_recorded": Part(
        Delivery, "recorded_by", "recorded_at",
        ("way", "received_by", "delivered_at", "proof", "signature_count", "paper_count"),
    ),
    "answers_entered": Part(
        Answer, "entered_by", "answered_at", ("said_by", "text", "source_url")
    ),
}  # fmt: skip


def export_of_user(user: User, *, db: Session) -> tuple[str, dict[str, Rows]]:
    """Reaction to a person asking for their data: all they did to petitions, the oldest first."""
    did = {name: _did(db, user, part) for name, part in PARTS.items()}
    return "petitions", {"drafted": _drafted(db, user), **did}


def _drafted(db: Session, user: User) -> Rows:
    query = select(Petition).where(Petition.author_id == user.id).order_by(col(Petition.drafted_at))
    return [
        {
            "title": petition.title,
            "request": petition.request,
            "background": petition.background,
            "further": petition.further,
            "state": petition.state.value,
            "drafted_at": petition.drafted_at.isoformat(),
        }
        for petition in db.exec(query)
    ]


def _did(db: Session, user: User, part: Part) -> Rows:
    mine, petition = table_of(part.table).c, table_of(Petition).c
    names = (part.at, *part.told)
    query = (
        sa.select(petition.title.label("of"), *(mine[name] for name in names))
        .join_from(table_of(part.table), table_of(Petition), petition.id == mine.petition_id)
        .where(mine[part.by] == user.id)
        .order_by(mine[part.at], mine.id)
    )
    rows = db.connection().execute(query)
    return [
        {"petition": of} | {name: _plain(value) for name, value in zip(names, told, strict=True)}
        for of, *told in rows
    ]


def _plain(value: Any) -> Any:
    """A value of a column as JSON has it."""
    if isinstance(value, StrEnum):
        return value.value
    return value.isoformat() if isinstance(value, date | datetime) else value
