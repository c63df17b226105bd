"""Who is in the electorate at the instant voting opens, and who may still vote afterwards."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

import guilds.services
from accounts.models import User
from core.errors import RuleBroken
from guilds.charter import Charter, DecisionKind, Electorate
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild, Membership, Role
from tests.builders import NOW, make_guild, make_vote
from tests.racing import at_once
from voting import casting
from voting.models import Ballot, Choice, Elector, Proposal

DAY = timedelta(days=1)


def charter_with(**change: Any) -> Charter:
    """The simple assembly's charter with a change to how resolutions are decided."""
    rules = dict(TEMPLATES["simple-assembly"].charter.rules)
    rule = rules[DecisionKind.RESOLUTION]
    rules[DecisionKind.RESOLUTION] = rule.model_validate({**rule.model_dump(), **change})
    return Charter(rules=rules)


def electors_of(db: Session, proposal: Proposal) -> set[str]:
    query = (
        select(User.handle)
        .join(Elector, col(Elector.user_id) == col(User.id))
        .where(Elector.proposal_id == proposal.id)
    )
    return set(db.exec(query))


def membership(db: Session, guild: Guild, user: User) -> Membership:
    query = select(Membership).where(Membership.guild_id == guild.id, Membership.user_id == user.id)
    return db.exec(query).one()


def test_members_of_so_many_days_vote(db: Session, alice: User, bob: User, charlie: User) -> None:
    charter = charter_with(electorate=Electorate.TENURE, electorate_days=30)
    guild = make_guild(db, admins=[alice], members=[bob, charlie], charter=charter)
    for user, days in ((alice, 90), (bob, 30), (charlie, 29)):
        membership(db, guild, user).joined_at = NOW - days * DAY
    proposal = make_vote(db, guild, charlie)
    assert electors_of(db, proposal) == {"alice", "bob"}
    assert (proposal.electorate_count, proposal.member_count) == (2, 3)
    with pytest.raises(RuleBroken, match="not among them"):
        casting.cast_ballot(db, proposal, actor=charlie, marks=Choice.YES, now=NOW)


def test_who_took_part_lately_or_has_just_joined_votes(
    db: Session, alice: User, bob: User, charlie: User
) -> None:
    charter = charter_with(electorate=Electorate.ACTIVE, electorate_days=60)
    guild = make_guild(db, admins=[alice], members=[bob, charlie], charter=charter)
    long_ago = NOW - 400 * DAY
    for user, joined_at, active_days in (
        (alice, long_ago, 60),
        (bob, long_ago, 61),
        (charlie, NOW - 3 * DAY, None),
    ):
        place = membership(db, guild, user)
        place.joined_at = joined_at
        place.active_on = (NOW - active_days * DAY).date() if active_days else None
    proposal = make_vote(db, guild, alice)
    assert electors_of(db, proposal) == {"alice", "charlie"}


@pytest.mark.parametrize(
    ("least", "expected"),
    [
        (Role.MEMBER, {"alice", "bob", "charlie"}),
        (Role.ORGANISER, {"alice", "bob"}),
        (Role.ADMIN, {"alice"}),
    ],
)
def test_a_role_votes_with_all_above_it(
    db: Session, alice: User, bob: User, charlie: User, least: Role, expected: set[str]
) -> None:
    charter = charter_with(electorate=Electorate.ROLE, electorate_role=least)
    guild = make_guild(db, admins=[alice], organisers=[bob], members=[charlie], charter=charter)
    assert electors_of(db, make_vote(db, guild, charlie)) == expected


@pytest.mark.postgres
def test_who_leaves_while_casting_has_either_cast_before_or_not_at_all(
    db: Session, engine: Engine, alice: User, bob: User
) -> None:
    for number in range(10):
        guild = make_guild(db, admins=[alice], members=[bob], slug=f"guild-{number}")
        proposal = make_vote(db, guild, alice)
        db.commit()

        def cast(db: Session, proposal_id: Any = proposal.id) -> None:
            found = db.get_one(Proposal, proposal_id)
            casting.cast_ballot(db, found, actor=bob, marks=Choice.NO, now=NOW)

        def leave(db: Session, guild_id: Any = guild.id) -> None:
            guilds.services.leave(db, db.get_one(Guild, guild_id), actor=bob, now=NOW)

        answers = at_once(engine, cast, leave)
        refused = [answer for answer in answers if isinstance(answer, RuleBroken)]
        db.expire_all()
        cast_ballots = len(db.exec(select(Ballot).where(Ballot.proposal_id == proposal.id)).all())
        assert cast_ballots + len(refused) == 1
        assert proposal.no_count == proposal.ballot_count == cast_ballots
        assert proposal.electorate_count == 2, "the electorate does not shrink"
