"""Guilds that stand behind another guild's petition: they join and leave by decisions of their own.

The organisers of the petition's own guild may decline a guild's name. Nobody outside an unlisted
guild reads its name: it counts among "guilds that are not listed".
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

import audit.services
import notifications.services
import voting.services
from accounts.models import User
from core.database import table_of
from core.errors import NotAllowed, RuleBroken
from core.paging import Place
from core.templating import day
from guilds.charter import DecisionKind
from guilds.models import ORGANISING_ROLES, Guild, GuildState
from guilds.queries import is_of, user_ids_with_roles
from petitions import life, queries, rules
from petitions.models import Petition, PetitionState
from petitions.writing_models import CoPetitioner, JoinState
from voting.models import OPEN_STATES, Proposal
from voting.question import Case

JOINED, DECLINED = "petitions.guild_joined", "petitions.join_declined"

#: guilds a page names; the others are counted
SHOWN = 60

_standing = table_of(CoPetitioner)
GONE = "The petition is gone."


class Deed(StrEnum):
    """What a guild that is not the petition's own decides about it."""

    JOIN = "join"
    LEAVE = "leave"


TITLES = {Deed.JOIN: "Stand behind the petition", Deed.LEAVE: "Leave the petition"}


def propose(
    db: Session,
    petition: Petition,
    guild: Guild,
    deed: Deed,
    *,
    case: Case,
    actor: User,
    now: datetime,
) -> Proposal:
    """Ask a guild to put its name on another guild's petition, or to take it off.

    Raises NotAllowed, RuleBroken, life.TooLate.
    """
    refused = refusal(db, petition, guild, deed) or _asked_already(db, petition, guild)
    if refused is not None:
        raise RuleBroken(refused)
    question = case.question(
        DecisionKind.OPEN_PETITION,
        f"{TITLES[deed]}: {petition.title}",
        subject_id=petition.id,
        deed={"action": deed.value},
    )
    proposal = voting.services.put_proposal(db, guild, question, actor=actor, now=now)
    if deed is Deed.JOIN and proposal.closes_at >= rules.last_moment(petition.closes_on):
        last = day(petition.closes_on)
        raise life.TooLate(f"It would close before the guild has decided: its last day is {last}.")
    return proposal


def refusal(db: Session, petition: Petition, guild: Guild, deed: Deed) -> str | None:
    """Why a guild cannot join or leave now, in words for its members; None if it can."""
    if petition.guild_id == guild.id:
        return "It is the guild's own petition."
    standing = get_standing(db, petition.id, guild.id)
    if deed is Deed.LEAVE:
        stands = standing is not None and standing.state is JoinState.JOINED
        return None if stands else "The guild's name does not stand on it."
    if petition.state != PetitionState.OPEN:
        return "The petition is not open any more."
    if standing is not None and standing.state is JoinState.JOINED:
        return "The guild's name stands on it already."
    if standing is not None and standing.state is JoinState.DECLINED:
        return f"Those who run the petition declined the guild's name: {standing.end_reason}"
    return None


def _asked_already(db: Session, petition: Petition, guild: Guild) -> str | None:
    query = select(Proposal.id).where(
        Proposal.guild_id == guild.id,
        Proposal.subject_id == petition.id,
        Proposal.kind == DecisionKind.OPEN_PETITION,
        col(Proposal.state).in_(OPEN_STATES),
    )
    return "The guild is deciding on it already." if db.exec(query).first() else None


def get_standing(db: Session, petition_id: UUID, guild_id: UUID) -> CoPetitioner | None:
    query = select(CoPetitioner).where(
        CoPetitioner.petition_id == petition_id, CoPetitioner.guild_id == guild_id
    )
    return db.exec(query.execution_options(populate_existing=True)).first()


# what passing does


def check(db: Session, proposal: Proposal, _now: datetime) -> str | None:
    """Check of the mandate: why it cannot be done now, or None."""
    petition = queries.lock_petition(db, proposal.subject_id) if proposal.subject_id else None
    if petition is None:
        return GONE
    guild = db.get_one(Guild, proposal.guild_id)
    return refusal(db, petition, guild, Deed(proposal.deed["action"]))


def do(db: Session, proposal: Proposal, now: datetime) -> None:
    """Deed of the mandate: the guild's name stands on the petition, or not any more."""
    if proposal.subject_id is None:
        raise RuleBroken(GONE)
    petition = life.lock(db, proposal.subject_id)
    standing = get_standing(db, petition.id, proposal.guild_id)
    if proposal.deed["action"] == Deed.LEAVE:
        assert standing is not None, "the check saw it"
        _end(db, standing, JoinState.LEFT, reason="", now=now)
        _record(db, "petitions.left", petition, proposal.guild_id, now=now)
        return
    if standing is None:
        standing = CoPetitioner(
            petition_id=petition.id,
            guild_id=proposal.guild_id,
            proposal_id=proposal.id,
            state=JoinState.JOINED,
            joined_at=now,
        )
    standing.sqlmodel_update(
        {
            "state": JoinState.JOINED,
            "proposal_id": proposal.id,
            "joined_at": now,
            "ended_at": None,
            "end_reason": "",
        }
    )
    db.add(standing)
    db.flush()
    _record(db, "petitions.joined", petition, proposal.guild_id, now=now)
    notifications.services.owe(
        db,
        JOINED,
        subject_id=standing.id,
        due_at=now,
        user_ids=user_ids_with_roles(db, petition.guild_id, ORGANISING_ROLES),
    )


def words(db: Session, proposal: Proposal) -> list[str]:
    """Words of the mandate: what passing does."""
    petition = db.get(Petition, proposal.subject_id) if proposal.subject_id else None
    if petition is None:
        return [GONE]
    guild = db.get_one(Guild, proposal.guild_id)
    if proposal.deed["action"] == Deed.LEAVE:
        return [f"The name of {guild.name} is taken off the petition “{petition.title}”."]
    seen = f"{guild.name} stands behind the petition “{petition.title}”, for everyone to read."
    if not guild.is_listed:
        seen = (
            f"The petition “{petition.title}” says that one more guild stands behind it. The name "
            "is read by the guild's own members alone, for it is not listed."
        )
    return [seen, "The text of the petition and its signatures stay with the guild that runs it."]


# what those who run the petition do


def decline(
    db: Session, petition: Petition, standing_id: UUID, *, actor: User, reason: str, now: datetime
) -> None:
    """Take a guild's name off a petition of one's own guild; its organisers are told why.

    Raises NotAllowed, RuleBroken.
    """
    petition, standing = _hosted(db, petition, standing_id, actor)
    if standing.state is not JoinState.JOINED:
        raise RuleBroken("This guild's name does not stand on the petition.")
    _end(db, standing, JoinState.DECLINED, reason=reason, now=now)
    life.record(db, "petitions.join_declined", petition, actor=actor, now=now, reason=reason)
    notifications.services.drop(db, subject_id=standing.id, kinds=[JOINED])
    notifications.services.owe(
        db,
        DECLINED,
        subject_id=standing.id,
        due_at=now,
        user_ids=user_ids_with_roles(db, standing.guild_id, ORGANISING_ROLES),
    )


def let_join_again(
    db: Session, petition: Petition, standing_id: UUID, *, actor: User, now: datetime
) -> None:
    """Let a guild that was declined decide to join anew. Raises NotAllowed, RuleBroken."""
    petition, standing = _hosted(db, petition, standing_id, actor)
    if standing.state is not JoinState.DECLINED:
        raise RuleBroken("This guild was not declined.")
    _end(db, standing, JoinState.LEFT, reason="", now=now)
    life.record(db, "petitions.join_allowed", petition, actor=actor, now=now)


def _hosted(
    db: Session, petition: Petition, standing_id: UUID, actor: User
) -> tuple[Petition, CoPetitioner]:
    petition = life.lock(db, petition.id)
    if life.who(db, petition, actor)["role"] not in ORGANISING_ROLES:
        raise NotAllowed("Only organisers of the petition's own guild decline a guild's name.")
    query = select(CoPetitioner).where(
        CoPetitioner.id == standing_id, CoPetitioner.petition_id == petition.id
    )
    standing = db.exec(query.execution_options(populate_existing=True)).first()
    if standing is None:
        raise RuleBroken("This guild's name does not stand on the petition.")
    return petition, standing


def _end(
    db: Session, standing: CoPetitioner, state: JoinState, *, reason: str, now: datetime
) -> None:
    standing.state, standing.ended_at, standing.end_reason = state, now, reason
    db.add(standing)
    db.flush()


def _record(db: Session, action: str, petition: Petition, guild_id: UUID, *, now: datetime) -> None:
    """On record with the guild that decided it: the petition's own is told, if it may know."""
    audit.services.record(
        db,
        action,
        actor=None,
        subject=("petition", petition.id),
        guild_id=guild_id,
        now=now,
        summary=petition.title,
    )


# reading


@dataclass(frozen=True)
class Standing:
    """A guild on a petition. name, slug: empty for who may not know of it."""

    id: UUID
    name: str
    slug: str
    state: JoinState
    joined_at: datetime
    end_reason: str


def standings(
    db: Session,
    petition_id: UUID,
    viewer: User | None,
    limit: int = SHOWN,
    *,
    declined: bool = False,
    after: Place | None = None,
    only: UUID | None = None,
) -> list[Standing]:
    """Guilds on a petition in the order they joined; with those declined if asked.

    after: the place of one seen. only: the key of the one that is asked for.
    """
    states = [JoinState.JOINED, *([JoinState.DECLINED] if declined else [])]
    at, key = _standing.c.joined_at, _standing.c.id
    query = (
        select(CoPetitioner, Guild, is_of(viewer))
        .join(Guild, col(Guild.id) == CoPetitioner.guild_id)
        .where(CoPetitioner.petition_id == petition_id, Guild.state == GuildState.ACTIVE)
        .where(col(CoPetitioner.state).in_(states))
        .order_by(at, key)
        .limit(limit)
    )
    if after is not None:
        query = query.where(sa.tuple_(at, key) > after)
    if only is not None:
        query = query.where(key == only)
    return [
        Standing(
            id=one.id,
            name=guild.name if guild.is_listed or is_mine else "",
            slug=guild.slug if guild.is_listed or is_mine else "",
            state=one.state,
            joined_at=one.joined_at,
            end_reason=one.end_reason,
        )
        for one, guild, is_mine in db.exec(query)
    ]


def guilds_of(db: Session, petition: Petition, user: User) -> list[tuple[Guild, bool]]:
    """A person's guilds but the petition's own, by name, and whether each one's stands on it."""
    stands = sa.exists().where(
        col(CoPetitioner.petition_id) == petition.id,
        col(CoPetitioner.guild_id) == col(Guild.id),
        col(CoPetitioner.state) == JoinState.JOINED,
    )
    query = (
        select(Guild, stands)
        .where(is_of(user), Guild.id != petition.guild_id, Guild.state == GuildState.ACTIVE)
        .order_by(col(Guild.name))
    )
    return [(guild, bool(is_on)) for guild, is_on in db.exec(query)]


def public_names(db: Session, petition_id: UUID) -> list[str]:
    """The listed guilds that stand behind a petition besides its own, in the order they joined."""
    query = (
        select(Guild.name)
        .join(CoPetitioner, col(CoPetitioner.guild_id) == Guild.id)
        .where(CoPetitioner.petition_id == petition_id, *_is_named())
        .order_by(col(CoPetitioner.joined_at), col(CoPetitioner.id))
    )
    return list(db.exec(query))


def public_count() -> sa.ScalarSelect[int]:
    """How many that is, for the petition of the query around it."""
    return (
        sa.select(sa.func.count())
        .select_from(CoPetitioner)
        .join(Guild, col(Guild.id) == CoPetitioner.guild_id)
        .where(col(CoPetitioner.petition_id) == Petition.id, *_is_named())
        .correlate(Petition)
        .scalar_subquery()
    )


def _is_named() -> tuple[sa.ColumnElement[bool], ...]:
    return (
        col(CoPetitioner.state) == JoinState.JOINED,
        col(Guild.is_listed).is_(True),
        col(Guild.state) == GuildState.ACTIVE,
    )


def standing_count(db: Session, petition_id: UUID) -> int:
    """How many guilds stand behind a petition besides its own, listed or not."""
    query = (
        sa.select(sa.func.count())
        .select_from(CoPetitioner)
        .join(Guild, col(Guild.id) == CoPetitioner.guild_id)
        .where(col(CoPetitioner.petition_id) == petition_id)
        .where(col(CoPetitioner.state) == JoinState.JOINED, col(Guild.state) == GuildState.ACTIVE)
    )
    return db.connection().execute(query).scalar_one()
