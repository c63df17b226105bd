"""Milestones: numbers of signatures that mean something, noted when they are reached."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session


def pass_or_take_back(db: Session, petition_id: UUID, total: int, *, now: datetime) -> None:
    """Note what `total` signatures (on paper and not) have reached."""
