"""Reading delegations: whom one lets vote, who lets one vote, and where a chain leads just now.

Before the close a chain is followed step by step from one person, so that a page costs no more in a
guild of a hundred thousand; how it counts is resolved for everybody at the close (delegating).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from accounts.models import User
from core.paging import Place
from guilds.models import Membership
from voting.delegating import Given, in_order, scopes_of
from voting.models import Ballot, Delegation, Elector, Proposal, Representation
from voting.queries import never_put

PAGE = 30
#: steps of one chain, and people of one crowd, that a page looks at
MOST_STEPS, MOST_PEOPLE = 20, 1000
#: topics to choose from
MOST_TOPICS = 50
_ON_PROPOSAL = "proposal:"


class End(StrEnum):
    """Where a chain leads as things stand before the close."""

    VOTED = "voted"
    WAITING = "waiting"  # at somebody who can vote and has not
    NO_BALLOT = "no ballot"  # at somebody who has none in this vote
    LOOP = "loop"
    CAP = "cap"  # at somebody who speaks for as many as the charter lets them
    FAR = "far"  # beyond MOST_STEPS


@dataclass(frozen=True)
class Chain:
    """From my own delegation that holds, over people: the holder first, in order."""

    delegation: Delegation
    people: list[User]
    end: End


@dataclass(frozen=True)
class Crowd:
    """Those a person would speak for, who gave first coming first; is_all: none left out."""

    principals: list[UUID]
    is_all: bool


@dataclass(frozen=True)
class _Stand:
    """One person in a vote: the seat, the ballot, the delegation that holds."""

    user: User
    has_seat: bool
    has_voted: bool
    delegation: Delegation | None


def scopes(proposal: Proposal) -> tuple[str, ...]:
    """The scopes that reach a proposal, the narrowest first."""
    return scopes_of(proposal.id, proposal.topic)


def standing(db: Session, guild_id: UUID, principal_id: UUID, scope: str) -> Delegation | None:
    """What a person gave for exactly this scope, as the database holds it now."""
    query = select(Delegation).where(
        Delegation.guild_id == guild_id,
        Delegation.principal_id == principal_id,
        Delegation.scope == scope,
    )
    return db.exec(query.execution_options(populate_existing=True)).first()


def get_delegation(db: Session, delegation_id: UUID, viewer: User) -> Delegation | None:
    """A delegation by or to the viewer; nobody else can see it."""
    query = (
        select(Delegation)
        .where(Delegation.id == delegation_id)
        .where(
            (col(Delegation.principal_id) == viewer.id) | (col(Delegation.holder_id) == viewer.id)
        )
        .execution_options(populate_existing=True)
    )
    return db.exec(query).first()


def given(
    db: Session, guild_id: UUID, principal_id: UUID, *, after: Place | None = None
) -> list[tuple[Delegation, User]]:
    """Up to PAGE + 1 delegations of a person with their holders, the first given first."""
    mine = col(Delegation.principal_id) == principal_id
    return _listed(db, guild_id, mine, Delegation.holder_id, after)


def held(
    db: Session, guild_id: UUID, holder_id: UUID, *, after: Place | None = None
) -> list[tuple[Delegation, User]]:
    """The same of delegations to a person, with their principals."""
    mine = col(Delegation.holder_id) == holder_id
    return _listed(db, guild_id, mine, Delegation.principal_id, after)


def _listed(
    db: Session, guild_id: UUID, mine: sa.ColumnElement[bool], other: Any, after: Place | None
) -> list[tuple[Delegation, User]]:
    query = (
        select(Delegation, User)
        .join(User, col(User.id) == col(other))
        .where(Delegation.guild_id == guild_id, mine)
    )
    if after is not None:
        query = query.where(sa.tuple_(col(Delegation.given_at), col(Delegation.id)) > after)
    query = query.order_by(col(Delegation.given_at), col(Delegation.id)).limit(PAGE + 1)
    return [(delegation, user) for delegation, user in db.exec(query)]


def proposals_of(db: Session, delegations: Iterable[Delegation]) -> dict[str, Proposal]:
    """Scope -> the proposal it names, for delegations on single proposals."""
    ids = {
        UUID(one.scope.removeprefix(_ON_PROPOSAL)): one.scope
        for one in delegations
        if one.scope.startswith(_ON_PROPOSAL)
    }
    if not ids:
        return {}
    found = db.exec(select(Proposal).where(col(Proposal.id).in_(ids)))
    return {ids[proposal.id]: proposal for proposal in found}


def topics(db: Session, guild_id: UUID) -> list[str]:
    """Up to MOST_TOPICS of proposals that were put, as last written, in alphabetical order."""
    query = (
        select(func.max(Proposal.topic))
        .where(Proposal.guild_id == guild_id, Proposal.topic != "", ~never_put())
        .group_by(func.lower(Proposal.topic))
        .order_by(func.lower(Proposal.topic))
        .limit(MOST_TOPICS)
    )
    return list(db.exec(query))


def chain(db: Session, proposal: Proposal, user: User) -> Chain | None:
    """Where this person's delegation leads in an open vote; None: none holds here."""
    first = _stand(db, proposal, user.id)
    if first is None or first.delegation is None:
        return None
    people: list[User] = []
    passed, link = {user.id}, first.delegation
    while len(people) < MOST_STEPS:
        at = _stand(db, proposal, link.holder_id)
        if at is None:  # the account went away between two reads
            return Chain(first.delegation, people, End.NO_BALLOT) if people else None
        people.append(at.user)
        end = _end(at, passed, is_open=proposal.electorate_count is not None)
        if end in (End.VOTED, End.WAITING) and _is_left_out(db, proposal, at.user.id, user.id):
            end = End.CAP
        if end is not None:
            return Chain(first.delegation, people, end)
        passed.add(at.user.id)
        link = at.delegation  # type: ignore[assignment] # _end says WAITING where there is none
    return Chain(first.delegation, people, End.FAR)


def circle(db: Session, given: Delegation) -> list[User]:
    """Whom a delegation passes, in order, until it is at somebody again; empty if it never is.

    Of decisions in its own scope, so of a guild or a topic, not of one proposal.
    """
    passed: list[UUID] = []
    link: Delegation | None = given
    while link is not None and len(passed) < MOST_STEPS:
        is_again = link.holder_id in (given.principal_id, *passed)
        passed.append(link.holder_id)
        if is_again:
            return people(db, passed)
        narrow = standing(db, given.guild_id, link.holder_id, given.scope)
        link = narrow or standing(db, given.guild_id, link.holder_id, "")
    return []


def _end(at: _Stand, passed: Collection[UUID], *, is_open: bool) -> End | None:
    """Whether a chain ends at this person; before voting opens nobody has a seat yet."""
    if at.has_voted:
        return End.VOTED
    if at.user.id in passed:
        return End.LOOP
    if is_open and not at.has_seat:
        return End.NO_BALLOT
    return End.WAITING if at.delegation is None else None


def _stand(db: Session, proposal: Proposal, user_id: UUID) -> _Stand | None:
    """One person's place in a vote, in one query."""
    seat = sa.exists().where(
        col(Elector.proposal_id) == proposal.id, col(Elector.user_id) == user_id
    )
    query = (
        select(User, seat, _has_ballot(proposal, col(User.id)), Delegation)
        .join(
            Delegation,
            (col(Delegation.principal_id) == col(User.id))
            & (col(Delegation.guild_id) == proposal.guild_id)
            & col(Delegation.scope).in_(scopes(proposal)),
            isouter=True,
        )
        .where(User.id == user_id)
    )
    rows = db.exec(query).all()
    if not rows:
        return None
    rank = {scope: place for place, scope in enumerate(scopes(proposal))}
    delegations = [row[3] for row in rows if row[3] is not None]
    holds = min(delegations, key=lambda one: rank[one.scope], default=None)
    user, has_seat, has_voted, _ = rows[0]
    return _Stand(user, bool(has_seat), bool(has_voted), holds)


def _has_ballot(proposal: Proposal, user_id: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        col(Ballot.proposal_id) == proposal.id,
        col(Ballot.round) == proposal.round,
        col(Ballot.user_id) == user_id,
    )


def _is_left_out(db: Session, proposal: Proposal, voter_id: UUID, principal_id: UUID) -> bool:
    """Say whether the cap of the charter leaves a principal out, as things stand."""
    cap = proposal.decision_rule.delegation_cap
    if not 0 < cap < MOST_PEOPLE:
        return False
    return principal_id not in crowd(db, proposal, voter_id).principals[:cap]


def crowd(db: Session, proposal: Proposal, holder_id: UUID) -> Crowd:
    """Those whose chain leads to this person in an open vote, as if nobody between will vote."""
    found: dict[UUID, Given] = {}
    level = [holder_id]
    for _ in range(MOST_STEPS):
        given_to = principals(db, proposal.guild_id, level, scopes(proposal), proposal=proposal)
        fresh = [one for one in given_to if one.principal not in found | {holder_id: None}]
        found |= {one.principal: one for one in fresh}
        if not fresh or len(found) > MOST_PEOPLE:
            break
        level = [one.principal for one in fresh]
    return Crowd(in_order(found, found)[:MOST_PEOPLE], len(found) <= MOST_PEOPLE)


def principals(
    db: Session,
    guild_id: UUID,
    holders: Collection[UUID],
    reaching: tuple[str, ...],
    *,
    proposal: Proposal | None = None,
) -> list[Given]:
    """Up to MOST_PEOPLE + 1 delegations to these people that hold, the first given first.

    reaching: scopes, the narrowest first; what the same person gave for a narrower one overrides.
    proposal: only of those who have a seat in its vote and have not voted.
    """
    narrower = aliased(Delegation)
    holds = [
        (col(Delegation.scope) == scope)
        & ~sa.exists().where(
            col(narrower.guild_id) == guild_id,
            col(narrower.principal_id) == col(Delegation.principal_id),
            col(narrower.scope).in_(reaching[:place]),
        )
        for place, scope in enumerate(reaching)
    ]
    query = (
        select(Delegation)
        .where(Delegation.guild_id == guild_id, col(Delegation.holder_id).in_(holders))
        .where(sa.or_(*holds))
        .order_by(col(Delegation.given_at), col(Delegation.id))
        .limit(MOST_PEOPLE + 1)
    )
    if proposal is not None:
        query = query.where(~_has_ballot(proposal, col(Delegation.principal_id)))
        if proposal.electorate_count is not None:
            query = query.where(
                sa.exists().where(
                    col(Elector.proposal_id) == proposal.id,
                    col(Elector.user_id) == col(Delegation.principal_id),
                )
            )
    return [Given(d.principal_id, d.holder_id, d.scope, d.given_at) for d in db.exec(query)]


def representation(
    db: Session, proposal_id: UUID, principal_id: UUID
) -> tuple[Representation, User | None] | None:
    """How a person was represented in a vote that is closed; None: they had not delegated."""
    query = (
        select(Representation, User)
        .join(User, col(User.id) == col(Representation.voter_id), isouter=True)
        .where(
            Representation.proposal_id == proposal_id, Representation.principal_id == principal_id
        )
    )
    row = db.exec(query).first()
    return (row[0], row[1]) if row else None


def member_named(db: Session, guild_id: UUID, handle: str) -> User | None:
    """The member of a guild who has this handle."""
    query = (
        select(User)
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(Membership.guild_id == guild_id, User.handle == handle)
    )
    return db.exec(query).first()


def names_to_offer(db: Session, guild_id: UUID, but: UUID, limit: int) -> list[User]:
    """Up to so many members besides one, by handle, to choose from while typing."""
    query = (
        select(User)
        .join(Membership, col(Membership.user_id) == col(User.id))
        .where(Membership.guild_id == guild_id, User.id != but)
        .order_by(col(User.handle))
        .limit(limit)
    )
    return list(db.exec(query))


def people(db: Session, ids: list[UUID]) -> list[User]:
    """Those accounts in the order asked for."""
    found = {user.id: user for user in db.exec(select(User).where(col(User.id).in_(ids)))}
    return [found[one] for one in ids if one in found]
