"""Letting another member vote: give, take back, end with a membership, and the count at the close.

Every change holds the guild's row lock, after the proposal's where it concerns one proposal; the
close takes both in that order, so that it reads one set of delegations, as they were at one moment.
Source: docs/decisions/0208-delegation.md
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from uuid import UUID, uuid4

from sqlmodel import Session, col, delete, insert, select, update

import notifications.services
from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from core.templating import count
from guilds.charter import Charter
from guilds.membership import lock as lock_guild
from guilds.membership import took_part
from guilds.models import Guild, GuildState
from guilds.queries import get_charter, get_role
from voting import chains, queries
from voting.ballots import my_ballot
from voting.delegating import (
    GUILD_SCOPE,
    Given,
    narrowest,
    proposal_scope,
    represent,
    topic_scope,
    weights,
)
from voting.delegation_notices import UNREPRESENTED
from voting.models import (
    OPEN_STATES,
    Ballot,
    Delegation,
    Proposal,
    ProposalState,
    Representation,
)
from voting.steps import lock, lock_proposal

#: rows one statement names
CHUNK = 1000
COUNTING = (
    "“{title}” has just closed and is being counted, and a change now would come too late for it. "
    "Nothing was changed. Try again in a minute."
)


def give(
    db: Session, guild: Guild, *, holder: User, topic: str = "", actor: User, now: datetime
) -> Delegation:
    """Let a member vote for oneself on a topic, or on all the guild decides; replaces who did.

    Raises RuleBroken with the reason why not, in words for this person.
    """
    _hold(db, guild, holder=holder, actor=actor)
    rules = Charter.model_validate(get_charter(db, guild.id).rules).rules.values()
    caps = [rule.delegation_cap for rule in rules if rule.delegation]
    if not caps:
        raise RuleBroken("The charter lets nobody vote for others.")
    scope = topic_scope(topic) if topic else GUILD_SCOPE
    _ask_not_counting(db, guild.id, scope, now)
    reaching = (scope, GUILD_SCOPE) if topic else (scope,)
    cap = 0 if 0 in caps else max(caps)
    return _give(db, guild.id, holder=holder, scopes=reaching, cap=cap, actor=actor, now=now)


def give_on(
    db: Session, proposal: Proposal, *, holder: User, actor: User, now: datetime
) -> Delegation:
    """Let a member vote for oneself on this proposal alone. Raises as `give`."""
    proposal = lock(db, proposal)
    _hold(db, db.get_one(Guild, proposal.guild_id), holder=holder, actor=actor)
    rule = proposal.decision_rule
    if not rule.delegation:
        raise RuleBroken("The charter lets nobody vote for others on this kind of decision.")
    if proposal.state not in OPEN_STATES:
        raise RuleBroken("This proposal is not open any more.")
    if proposal.state == ProposalState.VOTING:
        if now >= proposal.closes_at:
            raise RuleBroken("Voting is closed.")
        if my_ballot(db, proposal, actor.id) is not None:
            raise RuleBroken("You voted yourself, and your own ballot counts.")
        if queries.elector(db, proposal.id, actor.id) is None:
            raise RuleBroken("You have no ballot in this vote that another could cast for you.")
        if queries.elector(db, proposal.id, holder.id) is None:
            raise RuleBroken(f"{holder.display_name} has no ballot in this vote. Choose another.")
    return _give(
        db,
        proposal.guild_id,
        holder=holder,
        scopes=chains.scopes(proposal),
        cap=rule.delegation_cap,
        actor=actor,
        now=now,
        proposal=proposal,
    )


def _hold(db: Session, guild: Guild, *, holder: User, actor: User) -> None:
    """Lock the guild, and ask whether these two may have to do with each other in it."""
    lock_guild(db, guild)
    if guild.state != GuildState.ACTIVE:
        raise RuleBroken("This guild was dissolved; it decides nothing any more.")
    if get_role(db, guild.id, actor) is None:
        raise NotAllowed("Only members of the guild let others vote for them.")
    if holder.id == actor.id:
        raise RuleBroken("You vote for yourself anyway. Choose another member.")
    if get_role(db, guild.id, holder) is None:
        raise RuleBroken("Only a member of the guild can vote for you.")


def _give(
    db: Session,
    guild_id: UUID,
    *,
    holder: User,
    scopes: tuple[str, ...],
    cap: int,
    actor: User,
    now: datetime,
    proposal: Proposal | None = None,
) -> Delegation:
    """Write it for the first of the scopes; the same again keeps its place in the order."""
    delegation = chains.standing(db, guild_id, actor.id, scopes[0])
    if delegation is not None and delegation.holder_id == holder.id:
        return delegation
    if 0 < cap <= chains.MOST_PEOPLE:
        there = chains.principals(db, guild_id, [holder.id], scopes, proposal=proposal)
        if sum(one.principal != actor.id for one in there) >= cap:
            raise RuleBroken(
                f"{holder.display_name} votes for {count(cap, 'other')} already, which is as many "
                "as the charter lets one person speak for. Choose another member, or vote yourself."
            )
    if delegation is None:
        delegation = Delegation(
            guild_id=guild_id,
            principal_id=actor.id,
            holder_id=holder.id,
            scope=scopes[0],
            given_at=now,
        )
    else:
        delegation.holder_id, delegation.given_at = holder.id, now
    took_part(db, guild_id, actor.id, now)
    db.add(delegation)
    db.flush()
    return delegation


def _ask_not_counting(db: Session, guild_id: UUID, scope: str, now: datetime) -> None:
    """Refuse a change that would reach a vote between its close and its count."""
    query = select(Proposal).where(
        Proposal.guild_id == guild_id,
        Proposal.state == ProposalState.VOTING,
        Proposal.closes_at <= now,
    )
    for proposal in db.exec(query):
        if proposal.decision_rule.delegation and scope in chains.scopes(proposal):
            raise RuleBroken(COUNTING.format(title=proposal.title))


def end(db: Session, delegation: Delegation, *, actor: User, now: datetime) -> None:
    """Take a delegation back, or hand it back as its holder. Ending twice is ending once.

    Raises NotAllowed for anybody else; RuleBroken while a vote that it reaches is being counted.
    """
    if actor.id not in (delegation.principal_id, delegation.holder_id):
        raise NotAllowed("Only the two it concerns end a delegation.")
    scope, guild_id = delegation.scope, delegation.guild_id
    if scope.startswith("proposal:"):
        lock_proposal(db, UUID(scope.removeprefix("proposal:")))
    lock_guild(db, db.get_one(Guild, guild_id))
    _ask_not_counting(db, guild_id, scope, now)
    principal_id, holder_id = delegation.principal_id, delegation.holder_id
    gone = delete(Delegation).where(
        col(Delegation.id) == delegation.id,
        col(Delegation.principal_id) == principal_id,
        col(Delegation.holder_id) == holder_id,
    )
    if db.exec(gone).rowcount and actor.id == holder_id:
        _tell_principals(db, guild_id, [principal_id], now)


def end_of_member(guild: Guild, *, user_id: UUID, db: Session, now: datetime) -> None:
    """Reaction to a member leaving: what they gave and what they were given ends.

    Whoever leaves holds the guild's row lock. Principals are told, to choose another in time.
    """
    here = col(Delegation.guild_id) == guild.id
    held = select(Delegation.principal_id).where(here, Delegation.holder_id == user_id).distinct()
    _tell_principals(db, guild.id, list(db.exec(held)), now)
    gave_or_held = (col(Delegation.principal_id) == user_id) | (
        col(Delegation.holder_id) == user_id
    )
    db.exec(delete(Delegation).where(here, gave_or_held))


def _tell_principals(db: Session, guild_id: UUID, principals: list[UUID], now: datetime) -> None:
    if principals:
        notifications.services.owe(
            db, UNREPRESENTED, subject_id=guild_id, due_at=now, user_ids=principals
        )


def forget(proposal: Proposal, *, db: Session, now: datetime) -> None:  # noqa: ARG001 - a reaction's arguments
    """Reaction to a proposal being decided or withdrawn: what was given on it alone has ended."""
    db.exec(
        delete(Delegation).where(
            col(Delegation.guild_id) == proposal.guild_id,
            col(Delegation.scope) == proposal_scope(proposal.id),
        )
    )


def count_in(db: Session, proposal: Proposal) -> None:
    """At the close, before the count: settle who was represented, and weigh every ballot by it.

    The proposal is locked by the caller.
    """
    rule = proposal.decision_rule
    proposal.represented_count = 0
    if not rule.delegation:
        return
    lock_guild(db, db.get_one(Guild, proposal.guild_id))
    db.exec(delete(Representation).where(col(Representation.proposal_id) == proposal.id))
    held = narrowest(_given(db, proposal), chains.scopes(proposal))
    if not held:
        return
    ballots = _voters(db, proposal)
    ends = represent(
        set(queries.elector_ids(db, proposal.id)), ballots.keys(), held, rule.delegation_cap
    )
    spoken = weights(ends)
    proposal.represented_count = spoken.total()
    rows = [
        {
            "id": uuid4(),
            "proposal_id": proposal.id,
            "principal_id": principal,
            "voter_id": end.voter,
            "why": end.why or "",
        }
        for principal, end in ends.items()
    ]
    if rows:
        db.connection().execute(insert(Representation), rows)
    _weigh(db, spoken, ballots)


def _given(db: Session, proposal: Proposal) -> list[Given]:
    query = select(
        Delegation.principal_id, Delegation.holder_id, Delegation.scope, Delegation.given_at
    ).where(
        Delegation.guild_id == proposal.guild_id,
        col(Delegation.scope).in_(chains.scopes(proposal)),
    )
    return [Given(*row) for row in db.exec(query)]


def _voters(db: Session, proposal: Proposal) -> dict[UUID, UUID]:
    """Voter -> the ballot that counts; who erased the account has no delegation to it either."""
    query = select(Ballot.user_id, Ballot.id).where(
        Ballot.proposal_id == proposal.id, Ballot.round == proposal.round
    )
    return {user_id: ballot_id for user_id, ballot_id in db.exec(query) if user_id is not None}


def _weigh(db: Session, spoken: Mapping[UUID, int], ballots: Mapping[UUID, UUID]) -> None:
    """Give each ballot one for its voter and one for each person it speaks for.

    All ballots of one weight together: n people make at most about the root of 2n weights.
    """
    by_weight: dict[int, list[UUID]] = defaultdict(list)
    for voter, people in spoken.items():
        by_weight[people + 1].append(ballots[voter])
    for weight, ids in by_weight.items():
        for start in range(0, len(ids), CHUNK):
            chunk = col(Ballot.id).in_(ids[start : start + CHUNK])
            db.connection().execute(update(Ballot).where(chunk).values(weight=weight))


def export_of_user(user: User, *, db: Session) -> tuple[str, dict[str, list[dict[str, str]]]]:
    """Reaction to a person asking for their data: whom they let vote, and how it counted."""
    gave = (
        select(Delegation, Guild.name, User.handle)
        .join(Guild, col(Guild.id) == col(Delegation.guild_id))
        .join(User, col(User.id) == col(Delegation.holder_id))
        .where(Delegation.principal_id == user.id)
        .order_by(col(Delegation.given_at))
    )
    counted = (
        select(Proposal.title, User.handle, Representation.why)
        .join(Proposal, col(Proposal.id) == col(Representation.proposal_id))
        .join(User, col(User.id) == col(Representation.voter_id), isouter=True)
        .where(Representation.principal_id == user.id)
        .order_by(col(Proposal.decided_at))
    )
    return "delegations", {
        "given": [
            {"guild": guild, "to": to, "for": one.scope, "given_at": one.given_at.isoformat()}
            for one, guild, to in db.exec(gave)
        ],
        "represented": [
            {"proposal": title, "by": by or "", "not_because": why}
            for title, by, why in db.exec(counted)
        ],
    }
