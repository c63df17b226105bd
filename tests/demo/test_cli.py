"""The demo: whole, right in its counters, and only ever told to an empty database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask
from sqlmodel import Session, col, func, select

from accounts.models import User
from accounts.passwords import is_right
from audit.services import problems
from core import clock
from core.database import reading
from core.vault import get_vault
from demo.cli import kinds
from demo.masses import Wanted
from demo.play import chance
from events.models import Attendance, AttendanceStatus, Event, EventState
from events.rules import ATTENDANCE_KEPT_FOR
from guilds.charter import ONE_QUESTION, DecisionKind, Method
from guilds.models import Guild, Invitation, JoinRequest, JoinState, Membership, Role
from institutions.models import Institution
from legislation.models import Bill, BillAction, BillChange, Watch
from notifications.models import Notice, Outcome
from petitions import progress
from petitions.counter import counts
from petitions.models import Petition, PetitionState, Signature
from tests import story
from voting.debate_models import Comment
from voting.models import (
    Ballot,
    Choice,
    Elector,
    FailedBy,
    Proposal,
    ProposalState,
    Representation,
    SealedBallot,
)

pytestmark = pytest.mark.timeout(300)
PASSWORD = "wide awake tonight"


def run_demo(app: Flask, *options: str) -> Result:
    return app.test_cli_runner().invoke(args=["demo", "--password", PASSWORD, *options])


@contextmanager
def reader(app: Flask) -> Iterator[Session]:
    with app.app_context(), reading() as db:
        yield db


def counted(db: Session, by: Any, *conditions: Any) -> dict[UUID, int]:
    """How many rows there are for each value of a column."""
    return {
        row[0]: row[1] for row in db.exec(select(by, func.count()).where(*conditions).group_by(by))
    }


def ballots_by_marks(db: Session) -> dict[tuple[UUID, int], dict[str, int]]:
    """Proposal and round -> marks -> how many electors they speak for."""
    cast: dict[tuple[UUID, int], dict[str, int]] = {}
    for ballot in db.exec(select(Ballot)):
        marks = cast.setdefault((ballot.proposal_id, ballot.round), {})
        marks[ballot.marks] = marks.get(ballot.marks, 0) + ballot.weight
    return cast


def assert_counters_right(db: Session) -> None:
    members = counted(db, Membership.guild_id)
    for guild in db.exec(select(Guild)):
        assert guild.member_count == members.get(guild.id, 0), guild.name
    ballots, sealed = ballots_by_marks(db), counted(db, SealedBallot.proposal_id)
    electors, comments = counted(db, Elector.proposal_id), counted(db, Comment.proposal_id)
    for proposal in db.exec(select(Proposal)):
        cast = ballots.get((proposal.id, proposal.round), {})
        if proposal.method in ONE_QUESTION:
            said = [cast.get(choice, 0) for choice in Choice]
            assert [*proposal.tally[:3]] == said, proposal.title
        in_box = sum(cast.values()) + sealed.get(proposal.id, 0)
        assert proposal.ballot_count == in_box, proposal.title
        assert (proposal.electorate_count or 0) == electors.get(proposal.id, 0), proposal.title
        assert proposal.comment_count == comments.get(proposal.id, 0), proposal.title
    signed = counted(db, Signature.petition_id, counts())
    for petition in db.exec(select(Petition)):
        assert petition.signature_count == signed.get(petition.id, 0), petition.title
    coming = counted(db, Attendance.event_id, Attendance.status == AttendanceStatus.ACCEPTED)
    known = col(Event.ends_at) > clock.now() - ATTENDANCE_KEPT_FOR
    for event in db.exec(select(Event).where(known)):
        assert event.attending_count == coming.get(event.id, 0), event.title
    actions = counted(db, BillAction.bill_id)
    for bill in db.exec(select(Bill)):
        assert bill.action_count == actions.get(bill.id, 0), bill.identifier


def assert_nothing_overdue(db: Session, begun: datetime) -> None:
    overdue = select(Notice.kind).where(col(Notice.settled_at).is_(None), Notice.due_at <= begun)
    assert db.exec(overdue).all() == []


@pytest.mark.parametrize("database", ["sqlite"])  # the masses tell it on PostgreSQL too
def test_the_story_is_whole_and_told_once(app: Flask) -> None:
    begun = clock.now()
    result = run_demo(app)
    assert result.exit_code == 0, result.output
    assert f"Everybody's password: {PASSWORD}" in result.output
    assert clock.now() > begun, "the clock runs again"
    with reader(app) as db:
        assert list(problems(db)) == []
        assert_counters_right(db)
        assert_nothing_overdue(db, begun)
        assert_every_state_is_shown(db)
        assert_something_waits(db)
        founder = db.exec(select(User).where(User.handle == "mara")).one()
        assert founder.is_operator
        assert is_right(PASSWORD, founder.password_hash)
        assert get_vault().unseal(founder.address_sealed) == "mara@example.org"
    assert_pages_open(app)
    again = run_demo(app)
    assert again.exit_code == 1
    assert again.output.strip().count("\n") == 0
    assert "only an empty database" in again.output


def assert_every_state_is_shown(db: Session) -> None:
    proposals = db.exec(select(Proposal)).all()
    assert {proposal.state for proposal in proposals} == set(ProposalState)
    assert {proposal.failed_by for proposal in proposals} == {None, *FailedBy} - {FailedBy.BOX}
    assert {proposal.method for proposal in proposals} >= {
        Method.MAJORITY, Method.CONSENT, Method.SCHULZE, Method.STV, Method.EQUAL_SHARES
    }  # fmt: skip
    deeds = set(DecisionKind) - {DecisionKind.MEMBERSHIP, DecisionKind.ROLE}
    assert {proposal.kind for proposal in proposals if proposal.carried_out_at} == deeds
    assert any(proposal.not_carried_out for proposal in proposals)
    assert max(proposal.round for proposal in proposals) > 1
    assert set(db.exec(select(Representation.why))) >= {"", "loop"}
    assert {petition.state for petition in db.exec(select(Petition))} == set(PetitionState)
    (asks,) = [petition for petition in db.exec(select(Petition)) if petition.regions]
    assert asks.further
    assert len(progress.regions(db, asks.id, asks.signature_count)) >= len(asks.regions)
    assert {event.state for event in db.exec(select(Event))} == set(EventState)
    assert {request.state for request in db.exec(select(JoinRequest))} == set(JoinState)
    assert len({bill.state for bill in db.exec(select(Bill))}) >= 7
    assert {member.role for member in db.exec(select(Membership))} == set(Role)
    assert {guild.is_listed for guild in db.exec(select(Guild))} == {True, False}
    for kind in (BillChange, Watch, Invitation, Institution):
        assert db.exec(select(func.count()).select_from(kind)).one() > 4


def assert_something_waits(db: Session) -> None:
    """Reminders of what lies ahead are owed, and the inbox holds what came before."""
    ahead = counted(db, Notice.kind, col(Notice.settled_at).is_(None))
    assert {"events.starts_in_a_day", "events.starts_soon", "voting.closes_soon"} <= set(ahead)
    unread = counted(
        db, Notice.user_id, Notice.outcome == Outcome.SENT, col(Notice.read_at).is_(None)
    )
    assert len(unread) > 10


def assert_pages_open(app: Flask) -> None:
    client = app.test_client()
    for path in ("/", "/guilds", "/petitions", "/events", "/legislation"):
        assert client.get(path).status_code == 200, path
    assert "Dream Sovereignty Act" in client.get("/legislation").text
    assert "The Sandman Watch" not in client.get("/guilds").text


@pytest.mark.parametrize("database", ["postgresql"])  # on SQLite: test_each_mass_…
def test_masses_keep_every_counter_right(app: Flask) -> None:
    begun = clock.now()
    result = run_demo(
        app,
        *("--people", "60", "--guilds", "7", "--events", "90", "--signatures", "700"),
        *("--bills", "80"),
    )
    assert result.exit_code == 0, result.output
    with reader(app) as db:
        assert list(problems(db)) == []
        assert_counters_right(db)
        assert_nothing_overdue(db, begun)
        made = {
            kind: db.exec(select(func.count()).select_from(kind)).one()
            for kind in (User, Guild, Event, Bill)
        }
        assert made == {User: 44 + 60, Guild: 7 + 7, Event: 9 + 90, Bill: 8 + 80}
        assert_masses_are_sealed(db)
        petition = db.exec(select(Petition).order_by(col(Petition.signature_count).desc())).first()
        assert petition is not None
        assert (petition.signature_count, petition.goal) == (337 + 700, 2000)
    assert_pages_open(app)


def assert_masses_are_sealed(db: Session) -> None:
    person = db.exec(select(User).where(User.handle == "person-1")).one()
    assert get_vault().unseal(person.address_sealed) == "person-1@example.org"
    one = db.exec(select(User.password_hash).distinct()).all()
    assert len(one) == 1, "one password, hashed once"
    numbers = db.exec(sa.select(func.count(func.distinct(col(Signature.address_hash))))).one()  # type: ignore[call-overload] # Core aggregate
    assert numbers[0] == db.exec(select(func.count()).select_from(Signature)).one()


@pytest.mark.parametrize("database", ["sqlite"])
def test_each_mass_can_be_asked_for_alone(app: Flask) -> None:
    with story.told(app) as (db, play):
        for wanted in (
            Wanted(people=5),
            Wanted(guilds=50),
            Wanted(events=50),
            Wanted(people=2, guilds=5, events=20),
            Wanted(signatures=50),
            Wanted(bills=1),
        ):
            for kind in kinds(play, wanted, "a hash"):
                list(kind)
            db.expire_all()
            assert_counters_right(db)
            db.rollback()


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_password_others_would_try_is_refused(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["demo", "--password", "password123"])
    assert result.exit_code == 1
    assert "Choose another" in result.output


def test_chance_falls_the_same_way_every_time() -> None:
    assert chance("a").random() == chance("a").random() != chance("b").random()
