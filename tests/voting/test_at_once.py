"""A first ballot by a seat that was read before: it counts once, or the reason why not is told."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, func, select

from accounts.models import User
from core.database import open_session, read_only
from core.errors import RuleBroken
from core.wire import wire
from guilds.models import Guild, Membership
from guilds.services import leave
from tests.builders import KEYS, MEANS, NOW, make_guild, make_user, make_vote
from tests.voting.secret import make_secret_vote
from voting import casting, jobs, results, secrecy
from voting.ballots import counted_marks
from voting.models import Ballot, Choice, Elector, Proposal, ProposalState, SealedBallot
from voting.seats import Seat, get_seat

MINUTE = timedelta(minutes=1)


def seat_of(engine: Engine, proposal: Proposal, person: User) -> Seat:
    with wire(engine) as line:
        seat = get_seat(line, proposal.id, person.id)
    assert seat is not None
    return seat


def cast(engine: Engine, seat: Seat, person: User, marks: str, now: datetime = NOW) -> None:
    with wire(engine) as line:
        casting.cast_seated(line, seat, actor=person, marks=marks, now=now)


def cast_secret(engine: Engine, seat: Seat, person: User, marks: str, now: datetime = NOW) -> str:
    with wire(engine) as line:
        return secrecy.cast_seated(line, seat, actor=person, marks=marks, keys=KEYS, now=now)


@pytest.fixture
def people(db: Session) -> list[User]:
    return [make_user(db, f"member{number}") for number in range(4)]


@pytest.fixture
def vote(db: Session, people: list[User]) -> Proposal:
    guild = make_guild(db, admins=people[:1], members=people[1:])
    proposal = make_vote(db, guild, people[0])
    db.commit()
    return proposal


def counted(engine: Engine, vote: Proposal) -> tuple[int, int, int]:
    """Ballots, yes and no by the counters, which are what the ballots say."""
    with open_session(read_only(engine)) as other:
        found = other.get_one(Proposal, vote.id)
        assert found.tally == results.tally_of(counted_marks(other, found), found)
        return found.ballot_count, found.yes_count, found.no_count


def test_a_first_ballot_marks_its_elector_its_member_and_the_counters(
    engine: Engine, db: Session, vote: Proposal, people: list[User]
) -> None:
    later = NOW + timedelta(days=1)
    cast(engine, seat_of(engine, vote, people[1]), people[1], Choice.YES, later)
    assert counted(engine, vote) == (1, 1, 0)
    voted = select(Elector.user_id).where(Elector.has_voted)
    assert db.exec(voted).all() == [people[1].id]
    active = select(Membership.user_id).where(Membership.active_on == later.date())
    assert db.exec(active).all() == [people[1].id]
    ballot = db.exec(select(Ballot)).one()
    assert (ballot.user_id, ballot.marks, ballot.weight, ballot.cast_at) == (
        people[1].id,
        "yes",
        1,
        later,
    )


def test_who_voted_meanwhile_changes_the_one_ballot(
    engine: Engine, db: Session, vote: Proposal, people: list[User]
) -> None:
    stale = seat_of(engine, vote, people[1])
    cast(engine, stale, people[1], Choice.YES)
    cast(engine, stale, people[1], Choice.NO)
    assert counted(engine, vote) == (1, 0, 1)
    cast(engine, seat_of(engine, vote, people[1]), people[1], Choice.ABSTAIN)
    assert counted(engine, vote) == (1, 0, 0)


def test_a_vote_that_closed_meanwhile_takes_nothing(
    engine: Engine, vote: Proposal, people: list[User]
) -> None:
    stale, closing, person = seat_of(engine, vote, people[1]), vote.closes_at, people[1]
    with pytest.raises(RuleBroken, match="Voting is closed"):
        cast(engine, stale, person, Choice.YES, closing)
    with open_session(engine) as other:
        jobs.close_due_proposals(other, closing, means=MEANS)
    with pytest.raises(RuleBroken):
        cast(engine, stale, person, Choice.YES, closing - MINUTE)
    assert counted(engine, vote)[0] == 0


def test_who_left_or_never_belonged_is_told_so(
    engine: Engine, db: Session, vote: Proposal, people: list[User]
) -> None:
    stranger = make_user(db, "stranger")
    db.commit()
    with pytest.raises(RuleBroken):
        cast(engine, seat_of(engine, vote, stranger), stranger, Choice.YES)
    stale = seat_of(engine, vote, people[2])
    with open_session(engine) as other:
        guild, person = other.get_one(Guild, vote.guild_id), other.get_one(User, people[2].id)
        leave(other, guild, actor=person, now=NOW)
        other.commit()
    for seat in (stale, seat_of(engine, vote, people[2])):
        with pytest.raises(RuleBroken, match="no longer"):
            cast(engine, seat, people[2], Choice.YES)
    assert counted(engine, vote)[0] == 0


def test_a_secret_ballot_is_final_also_by_a_stale_seat(engine: Engine, db: Session) -> None:
    vote, people = make_secret_vote(db, 4)
    db.commit()
    stale = seat_of(engine, vote, people[1])
    codes = {cast_secret(engine, seat_of(engine, vote, one), one, "yes") for one in people[:2]}
    with pytest.raises(RuleBroken, match="final"):
        cast_secret(engine, stale, people[1], "no")
    db.expire_all()
    assert len(codes) == vote.ballot_count == 2
    assert vote.yes_count == vote.no_count == 0
    assert db.exec(select(func.count()).select_from(SealedBallot)).one() == 2


def together(*deeds: Callable[[], Any]) -> list[Any]:
    gate = threading.Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        gate.wait()
        try:
            return deed()
        except RuleBroken as error:
            return error

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


@pytest.mark.postgres
@pytest.mark.parametrize("is_secret", [False, True])
def test_at_the_same_instant_one_person_has_one_ballot(
    engine: Engine, db: Session, *, is_secret: bool
) -> None:
    if is_secret:
        vote, people = make_secret_vote(db, 4)
        put: Callable[..., Any] = cast_secret
    else:
        people = [make_user(db, f"member{number}") for number in range(4)]
        vote, put = (
            make_vote(db, make_guild(db, admins=people[:1], members=people[1:]), people[0]),
            cast,
        )
    db.commit()
    put(engine, seat_of(engine, vote, people[0]), people[0], "yes")
    for person in people[1:]:
        seat = seat_of(engine, vote, person)
        together(*[lambda one=person, at=seat: put(engine, at, one, "yes") for _ in range(6)])
    db.expire_all()
    assert vote.ballot_count == 4
    table = SealedBallot if is_secret else Ballot
    assert db.exec(select(func.count()).select_from(table)).one() == 4


@pytest.mark.postgres
def test_against_the_close_a_ballot_is_counted_or_refused(engine: Engine, db: Session) -> None:
    people = [make_user(db, f"member{number}") for number in range(5)]
    guild = make_guild(db, admins=people[:1], members=people[1:])
    for number in range(8):
        vote = make_vote(db, guild, people[0], title=f"Round {number}")
        db.commit()
        last, seats = vote.closes_at - MINUTE, [seat_of(engine, vote, one) for one in people]

        def close(at: datetime = vote.closes_at) -> None:
            with open_session(engine) as other:
                jobs.close_due_proposals(other, at, means=MEANS)

        answers = together(
            close,
            *(
                lambda one=one, seat=seat, last=last: cast(engine, seat, one, "yes", last)
                for one, seat in zip(people, seats, strict=True)
            ),
        )
        close()
        db.expire_all()
        assert vote.state in {ProposalState.PASSED, ProposalState.FAILED}
        taken = sum(not isinstance(answer, RuleBroken) for answer in answers[1:])
        assert counted(engine, vote)[0] == taken
