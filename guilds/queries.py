"""Reading guilds: what the viewer may not see is not there."""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import ColumnElement, case
from sqlalchemy import select as sa_select
from sqlmodel import Session, col, func, select

from accounts.models import User
from core.paging import Place
from guilds import rules
from guilds.charter import Charter, DecisionKind, DecisionRule, Electorate
from guilds.dead_ends import Numbers, rule_dead_ends
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
    role = db.exec(query).first()
    return Role(role) if role is not None else None


def is_of(viewer: User | None) -> ColumnElement[bool]:
    """Whether the viewer is a member of the guild of each row; for queries that hold Guild."""
    return (
        select(Membership.id)
        .where(Membership.guild_id == Guild.id)
        .where(Membership.user_id == (viewer.id if viewer else None))
        .exists()
    )


def get_guild(db: Session, slug: str, viewer: User | None) -> tuple[Guild, Role | None] | None:
    """A guild the viewer may know of, with the viewer's role in it."""
    guild = db.exec(select(Guild).where(Guild.slug == slug)).first()
    return _if_visible(db, guild, viewer)


def _if_visible(
    db: Session, guild: Guild | None, viewer: User | None
) -> tuple[Guild, Role | None] | None:
    if guild is None:
        return None
    role = get_role(db, guild.id, viewer)
    return (guild, role) if guild.is_listed or role is not None else None


def listed_guilds(db: Session, *, before: Place | None = None) -> list[Guild]:
    """Up to PAGE + 1 active guilds that strangers may find, the youngest first."""
    query = select(Guild).where(col(Guild.is_listed), Guild.state == GuildState.ACTIVE)
    if before is not None:
        query = query.where(sa.tuple_(col(Guild.founded_at), col(Guild.id)) < before)
    query = query.order_by(col(Guild.founded_at).desc(), col(Guild.id).desc())
    return list(db.exec(query.limit(PAGE + 1)))


def my_guilds(db: Session, user: User) -> list[tuple[Guild, Role]]:
    """Every active guild a person belongs to, by name (a person is in few)."""
    query = (
        select(Guild, Membership.role)
        .where(Membership.guild_id == Guild.id)
        .where(Membership.user_id == user.id, Guild.state == GuildState.ACTIVE)
        .order_by(Guild.name)
        .limit(200)
    )
    return [(guild, Role(role)) for guild, role in db.exec(query)]


def members(
    db: Session, guild: Guild, *, after: Place | None = None
) -> list[tuple[Membership, User]]:
    """Up to PAGE + 1 members with their accounts, in the order they joined."""
    query = select(Membership, User).where(
        Membership.user_id == User.id, Membership.guild_id == guild.id
    )
    if after is not None:
        query = query.where(sa.tuple_(col(Membership.joined_at), col(Membership.id)) > after)
    query = query.order_by(col(Membership.joined_at), col(Membership.id)).limit(PAGE + 1)
    return [(membership, user) for membership, user in db.exec(query)]


def get_member(db: Session, guild: Guild, membership_id: UUID) -> tuple[Membership, User] | None:
    """One member of this guild with the account."""
    query = select(Membership, User).where(
        Membership.user_id == User.id,
        Membership.guild_id == guild.id,
        Membership.id == membership_id,
    )
    return db.exec(query).first()


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


def charter_versions(
    db: Session, guild_id: UUID, *, before: int | None = None
) -> list[CharterVersion]:
    """Up to PAGE + 1 versions, the newest first; those with a smaller number than `before`."""
    query = select(CharterVersion).where(CharterVersion.guild_id == guild_id)
    if before is not None:
        query = query.where(col(CharterVersion.number) < before)
    return list(db.exec(query.order_by(col(CharterVersion.number).desc()).limit(PAGE + 1)))


def charter_version(db: Session, guild_id: UUID, number: int) -> CharterVersion | None:
    """One version, in force or not."""
    query = select(CharterVersion).where(
        CharterVersion.guild_id == guild_id, CharterVersion.number == number
    )
    return db.exec(query).first()


def in_electorate(rule: DecisionRule, now: datetime) -> list[ColumnElement[bool]]:
    """Which memberships carry a ballot under a rule, of those of a guild."""
    since = now - timedelta(days=rule.electorate_days)
    match rule.electorate:
        case Electorate.TENURE:
            return [col(Membership.joined_at) <= since]
        case Electorate.ACTIVE:
            return [
                (col(Membership.joined_at) >= since) | (col(Membership.active_on) >= since.date())
            ]
        case Electorate.ROLE:
            enough = [role for role in Role if role.reaches(rule.electorate_role)]
            return [col(Membership.role).in_(enough)]
        case Electorate.ALL:
            return []


def numbers(
    db: Session, guild_id: UUID, charter_rules: Collection[DecisionRule], now: datetime
) -> Numbers:
    """A guild's people as they are now, as far as these rules ask; in two queries at most."""
    by_role = select(Membership.role, func.count()).where(Membership.guild_id == guild_id)
    roles = {Role(role): number for role, number in db.exec(by_role.group_by(Membership.role))}
    asked = {
        (rule.electorate, rule.electorate_days): rule
        for rule in charter_rules
        if rule.electorate in (Electorate.TENURE, Electorate.ACTIVE)
    }
    counted: tuple[int, ...] = ()
    if asked:
        sums = [
            func.coalesce(func.sum(case((in_electorate(rule, now)[0], 1), else_=0)), 0)
            for rule in asked.values()
        ]
        row = (
            db.connection()
            .execute(sa_select(*sums).where(col(Membership.guild_id) == guild_id))
            .one()
        )
        counted = tuple(int(number) for number in row)
    found = dict(zip(asked, counted, strict=True))
    return Numbers(
        roles=roles,
        tenure={
            days: number for (kind, days), number in found.items() if kind == Electorate.TENURE
        },
        active={
            days: number for (kind, days), number in found.items() if kind == Electorate.ACTIVE
        },
    )


def stuck(db: Session, guild_id: UUID, rule: DecisionRule, now: datetime) -> list[str]:
    """Why nothing could be decided under a rule as the guild is now (guilds.dead_ends)."""
    return rule_dead_ends(rule, numbers(db, guild_id, [rule], now))


def alone(
    db: Session, guild: Guild, now: datetime, *, version: CharterVersion | None = None
) -> rules.Alone:
    """What its organisers and admins do without a vote now (docs/decisions/0105).

    version: the charter in force, if it was read already.
    """
    version = version or get_charter(db, guild.id)
    charter = Charter.model_validate(version.rules)
    rule = charter.rules[DecisionKind.MEMBERSHIP]
    is_founding = rules.is_founding(guild, version.number, now)
    is_stuck = (
        not rule.organisers_alone and not is_founding and bool(stuck(db, guild.id, rule, now))
    )
    return rules.alone(charter, is_founding=is_founding, is_stuck=is_stuck)


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


def pending_count(db: Session, guild: Guild) -> int:
    """How many wait for an answer."""
    query = select(func.count()).where(
        JoinRequest.guild_id == guild.id, JoinRequest.state == JoinState.PENDING
    )
    return db.exec(query).one()


def get_request(db: Session, guild: Guild, request_id: UUID) -> JoinRequest | None:
    """One request to join this guild, answered or not."""
    query = select(JoinRequest).where(
        JoinRequest.guild_id == guild.id, JoinRequest.id == request_id
    )
    return db.exec(query).first()


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


def usable_invitations(
    db: Session, guild: Guild, now: datetime
) -> list[tuple[Invitation, User | None]]:
    """Invitations that still admit, newest first, with who made them (None: erased the account)."""
    query = (
        select(Invitation, User)
        .join(User, col(User.id) == Invitation.created_by, isouter=True)
        .where(
            Invitation.guild_id == guild.id,
            col(Invitation.revoked_at).is_(None),
            Invitation.uses_left > 0,
            Invitation.expires_at > now,
        )
        .order_by(col(Invitation.created_at).desc())
        .limit(PAGE)
    )
    return [(invitation, inviter) for invitation, inviter in db.exec(query)]


def get_invitation(
    db: Session, invitation_id: UUID
) -> tuple[Invitation, Guild, User | None] | None:
    """An invitation, usable or not, with its guild and who made it (None: erased the account)."""
    query = (
        select(Invitation, Guild, User)
        .join(Guild, col(Guild.id) == Invitation.guild_id)
        .join(User, col(User.id) == Invitation.created_by, isouter=True)
        .where(Invitation.id == invitation_id)
    )
    return db.exec(query).first()


def get_invitation_of(db: Session, guild: Guild, invitation_id: UUID) -> Invitation | None:
    """One invitation to this guild."""
    query = select(Invitation).where(
        Invitation.guild_id == guild.id, Invitation.id == invitation_id
    )
    return db.exec(query).first()


def memberships_of(db: Session, user_id: UUID) -> list[tuple[Membership, Guild]]:
    """Every membership a person holds with its guild, ordered by the guild's key.

    Locks are taken in this order, so that two people leaving at once cannot block each other.
    """
    query = (
        select(Membership, Guild)
        .where(Membership.guild_id == Guild.id, Membership.user_id == user_id)
        .order_by(col(Guild.id))
    )
    return [(membership, guild) for membership, guild in db.exec(query)]
