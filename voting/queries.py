"""Reading proposals, ballots and the debate: for members of the guild, nobody else."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from accounts.models import User
from core.paging import Place
from guilds.charter import BUDGETING, Charter, DecisionKind, DecisionRule
from guilds.models import CharterVersion, Guild, GuildState, Membership, Role
from guilds.queries import get_charter, my_guilds
from voting import rules
from voting.debate_models import Comment, Stance, Support
from voting.marks import Paper
from voting.models import (
    DECIDED_STATES,
    OPEN_STATES,
    Elector,
    Proposal,
    ProposalOption,
    ProposalState,
    ProposalVersion,
)
from voting.question import OptionFacts, Question

PAGE = 30
#: proposals on the same that who writes one more is shown
UNDER_WAY = 5


class Shown(NamedTuple):
    """A proposal as one of the guild's members meets it."""

    proposal: Proposal
    guild: Guild
    role: Role


def get_proposal(db: Session, proposal_id: UUID, viewer: User | None) -> Shown | None:
    """A proposal of a guild the viewer belongs to; a draft is its author's alone."""
    if viewer is None:
        return None
    query = (
        select(Proposal, Guild, Membership)
        .where(Proposal.id == proposal_id, Guild.id == Proposal.guild_id)
        .where(Membership.guild_id == Guild.id, Membership.user_id == viewer.id)
        .where(~never_put() | (col(Proposal.author_id) == viewer.id))
    )
    row = db.exec(query).first()
    return Shown(row[0], row[1], row[2].role) if row else None


def proposals(
    db: Session,
    guild: Guild,
    *,
    states: frozenset[ProposalState] | None = None,
    kind: DecisionKind | None = None,
    only_undone: bool = False,
    before: Place | None = None,
) -> list[Proposal]:
    """Up to PAGE + 1 proposals of a guild, last put first; the extra one tells of a next page.

    only_undone: passed, and not carried out.
    """
    query = select(Proposal).where(Proposal.guild_id == guild.id, ~never_put())
    if states is not None:
        query = query.where(col(Proposal.state).in_(states))
    if kind is not None:
        query = query.where(Proposal.kind == kind)
    if only_undone:
        query = query.where(
            Proposal.state == ProposalState.PASSED, col(Proposal.carried_out_at).is_(None)
        )
    if before is not None:
        query = query.where(sa.tuple_(col(Proposal.put_at), col(Proposal.id)) < before)
    return list(
        db.exec(
            query.order_by(col(Proposal.put_at).desc(), col(Proposal.id).desc()).limit(PAGE + 1)
        )
    )


def my_drafts(db: Session, guild_id: UUID, user_id: UUID) -> list[Proposal]:
    """What a person began in a guild and has not put, the last touched first."""
    query = (
        select(Proposal)
        .where(Proposal.author_id == user_id, Proposal.guild_id == guild_id)
        .where(Proposal.state == ProposalState.DRAFT)
        .order_by(col(Proposal.put_at).desc())
    )
    return list(db.exec(query))


def last_proposals(db: Session, guild_id: UUID, limit: int) -> list[Proposal]:
    """What was put before a guild, the last put first."""
    query = (
        select(Proposal)
        .where(Proposal.guild_id == guild_id, ~never_put())
        .order_by(col(Proposal.put_at).desc())
        .limit(limit)
    )
    return list(db.exec(query))


def open_proposals_of_guild(db: Session, guild: Guild, limit: int) -> list[Proposal]:
    """What the guild debates or votes on, the first to close first."""
    query = (
        select(Proposal)
        .where(Proposal.guild_id == guild.id, col(Proposal.state).in_(OPEN_STATES))
        .order_by(col(Proposal.closes_at))
        .limit(limit)
    )
    return list(db.exec(query))


def under_way(
    db: Session, guild_id: UUID, kind: DecisionKind, *, subject_id: UUID | None = None
) -> list[Proposal]:
    """Up to UNDER_WAY open proposals of a kind, of a subject if one is given; newest first."""
    query = select(Proposal).where(
        Proposal.guild_id == guild_id, Proposal.kind == kind, col(Proposal.state).in_(OPEN_STATES)
    )
    if subject_id is not None:
        query = query.where(Proposal.subject_id == subject_id)
    return list(db.exec(query.order_by(col(Proposal.put_at).desc()).limit(UNDER_WAY)))


def recently_decided(db: Session, guild: Guild, limit: int) -> list[Proposal]:
    """What the guild passed or turned down, the latest first."""
    query = (
        select(Proposal)
        .where(Proposal.guild_id == guild.id, col(Proposal.state).in_(DECIDED_STATES))
        .order_by(col(Proposal.decided_at).desc())
        .limit(limit)
    )
    return list(db.exec(query))


def waiting_for_my_ballot(
    db: Session, user: User, now: datetime, limit: int
) -> list[tuple[Proposal, Guild]]:
    """Votes a person may take part in and has not, the first to close first."""
    query = (
        select(Proposal, Guild)
        .join(Elector, col(Elector.proposal_id) == Proposal.id)
        .join(Guild, col(Guild.id) == Proposal.guild_id)
        .join(
            Membership,
            (col(Membership.guild_id) == Proposal.guild_id)
            & (col(Membership.user_id) == Elector.user_id),
        )
        .where(Elector.user_id == user.id, ~col(Elector.has_voted))
        .where(Guild.state == GuildState.ACTIVE)
        .where(Proposal.state == ProposalState.VOTING, Proposal.closes_at > now)
        .order_by(col(Proposal.closes_at), col(Proposal.id))
        .limit(limit)
    )
    return [(proposal, guild) for proposal, guild in db.exec(query)]


def charter_number(db: Session, proposal: Proposal) -> int:
    """Number of the charter version the proposal was put under."""
    query = select(CharterVersion.number).where(CharterVersion.id == proposal.charter_version_id)
    return db.exec(query).one()


def elector(db: Session, proposal_id: UUID, user_id: UUID) -> Elector | None:
    """A person's seat in the electorate, as the database holds it now."""
    query = (
        select(Elector)
        .where(Elector.proposal_id == proposal_id, Elector.user_id == user_id)
        .execution_options(populate_existing=True)
    )
    return db.exec(query).first()


def supports(db: Session, proposal_id: UUID, user_id: UUID) -> bool:
    query = select(Support.id).where(Support.proposal_id == proposal_id, Support.user_id == user_id)
    return db.exec(query).first() is not None


def supporter_ids(db: Session, proposal_id: UUID) -> list[UUID]:
    return list(db.exec(select(Support.user_id).where(Support.proposal_id == proposal_id)))


def versions(db: Session, proposal_id: UUID) -> list[ProposalVersion]:
    """Every version of a text, the first one first."""
    query = select(ProposalVersion).where(ProposalVersion.proposal_id == proposal_id)
    return list(db.exec(query.order_by(col(ProposalVersion.number))))


def options(db: Session, proposal_id: UUID) -> list[ProposalOption]:
    """What there is to choose, in the order of the ballot paper; empty for one question."""
    query = select(ProposalOption).where(ProposalOption.proposal_id == proposal_id)
    return list(db.exec(query.order_by(col(ProposalOption.position))))


def paper(db: Session, proposal: Proposal) -> Paper:
    """The ballot paper of a proposal."""
    listed = options(db, proposal.id)
    if not listed:
        return Paper((proposal.title,))
    return Paper(tuple(one.name for one in listed), tuple(one.cost or "0" for one in listed))


def question_of(db: Session, proposal: Proposal) -> Question:
    """What a proposal asks, as its author typed it."""
    listed = options(db, proposal.id)
    return Question(
        kind=DecisionKind(proposal.kind),
        title=proposal.title,
        text=proposal.text,
        voting_length=timedelta(minutes=proposal.voting_minutes),
        method=proposal.method,
        options=tuple(OptionFacts(one.name, one.note, one.cost, one.user_id) for one in listed),
        settings=proposal.settings,
        seats=proposal.seats,
        topic=proposal.topic,
        subject_id=proposal.subject_id,
        deed=proposal.deed,
        review_at=proposal.review_at,
    )


def last_currency(db: Session, guild_id: UUID) -> str:
    """What money was counted in when a guild last shared some out; "" if it never did or said."""
    query = (
        select(Proposal.settings)
        .where(Proposal.guild_id == guild_id, Proposal.state != ProposalState.DRAFT)
        .where(Proposal.kind == DecisionKind.SPEND, col(Proposal.method).in_(BUDGETING))
        .order_by(col(Proposal.put_at).desc())
        .limit(1)
    )
    settings = db.exec(query).first()
    return settings.get("currency", "") if settings else ""


def memberships_standing(db: Session, guild_id: UUID, proposal_id: UUID) -> dict[UUID, UUID]:
    """User -> membership, for those who stand on a ballot paper and belong to the guild."""
    query = (
        select(Membership.user_id, Membership.id)
        .join(ProposalOption, col(ProposalOption.user_id) == Membership.user_id)
        .where(Membership.guild_id == guild_id, ProposalOption.proposal_id == proposal_id)
    )
    return dict(db.exec(query).all())


def members_called(db: Session, guild_id: UUID, handles: Collection[str]) -> dict[str, User]:
    """Handle -> member, for those of the handles that members of a guild have."""
    query = (
        select(User)
        .join(Membership, col(Membership.user_id) == User.id)
        .where(Membership.guild_id == guild_id, col(User.handle).in_(handles))
    )
    return {user.handle: user for user in db.exec(query)}


def still_electors(proposal_id: UUID) -> sa.ColumnElement[bool]:
    """Which electors of a proposal still have an account."""
    return (col(Elector.proposal_id) == proposal_id) & col(Elector.user_id).is_not(None)


def elector_ids(db: Session, proposal_id: UUID) -> list[UUID]:
    """Electors who still have an account."""
    query = select(Elector.user_id).where(still_electors(proposal_id))
    return [user_id for user_id in db.exec(query) if user_id is not None]


def voted_count(db: Session, proposal_id: UUID) -> int:
    """How many electors have a ballot in the box, erased accounts too."""
    query = select(func.count()).where(Elector.proposal_id == proposal_id, col(Elector.has_voted))
    return db.exec(query).one()


def member_ids(db: Session, guild_id: UUID) -> list[UUID]:
    return list(db.exec(select(Membership.user_id).where(Membership.guild_id == guild_id)))


def stance_counts(db: Session, proposal_id: UUID) -> dict[Stance, int]:
    """How many comments take each stance; one that takes none is not counted."""
    query = (
        select(Comment.stance, func.count())
        .where(Comment.proposal_id == proposal_id, col(Comment.stance).is_not(None))
        .group_by(col(Comment.stance))
    )
    return {Stance(stance): number for stance, number in db.exec(query) if stance}


def comments(
    db: Session,
    proposal: Proposal,
    *,
    stance: Stance | None = None,
    after: Place | None = None,
) -> list[tuple[Comment, User | None]]:
    """Up to PAGE + 1 comments with their authors, in the order written; stance: only such ones."""
    query = (
        select(Comment, User)
        .join(User, col(User.id) == Comment.author_id, isouter=True)
        .where(Comment.proposal_id == proposal.id)
    )
    if stance is not None:
        query = query.where(Comment.stance == stance)
    if after is not None:
        query = query.where(sa.tuple_(col(Comment.written_at), col(Comment.id)) > after)
    query = query.order_by(col(Comment.written_at), col(Comment.id)).limit(PAGE + 1)
    return [(comment, user) for comment, user in db.exec(query)]


def rule_in_force(db: Session, guild_id: UUID, kind: DecisionKind) -> DecisionRule:
    """How a guild decides a kind of question now."""
    return Charter.model_validate(get_charter(db, guild_id).rules).rules[kind]


def guilds_i_may_ask(db: Session, user: User, kind: DecisionKind) -> list[tuple[Guild, bool]]:
    """A person's guilds by name, each with whether its charter lets them propose this kind."""
    mine = my_guilds(db, user)
    versions = db.exec(
        select(CharterVersion)
        .where(col(CharterVersion.guild_id).in_([guild.id for guild, _ in mine]))
        .order_by(col(CharterVersion.number))
    )
    in_force = {version.guild_id: version.rules for version in versions}  # the last one stays
    return [
        (guild, rules.can_propose(role, Charter.model_validate(in_force[guild.id]).rules[kind]))
        for guild, role in mine
    ]


def never_put() -> sa.ColumnElement[bool]:
    """A draft, or one that expired: it has no version, which is written when it is put."""
    drafted = col(Proposal.state).in_([ProposalState.DRAFT, ProposalState.EXPIRED])
    versions = sa.exists().where(col(ProposalVersion.proposal_id) == col(Proposal.id))
    return drafted & ~versions
