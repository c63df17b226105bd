"""Reading the record: a guild's own entries, for its members."""

from uuid import UUID

from sqlmodel import Session, col, select

from accounts.models import User
from audit.models import AuditEntry

PAGE = 50


def entries_of_guild(
    db: Session, guild_id: UUID, *, before: int | None = None
) -> list[tuple[AuditEntry, User | None]]:
    """Up to PAGE + 1 entries, newest first, each with its actor if the account still exists."""
    query = (
        select(AuditEntry, User)
        .join(User, col(AuditEntry.actor_id) == User.id, isouter=True)
        .where(AuditEntry.guild_id == guild_id)
    )
    if before is not None:
        query = query.where(col(AuditEntry.sequence) < before)
    return list(db.exec(query.order_by(col(AuditEntry.sequence).desc()).limit(PAGE + 1)))
