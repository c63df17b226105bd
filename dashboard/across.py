"""Reads across all the guilds of one person, and what is theirs in a list; one statement each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from accounts.models import User
from events.models import Attendance, AttendanceStatus, Event, EventState, Visibility
from guilds.charter import Method
from guilds.models import ORGANISING_ROLES, Guild, GuildState, JoinRequest, JoinState, Membership
from legislation.models import Bill, BillChange, Watch
from petitions import deadlines
from petitions.delivery_models import Dossier
from petitions.models import WRITABLE_STATES, Petition, PetitionState
from petitions.writing_models import Suggestion, SuggestionState
from voting.debate_models import Amendment, AmendmentState
from voting.models import DECIDED_STATES, OPEN_STATES, Elector, Proposal, ProposalState

#: where members find an event; one known by link stands in no list
LISTED = frozenset({Visibility.PUBLIC, Visibility.GUILD})
#: how long organisers are reminded on their front page of what could not be carried out
UNDONE_SHOWN = timedelta(days=30)


@dataclass(frozen=True)
class BillMove:
    """What one newer file changed about a bill; `changes`: sentences without their full stop."""

    bill_id: UUID
    identifier: str
    title: str
    state: str
    found_at: datetime
    changes: list[str]


def requests_i_answer(db: Session, user: User, limit: int) -> list[tuple[Guild, int, datetime]]:
    """Guilds a person organises where requests wait: how many, since when; the oldest first."""
    since = func.min(JoinRequest.asked_at)
    query = (
        select(Guild, func.count(col(JoinRequest.id)), since)
        .join(JoinRequest, col(JoinRequest.guild_id) == Guild.id)
        .join(Membership, col(Membership.guild_id) == Guild.id)
        .where(Membership.user_id == user.id, col(Membership.role).in_(ORGANISING_ROLES))
        .where(JoinRequest.state == JoinState.PENDING, Guild.state == GuildState.ACTIVE)
        .group_by(col(Guild.id))
        .order_by(since)
        .limit(limit)
    )
    return [(guild, waiting, first) for guild, waiting, first in db.exec(query)]


def calls(db: Session, user: User, now: datetime, limit: int) -> list[tuple[Event, Guild]]:
    """Events of a person's guilds that they have not answered, the next one first."""
    answered = select(Attendance.id).where(
        Attendance.event_id == Event.id, Attendance.user_id == user.id
    )
    query = (
        select(Event, Guild)
        .join(Guild, col(Guild.id) == Event.guild_id)
        .join(Membership, col(Membership.guild_id) == Event.guild_id)
        .where(Membership.user_id == user.id, ~answered.exists())
        .where(Event.state == EventState.CONFIRMED, col(Event.visibility).in_(LISTED))
        .where(Event.starts_at > now)
        .order_by(col(Event.starts_at), col(Event.id))
        .limit(limit)
    )
    return [(event, guild) for event, guild in db.exec(query)]


def debates(db: Session, user: User, now: datetime, limit: int) -> list[tuple[Proposal, Guild]]:
    """Proposals a person's guilds still talk about, or that seek supporters: the next due first."""
    seeks = col(Proposal.state) == ProposalState.SUPPORT
    until = sa.case((seeks, col(Proposal.support_until)), else_=col(Proposal.opens_at))
    query = (
        select(Proposal, Guild)
        .join(Guild, col(Guild.id) == Proposal.guild_id)
        .join(Membership, col(Membership.guild_id) == Proposal.guild_id)
        .where(Membership.user_id == user.id)
        .where(seeks | (col(Proposal.state) == ProposalState.DELIBERATION), until > now)
        .order_by(until, col(Proposal.id))
        .limit(limit)
    )
    return [(proposal, guild) for proposal, guild in db.exec(query)]


def decided(db: Session, user: User, limit: int) -> list[tuple[Proposal, Guild]]:
    """What a person's guilds passed or turned down, the latest first."""
    query = (
        select(Proposal, Guild)
        .join(Guild, col(Guild.id) == Proposal.guild_id)
        .join(Membership, col(Membership.guild_id) == Proposal.guild_id)
        .where(Membership.user_id == user.id, col(Proposal.state).in_(DECIDED_STATES))
        .order_by(col(Proposal.decided_at).desc(), col(Proposal.id))
        .limit(limit)
    )
    return [(proposal, guild) for proposal, guild in db.exec(query)]


def undone(
    db: Session, user: User, now: datetime, limit: int, *, guild: Guild | None = None
) -> list[tuple[Proposal, Guild]]:
    """What guilds a person organises passed lately and could not carry out, the latest first."""
    query = (
        select(Proposal, Guild)
        .join(Guild, col(Guild.id) == Proposal.guild_id)
        .join(Membership, col(Membership.guild_id) == Proposal.guild_id)
        .where(Membership.user_id == user.id, col(Membership.role).in_(ORGANISING_ROLES))
        .where(Proposal.state == ProposalState.PASSED, Proposal.closes_at > now - UNDONE_SHOWN)
        .where(col(Proposal.carried_out_at).is_(None), Guild.state == GuildState.ACTIVE)
        .order_by(col(Proposal.closes_at).desc(), col(Proposal.id))
        .limit(limit)
    )
    if guild is not None:
        query = query.where(Proposal.guild_id == guild.id)
    return [(proposal, its_guild) for proposal, its_guild in db.exec(query)]


def unfinished(
    db: Session, user: User, now: datetime, limit: int, *, guild: Guild | None = None
) -> list[tuple[Petition, Guild]]:
    """Petitions of guilds a person organises: to hand over, without an answer, or to settle."""
    ready = select(Dossier.id).where(Dossier.petition_id == Petition.id).exists()
    due_on, delivered_at = col(Petition.answer_due_on), col(Petition.delivered_at)
    is_late = sa.or_(
        due_on < now.date(), due_on.is_(None) & (delivered_at < now - deadlines.USUAL_WAIT)
    )
    query = (
        select(Petition, Guild)
        .join(Guild, col(Guild.id) == Petition.guild_id)
        .join(Membership, col(Membership.guild_id) == Petition.guild_id)
        .where(Membership.user_id == user.id, col(Membership.role).in_(ORGANISING_ROLES))
        .where(
            sa.or_(
                (col(Petition.state) == PetitionState.CLOSED) & ready,
                (col(Petition.state) == PetitionState.DELIVERED) & is_late,
                col(Petition.state) == PetitionState.ANSWERED,
            )
        )
        .order_by(col(Petition.closed_at).desc(), col(Petition.id))
        .limit(limit)
    )
    if guild is not None:
        query = query.where(Petition.guild_id == guild.id)
    return [(petition, its_guild) for petition, its_guild in db.exec(query)]


def in_amendment(db: Session, user: User, limit: int) -> list[tuple[Petition, Guild]]:
    """Others' drafts that a person's guilds amend and they said nothing to; the oldest first."""
    spoken = select(Suggestion.id).where(
        Suggestion.petition_id == Petition.id, Suggestion.author_id == user.id
    )
    query = (
        select(Petition, Guild)
        .join(Guild, col(Guild.id) == Petition.guild_id)
        .join(Membership, col(Membership.guild_id) == Petition.guild_id)
        .where(Membership.user_id == user.id, ~spoken.exists())
        .where(Petition.state == PetitionState.AMENDMENT)
        .where(col(Petition.author_id).is_distinct_from(user.id))
        .order_by(col(Petition.drafted_at), col(Petition.id))
        .limit(limit)
    )
    return [(petition, guild) for petition, guild in db.exec(query)]


def suggested(
    db: Session, user: User, limit: int, *, guild: Guild | None = None
) -> list[tuple[Petition, Guild, int, datetime]]:
    """Drafts whose suggestions a person has to answer: how many wait, since when; oldest first.

    Others' suggestions, to its author while a member; else to the guild's organisers.
    """
    since = func.min(Suggestion.suggested_at)
    author = aliased(Membership)
    has_author = select(author.id).where(
        author.guild_id == Petition.guild_id, author.user_id == Petition.author_id
    )
    organises = col(Membership.role).in_(ORGANISING_ROLES) & ~has_author.exists()
    query = (
        select(Petition, Guild, func.count(col(Suggestion.id)), since)
        .join(Suggestion, col(Suggestion.petition_id) == Petition.id)
        .join(Guild, col(Guild.id) == Petition.guild_id)
        .join(Membership, col(Membership.guild_id) == Petition.guild_id)
        .where(Membership.user_id == user.id, (col(Petition.author_id) == user.id) | organises)
        .where(col(Petition.state).in_(WRITABLE_STATES))
        .where(Suggestion.state == SuggestionState.OPEN)
        .where(col(Suggestion.author_id).is_distinct_from(user.id))
        .group_by(col(Petition.id), col(Guild.id))
        .order_by(since, col(Petition.id))
        .limit(limit)
    )
    if guild is not None:
        query = query.where(Petition.guild_id == guild.id)
    return [(petition, its, waiting, first) for petition, its, waiting, first in db.exec(query)]


def asked_of_author(
    db: Session, user: User, now: datetime, limit: int, *, guild: Guild | None = None
) -> list[tuple[Proposal, Guild, int]]:
    """Proposals a member put, to which others wait for an answer: how many amendments do.

    0: only objections stand, while consent is asked. What was put first comes first.
    """
    offered = func.count(col(Amendment.id))
    objected = (
        (col(Proposal.method) == Method.CONSENT)
        & (col(Proposal.state) == ProposalState.VOTING)
        & (col(Proposal.no_count) > 0)
        & (col(Proposal.closes_at) > now)
    )
    query = (
        select(Proposal, Guild, offered)
        .join(Guild, col(Guild.id) == Proposal.guild_id)
        .join(Membership, col(Membership.guild_id) == Proposal.guild_id)
        .outerjoin(
            Amendment,
            (col(Amendment.proposal_id) == Proposal.id)
            & (col(Amendment.state) == AmendmentState.OPEN),
        )
        .where(Membership.user_id == user.id, Proposal.author_id == user.id)
        .where(col(Proposal.state).in_(OPEN_STATES))
        .group_by(col(Proposal.id), col(Guild.id))
        .having((offered > 0) | objected)
        .order_by(col(Proposal.put_at), col(Proposal.id))
        .limit(limit)
    )
    if guild is not None:
        query = query.where(Proposal.guild_id == guild.id)
    return [(proposal, its, waiting) for proposal, its, waiting in db.exec(query)]


def bills_moved(db: Session, user: User, limit: int) -> list[BillMove]:
    """The latest changes of bills that a person or one of their guilds watches, newest first."""
    mine = select(Membership.guild_id).where(Membership.user_id == user.id)
    watched = select(Watch.bill_id).where(
        (col(Watch.user_id) == user.id) | col(Watch.guild_id).in_(mine)
    )
    query = (
        sa.select(
            col(Bill.id), col(Bill.identifier), col(Bill.title), col(Bill.state),
            col(BillChange.found_at), col(BillChange.changes),
        )
        .join(BillChange, col(BillChange.bill_id) == col(Bill.id))
        .where(col(Bill.id).in_(watched))
        .order_by(col(BillChange.found_at).desc(), col(BillChange.id).desc())
        .limit(limit)
    )  # fmt: skip
    return [BillMove(*row) for row in db.connection().execute(query)]


def my_ballots(db: Session, user: User, proposal_ids: Sequence[UUID]) -> dict[UUID, bool]:
    """Of these proposals, those a person is an elector of: whether their ballot is cast."""
    query = select(Elector.proposal_id, Elector.has_voted).where(
        Elector.user_id == user.id, col(Elector.proposal_id).in_(proposal_ids)
    )
    return dict(db.exec(query).all())


def attended(db: Session, user: User, event_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Of these events, those a person said yes to."""
    query = select(Attendance.event_id).where(
        Attendance.user_id == user.id,
        Attendance.status == AttendanceStatus.ACCEPTED,
        col(Attendance.event_id).in_(event_ids),
    )
    return frozenset(db.exec(query))


def names(db: Session, user_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Display names of those among these people who still have an account."""
    query = select(User.id, User.display_name).where(col(User.id).in_(user_ids))
    return {user_id: name for user_id, name in db.exec(query)}  # noqa: C416 - rows are no pairs to mypy
