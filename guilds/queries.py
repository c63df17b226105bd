"""Reading guilds: what the viewer may not see is not there."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, func, select

from accounts.models import User
from guilds.models import (
    CharterVersion,
    Guild,
    GuildState,
    Invitation,
    JoinRequest,
    JoinState,
    Membership,
    Role,
)

PAGE = 30


def get_role(db: Session, guild_id: UUID, viewer: User | None) -> Role | None:
    """The viewer's role in a guild, or None for strangers."""
    if viewer is None:
        return None
    query = select(Membership.role).where(
        Membership.guild_id == guild_id, Membership.user_id == viewer.id
    )
    return db.exec(query).first()


def get_guild(db: Session, slug: str, viewer: User | None) -> tuple[Guild, Role | None] | None:
    """A guild the viewer may know of, with the viewer's role in it."""
    guild = db.exec(select(Guild).where(Guild.slug == slug)).first()
    return _if_visible(db, guild, viewer)


def get_guild_by_id(
    db: Session, guild_id: UUID, viewer: User | None
) -> tuple[Guild, Role | None] | None:
    """The same by key."""
    return _if_visible(db, db.get(Guild, guild_id), viewer)


def _if_visible(
    db: Session, guild: Guild | None, viewer: User | None
) -> tuple[Guild, Role | None] | None:
    if guild is None:
        return None
    role = get_role(db, guild.id, viewer)
    return (guild, role) if guild.is_listed or role is not None else None


def listed_guilds(
    db: Session, *, before: tuple[datetime, UUID] | None = None
) -> list[Guild]:
    """Up to PAGE + 1 active guilds that strangers may find, the youngest first."""
    query = select(Guild).where(col(Guild.is_listed), Guild.state == GuildState.ACTIVE)
    if before is not None:
        query = query.where(col(Guild.founded_at) < before[0])
    return list(db.exec(query.order_by(col(Guild.founded_at).desc()).limit(PAGE + 1)))


def my_guilds(db: Session, user: User) -> list[tuple[Guild, Role]]:
    """Every active guild a person belongs to, by name (a person is in few)."""
    query = (
        select(Guild, Membership.role)
        .where(Membership.guild_id == Guild.id)
        .where(Membership.user_id == user.id, Guild.state == GuildState.ACTIVE)
        .order_by(Guild.name)
        .limit(200)
    )
    return [(guild, role) for guild, role in db.exec(query)]


def members(
    db: Session, guild: Guild, *, after: tuple[datetime, UUID] | None = None
) -> list[tuple[Membership, User]]:
    """Up to PAGE + 1 members with their accounts, in the order they joined."""
    query = select(Membership, User).where(
        Membership.user_id == User.id, Membership.guild_id == guild.id
    )
    if after is not None:
        query = query.where(
            (col(Membership.joined_at) > after[0])
            | ((col(Membership.joined_at) == after[0]) & (col(Membership.id) > after[1]))
        )
    query = query.order_by(col(Membership.joined_at), col(Membership.id)).limit(PAGE + 1)
    return [(membership, user) for membership, user in db.exec(query)]


def user_ids_with_roles(db: Session, guild_id: UUID, roles: frozenset[Role]) -> list[UUID]:
    """Who holds one of the roles: for notices to organisers."""
    query = select(Membership.user_id).where(
        Membership.guild_id == guild_id, col(Membership.role).in_(roles)
    )
    return list(db.exec(query))


def admin_count(db: Session, guild_id: UUID) -> int:
    query = select(func.count()).where(
        Membership.guild_id == guild_id, Membership.role == Role.ADMIN
    )
    return db.exec(query).one()


def get_charter(db: Session, guild_id: UUID) -> CharterVersion:
    """The version in force: the one with the highest number."""
    query = (
        select(CharterVersion)
        .where(CharterVersion.guild_id == guild_id)
        .order_by(col(CharterVersion.number).desc())
        .limit(1)
    )
    return db.exec(query).one()


def pending_requests(db: Session, guild: Guild) -> list[tuple[JoinRequest, User]]:
    """Up to PAGE requests that wait for an answer, the longest waiting first."""
    query = (
        select(JoinRequest, User)
        .where(JoinRequest.user_id == User.id)
        .where(JoinRequest.guild_id == guild.id, JoinRequest.state == JoinState.PENDING)
        .order_by(col(JoinRequest.asked_at))
        .limit(PAGE)
    )
    return [(request, user) for request, user in db.exec(query)]


def my_request(db: Session, guild: Guild, user: User | None) -> JoinRequest | None:
    """The viewer's own request that still waits."""
    if user is None:
        return None
    query = select(JoinRequest).where(
        JoinRequest.guild_id == guild.id,
        JoinRequest.user_id == user.id,
        JoinRequest.state == JoinState.PENDING,
    )
    return db.exec(query).first()


def usable_invitations(db: Session, guild: Guild, now: datetime) -> list[Invitation]:
    """Invitations that still admit, newest first."""
    query = (
        select(Invitation)
        .where(
            Invitation.guild_id == guild.id,
            col(Invitation.revoked_at).is_(None),
            Invitation.uses_left > 0,
            Invitation.expires_at > now,
        )
        .order_by(col(Invitation.created_at).desc())
        .limit(PAGE)
    )
    return list(db.exec(query))
