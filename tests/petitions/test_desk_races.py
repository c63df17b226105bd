"""The desk against people, at one moment on PostgreSQL: the count always tells the rows."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from accounts.models import User
from core.database import open_session
from petitions import counter, desk, signing
from petitions.models import Hold, Petition, Signature, Sweep, SweepDeed, Swept
from petitions.models import SignatureState as S
from petitions.signing import Signatory
from tests.builders import NOW, VAULT, make_guild, make_petition, make_signature, make_user
from tests.racing import Deed, at_once

pytestmark = pytest.mark.postgres
ROUNDS = 4
ALL = desk.Condition()


@pytest.fixture
def petition_id(pg_engine: Engine) -> UUID:
    with open_session(pg_engine) as db:
        alice = make_user(db, "alice")
        petition = make_petition(db, make_guild(db, admins=[alice]))
        db.commit()
        return petition.id


@pytest.fixture
def signed(pg_engine: Engine, petition_id: UUID) -> Callable[..., list[UUID]]:
    """Makes that many signatures more, of one state."""
    numbers = iter(range(1000))

    def make(number: int, state: S = S.PENDING) -> list[UUID]:
        with open_session(pg_engine) as db:
            petition = db.get_one(Petition, petition_id)
            made = [
                make_signature(db, petition, f"{next(numbers)}@example.org", state=state).id
                for _ in range(number)
            ]
            db.commit()
            return made

    return make


def sweep(petition_id: UUID, deed: SweepDeed) -> Deed:
    def act(db: Session) -> UUID:
        return desk.sweep(
            db,
            db.get_one(Petition, petition_id),
            actor=db.exec(select(User)).one(),
            condition=ALL,
            deed=deed,
            reason="All.",
            now=NOW,
        ).id

    return act


def undo(sweep_id: UUID) -> Deed:
    def act(db: Session) -> None:
        done = db.get_one(Sweep, sweep_id)
        desk.undo(db, done, actor=db.exec(select(User)).one(), now=NOW)

    return act


def confirm(signature_id: UUID) -> Deed:
    return lambda db: signing.confirm_signature(db, signature_id, now=NOW)


def withdraw(signature_id: UUID) -> Deed:
    return lambda db: signing.withdraw_signature(db, signature_id, now=NOW)


def sign_again(petition_id: UUID, number: int) -> Deed:
    def act(db: Session) -> None:
        signatory = Signatory("Farmer", f"{number}@example.org")
        petition = db.get_one(Petition, petition_id)
        signing.sign_petition(db, petition, signatory=signatory, vault=VAULT, now=NOW)

    return act


def counted(engine: Engine, petition_id: UUID) -> int:
    """What the counter says; the rows must say the same."""
    with open_session(engine) as db:
        found = counter.recount(db, petition_id, now=NOW)
        db.commit()
        assert found.counter == found.rows
        return found.rows


def holds(engine: Engine, of: list[UUID]) -> set[Hold]:
    with open_session(engine) as db:
        rows = [db.get_one(Signature, one) for one in of]
        return {row.hold for row in rows if row.state != S.WITHDRAWN}


def test_a_sweep_against_confirms_and_withdrawals(
    pg_engine: Engine, petition_id: UUID, signed: Callable[..., list[UUID]]
) -> None:
    for _ in range(ROUNDS):
        waiting, given = signed(3), signed(2, S.CONFIRMED)
        at_once(
            pg_engine,
            *(confirm(one) for one in waiting),
            sweep(petition_id, SweepDeed.REMOVE),
            withdraw(given[0]),
        )
        assert counted(pg_engine, petition_id) == 0
        assert holds(pg_engine, waiting + given) == {Hold.REMOVED}


def test_an_undo_against_confirms_and_withdrawals(
    pg_engine: Engine, petition_id: UUID, signed: Callable[..., list[UUID]]
) -> None:
    total = 0
    for _ in range(ROUNDS):
        waiting, given = signed(2), signed(2, S.CONFIRMED)
        swept, *_ = at_once(pg_engine, sweep(petition_id, SweepDeed.HOLD))
        at_once(
            pg_engine, undo(swept), *(confirm(one) for one in waiting), withdraw(given[0]),
            lambda db: counter.fold(db, petition_id, now=NOW),
        )  # fmt: skip
        total += 3
        assert counted(pg_engine, petition_id) == total
        assert holds(pg_engine, waiting + given) == {Hold.NONE}


def test_two_organisers_at_once_take_turns(
    pg_engine: Engine, petition_id: UUID, signed: Callable[..., list[UUID]]
) -> None:
    for _ in range(ROUNDS):
        signed(4, S.CONFIRMED)
        deeds = (sweep(petition_id, SweepDeed.HOLD), sweep(petition_id, SweepDeed.REMOVE))
        at_once(pg_engine, *deeds)
        assert counted(pg_engine, petition_id) == 0


def test_one_sweep_is_undone_once(
    pg_engine: Engine, petition_id: UUID, signed: Callable[..., list[UUID]]
) -> None:
    signed(4, S.CONFIRMED)
    swept, *_ = at_once(pg_engine, sweep(petition_id, SweepDeed.HOLD))
    results = at_once(pg_engine, *[undo(swept)] * 3)
    assert sum(isinstance(one, Exception) for one in results) == 2
    assert counted(pg_engine, petition_id) == 4
    with open_session(pg_engine) as db:
        assert db.exec(select(Swept)).all() == []


def test_signing_again_against_a_sweep_does_not_slip_through(
    pg_engine: Engine, petition_id: UUID, signed: Callable[..., list[UUID]]
) -> None:
    waiting = signed(3)
    at_once(
        pg_engine,
        sweep(petition_id, SweepDeed.HOLD),
        *(sign_again(petition_id, number) for number in range(3)),
    )
    for number in range(3):
        at_once(pg_engine, sign_again(petition_id, number))
    assert holds(pg_engine, waiting) == {Hold.HELD}


def test_nobodys_signature_waits_for_a_sweep_of_others(
    pg_engine: Engine, petition_id: UUID, signed: Callable[..., list[UUID]]
) -> None:
    signed(3, S.CONFIRMED)
    late = signed(1)[0]
    before = desk.Condition(until=NOW - timedelta(hours=1), state=S.CONFIRMED)
    with open_session(pg_engine) as at_desk, open_session(pg_engine) as signer:
        desk.sweep(
            at_desk, at_desk.get_one(Petition, petition_id),
            actor=at_desk.exec(select(User)).one(), condition=before, deed=SweepDeed.HOLD,
            reason="Those.", now=NOW,
        )  # fmt: skip
        signer.connection().exec_driver_sql("set lock_timeout = '2s'")
        assert signing.confirm_signature(signer, late, now=NOW)
        sign_again(petition_id, 900)(signer)
        signer.commit()
        at_desk.commit()
    assert counted(pg_engine, petition_id) == 1
