"""Delegating at the very moment of something else, on a real PostgreSQL."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, func, select

import guilds.services
from accounts.models import User
from core.errors import RuleBroken
from guilds.models import Guild
from guilds.signals import member_left
from tests.builders import MEANS, NOW, make_guild, make_user, make_vote
from tests.racing import Deed, at_once
from voting import casting, delegations, jobs, signals
from voting.models import Ballot, Choice, Delegation, Proposal, ProposalState, Representation

pytestmark = pytest.mark.postgres
ROUNDS = 8


@pytest.fixture(autouse=True)
def _reactions() -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(member_left.connected_to(delegations.end_of_member))
        stack.enter_context(signals.proposal_decided.connected_to(delegations.forget))
        yield


def make_voting_guild(db: Session, number: int, size: int) -> tuple[Guild, Proposal, list[User]]:
    people = [make_user(db, f"round{number}-{place}") for place in range(size)]
    guild = make_guild(db, admins=people[:1], members=people[1:], slug=f"round-{number}")
    proposal = make_vote(db, guild, people[0])
    db.commit()
    return guild, proposal, people


def cast(proposal: Proposal, user: User, now: datetime = NOW) -> Deed:
    def deed(db: Session) -> Any:
        found = db.get_one(Proposal, proposal.id)
        return casting.cast_ballot(db, found, actor=user, marks=Choice.YES, now=now)

    return deed


def give(guild: Guild, one: User, other: User, now: datetime = NOW) -> Deed:
    return lambda db: delegations.give(
        db, db.get_one(Guild, guild.id), holder=other, actor=one, now=now
    )


def give_on(proposal: Proposal, one: User, other: User, now: datetime = NOW) -> Deed:
    return lambda db: delegations.give_on(
        db, db.get_one(Proposal, proposal.id), holder=other, actor=one, now=now
    )


def end(delegation_id: UUID, actor: User, now: datetime) -> Deed:
    return lambda db: delegations.end(
        db, db.get_one(Delegation, delegation_id), actor=actor, now=now
    )


def close(now: datetime) -> Deed:
    return lambda db: jobs.close_due_proposals(db, now, means=MEANS)


def settled(db: Session, proposal: Proposal) -> Proposal:
    """The proposal after the close, also if the first one passed over a row that was held."""
    jobs.close_due_proposals(db, proposal.closes_at, means=MEANS)
    db.expire_all()
    assert proposal.state not in {ProposalState.VOTING, ProposalState.DELIBERATION}
    return proposal


def numbers(db: Session, proposal: Proposal) -> tuple[int, int, int]:
    """Ballots, what they weigh, and people represented, from the rows."""
    rows = select(func.count(), func.coalesce(func.sum(Ballot.weight), 0)).where(
        Ballot.proposal_id == proposal.id
    )
    ballots, weight = db.exec(rows).one()
    represented = db.exec(
        select(func.count()).where(
            Representation.proposal_id == proposal.id, Representation.why == ""
        )
    ).one()
    return ballots, int(weight), represented


def test_delegating_against_ones_own_ballot_counts_one_person_once(
    db: Session, engine: Engine
) -> None:
    for number in range(ROUNDS):
        _, proposal, people = make_voting_guild(db, number, 3)
        at_once(
            engine,
            cast(proposal, people[0]),
            cast(proposal, people[1]),
            give_on(proposal, people[1], people[0]),
            give_on(proposal, people[2], people[1]),
        )
        settled(db, proposal)
        assert numbers(db, proposal) == (2, 3, 1)
        assert proposal.ballot_count == 3
        assert proposal.represented_count == 1


def test_giving_and_taking_back_against_the_close_counts_it_whole_or_not_at_all(
    db: Session, engine: Engine
) -> None:
    for number in range(ROUNDS):
        guild, proposal, people = make_voting_guild(db, number, 5)
        voter, one, two, three, four = people
        casting.cast_ballot(db, proposal, actor=voter, marks=Choice.YES, now=NOW)
        standing = delegations.give(db, guild, holder=voter, actor=one, now=NOW)
        db.commit()
        last = proposal.closes_at - timedelta(microseconds=1)
        answers = at_once(
            engine,
            end(standing.id, one, last),
            give(guild, two, voter, last),
            give_on(proposal, three, voter, last),
            give_on(proposal, four, three, last),
            close(proposal.closes_at),
        )
        assert not [answer for answer in answers[:2] if isinstance(answer, RuleBroken)]
        settled(db, proposal)
        ballots, weight, represented = numbers(db, proposal)
        assert ballots == 1
        assert weight == 1 + represented == proposal.ballot_count
        assert proposal.represented_count == represented
        accepted = [not isinstance(answer, RuleBroken) for answer in answers[2:4]]
        heard = set(
            db.exec(
                select(Representation.principal_id).where(
                    Representation.proposal_id == proposal.id, Representation.why == ""
                )
            )
        )
        assert (three.id in heard) == accepted[0]  # the proposal's lock: in time, or refused
        assert (four.id in heard) <= accepted[1]


def test_leaving_against_the_close_neither_breaks_it_nor_makes_a_vote(
    db: Session, engine: Engine
) -> None:
    for number in range(ROUNDS):
        guild, proposal, people = make_voting_guild(db, number, 4)
        voter, one, two, _ = people
        casting.cast_ballot(db, proposal, actor=one, marks=Choice.YES, now=NOW)
        delegations.give(db, guild, holder=one, actor=voter, now=NOW)
        delegations.give(db, guild, holder=one, actor=two, now=NOW)
        db.commit()

        def leave(db: Session, who: User = one, which: UUID = guild.id) -> None:
            guilds.services.leave(db, db.get_one(Guild, which), actor=who, now=NOW)

        at_once(engine, leave, close(proposal.closes_at))
        settled(db, proposal)
        ballots, weight, represented = numbers(db, proposal)
        assert ballots == 1
        assert represented in {0, 2}  # both were there, or the holder had left
        assert weight == 1 + represented == proposal.ballot_count
        assert db.exec(select(Delegation).where(Delegation.guild_id == guild.id)).all() == []


def test_many_at_once_do_not_let_one_speak_for_more_than_the_cap(
    db: Session, engine: Engine
) -> None:
    guild, proposal, people = make_voting_guild(db, 0, 9)
    cap = proposal.decision_rule.delegation_cap
    answers = at_once(engine, *(give(guild, one, people[0]) for one in people[1:]))
    assert sum(isinstance(answer, Delegation) for answer in answers) == cap
    casting.cast_ballot(db, proposal, actor=people[0], marks=Choice.YES, now=NOW)
    db.commit()
    settled(db, proposal)
    assert numbers(db, proposal) == (1, 1 + cap, cap)


def test_changing_one_delegation_twice_at_once_leaves_one(db: Session, engine: Engine) -> None:
    guild, _, people = make_voting_guild(db, 0, 4)
    for _ in range(ROUNDS):
        at_once(engine, *(give(guild, people[0], other) for other in people[1:]))
    assert len(db.exec(select(Delegation)).all()) == 1
