"""What a guild's decisions do to the guild itself: its charter, its members, their roles.

Each deed has a refusal that says, in words for members, why it cannot be done now; the deed asks
it again once the guild is locked. Nobody acts here: the decision does.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from core.errors import RuleBroken
from guilds import admission, queries, services
from guilds.charter import Charter
from guilds.dead_ends import dead_ends
from guilds.membership import DECIDED, get_membership, lock, note
from guilds.models import CharterVersion, Guild, GuildState, JoinState, Role

DISSOLVED = "The guild was dissolved."


def charter_refusal(
    db: Session, guild: Guild, charter: Charter, *, base: int, now: datetime
) -> str | None:
    """Why a charter cannot come into force. base: number of the version it was written against."""
    if guild.state != GuildState.ACTIVE:
        return DISSOLVED
    current = queries.get_charter(db, guild.id)
    if current.number != base:
        return (
            f"The charter has changed meanwhile: version {current.number} is in force, and this "
            f"was written against version {base}. Put it again, against the one in force."
        )
    before = Charter.model_validate(current.rules)
    numbers = queries.numbers(db, guild.id, list(charter.rules.values()), now)
    found = dead_ends(charter, numbers, before=before)
    return " ".join(["This would lead into a dead end.", *found]) if found else None


def adopt_charter(
    db: Session, guild: Guild, charter: Charter, *, base: int, decision_id: UUID, now: datetime
) -> CharterVersion:
    """Put the next version in force. Raises RuleBroken with the reason why it cannot be."""
    lock(db, guild)
    _stop(charter_refusal(db, guild, charter, base=base, now=now))
    version = CharterVersion(
        guild_id=guild.id,
        number=base + 1,
        rules=charter.model_dump(mode="json"),
        adopted_at=now,
        decision_id=decision_id,
    )
    db.add(version)
    db.flush()
    note(db, "guilds.charter_changed", guild, actor=None, now=now, summary=f"Version {base + 1}")
    return version


def admission_refusal(db: Session, guild: Guild, request_id: UUID) -> str | None:
    """Why who asked to join cannot be admitted."""
    if guild.state != GuildState.ACTIVE:
        return DISSOLVED
    request = queries.get_request(db, guild, request_id)
    if request is None or request.state != JoinState.PENDING:
        return admission.ANSWERED
    return None


def answer(
    db: Session, guild: Guild, request_id: UUID, *, admitted: bool, decision_id: UUID, now: datetime
) -> None:
    """Admit or decline who asked to join. Raises RuleBroken if that was answered or taken back."""
    lock(db, guild)
    _stop(admission_refusal(db, guild, request_id))
    admission.settle_request(
        db, guild, request_id, admitted=admitted, actor=None, decision_id=decision_id, now=now
    )


def expulsion_refusal(db: Session, guild: Guild, user_id: UUID) -> str | None:
    """Why a member cannot be expelled."""
    membership = get_membership(db, guild, user_id)
    if membership is None:
        return services.NO_MEMBER
    return _admin_refusal(db, guild, membership.role)


def expel(db: Session, guild: Guild, user_id: UUID, *, now: datetime) -> None:
    """Take a member out. Raises RuleBroken with the reason why that cannot be."""
    lock(db, guild)
    _stop(expulsion_refusal(db, guild, user_id))
    services.put_out(db, guild, user_id, reason=DECIDED, actor=None, now=now)


def role_refusal(db: Session, guild: Guild, user_id: UUID, role: Role) -> str | None:
    """Why a member cannot be given a role."""
    if guild.state != GuildState.ACTIVE:
        return DISSOLVED
    membership = get_membership(db, guild, user_id)
    if membership is None:
        return services.NO_MEMBER
    if membership.role == role:
        return "This member has that role already."
    return _admin_refusal(db, guild, membership.role)


def give_role(
    db: Session, guild: Guild, user_id: UUID, *, role: Role, decision_id: UUID, now: datetime
) -> None:
    """Give a member a role. Raises RuleBroken with the reason why that cannot be."""
    lock(db, guild)
    _stop(role_refusal(db, guild, user_id, role))
    services.set_role(db, guild, user_id, role=role, actor=None, decision_id=decision_id, now=now)


def _admin_refusal(db: Session, guild: Guild, role: Role) -> str | None:
    is_last = role == Role.ADMIN and queries.admin_count(db, guild.id) <= 1
    return services.NO_ADMIN_LEFT if is_last else None


def _stop(refusal: str | None) -> None:
    if refusal is not None:
        raise RuleBroken(refusal)
