"""Two at once on PostgreSQL: one mailbox counts once, and the counter always tells the rows."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from core.database import open_session
from guilds.models import Membership, Role
from notifications.models import Notice
from petitions import counter, jobs, life, milestones, rules, signing
from petitions.models import Milestone, Petition, Signature
from petitions.models import SignatureState as S
from petitions.signing import Signatory
from tests.builders import NOW, VAULT, make_guild, make_petition, make_signature, make_user
from tests.racing import Deed, at_once

pytestmark = pytest.mark.postgres
ROUNDS = 6


@pytest.fixture
def petition_id(pg_engine: Engine) -> UUID:
    with open_session(pg_engine) as db:
        petition = make_petition(db, make_guild(db))
        db.commit()
        return petition.id


@pytest.fixture
def pending(pg_engine: Engine, petition_id: UUID) -> Callable[[], UUID]:
    """Makes one more signature that waits for confirmation."""
    numbers: Iterator[int] = iter(range(100))

    def make() -> UUID:
        with open_session(pg_engine) as db:
            petition = db.get_one(Petition, petition_id)
            address = f"{next(numbers)}@example.org"
            signature = make_signature(db, petition, address, state=S.PENDING)
            db.commit()
            return signature.id

    return make


def sign(petition_id: UUID, address: str) -> Deed:
    def deed(db: Session) -> None:
        signing.sign_petition(
            db,
            db.get_one(Petition, petition_id),
            signatory=Signatory("Dora", address),
            vault=VAULT,
            now=NOW,
        )

    return deed


def confirm(signature_id: UUID) -> Deed:
    return lambda db: signing.confirm_signature(db, signature_id, now=NOW)


def withdraw(signature_id: UUID) -> Deed:
    return lambda db: signing.withdraw_signature(db, signature_id, now=NOW)


def counter_and_rows(engine: Engine, petition_id: UUID) -> tuple[int, int]:
    with open_session(engine) as db:
        counter.fold(db, petition_id, now=NOW)
        db.commit()
        petition = db.get_one(Petition, petition_id)
        confirmed = select(Signature.id).where(
            Signature.petition_id == petition_id, Signature.state == S.CONFIRMED
        )
        return petition.signature_count, len(db.exec(confirmed).all())


def test_two_signatures_of_one_mailbox_at_once_are_one(
    pg_engine: Engine, petition_id: UUID
) -> None:
    for number in range(ROUNDS):
        variants = (f"dora{number}@gmail.com", f"D.ora{number}+x@googlemail.com")
        at_once(pg_engine, *(sign(petition_id, address) for address in variants))
    with open_session(pg_engine) as db:
        assert len(db.exec(select(Signature.id)).all()) == ROUNDS
        notices = db.exec(select(signing.notifications.services.Notice)).all()
        assert len(notices) == ROUNDS


def test_confirms_at_once_count_once(
    pg_engine: Engine, petition_id: UUID, pending: Callable[[], UUID]
) -> None:
    for number in range(1, ROUNDS + 1):
        signature_id = pending()
        assert sorted(map(bool, at_once(pg_engine, *[confirm(signature_id)] * 4))) == [
            False, False, False, True,
        ]  # fmt: skip
        assert counter_and_rows(pg_engine, petition_id) == (number, number)


def test_many_confirms_at_once_all_count(
    pg_engine: Engine, petition_id: UUID, pending: Callable[[], UUID]
) -> None:
    at_once(pg_engine, *[confirm(pending()) for _ in range(8)])
    assert counter_and_rows(pg_engine, petition_id) == (8, 8)


def test_a_withdrawal_against_a_confirm_leaves_it_withdrawn_and_uncounted(
    pg_engine: Engine, petition_id: UUID, pending: Callable[[], UUID]
) -> None:
    for _ in range(ROUNDS):
        signature_id = pending()
        at_once(pg_engine, confirm(signature_id), withdraw(signature_id))
        assert counter_and_rows(pg_engine, petition_id) == (0, 0)
        with open_session(pg_engine) as db:
            signature = db.get_one(Signature, signature_id)
            assert (signature.state, signature.name) == (S.WITHDRAWN, "")


def test_withdrawals_at_once_count_once(
    pg_engine: Engine, petition_id: UUID, pending: Callable[[], UUID]
) -> None:
    kept, signature_id = pending(), pending()
    at_once(pg_engine, confirm(kept), confirm(signature_id))
    at_once(pg_engine, *[withdraw(signature_id)] * 4)
    assert counter_and_rows(pg_engine, petition_id) == (1, 1)


def test_the_close_against_a_confirm_loses_no_signature(
    pg_engine: Engine, petition_id: UUID, pending: Callable[[], UUID]
) -> None:
    signature_id = pending()
    with open_session(pg_engine) as db:
        closed_at = rules.last_moment(db.get_one(Petition, petition_id).closes_on)
    late = closed_at + timedelta(hours=1)
    results = at_once(
        pg_engine,
        lambda db: jobs.close_due_petitions(db, late),
        lambda db: signing.confirm_signature(db, signature_id, now=late),
        lambda db: jobs.close_due_petitions(db, late),
    )
    assert results[1] is True
    with open_session(pg_engine) as db:
        jobs.close_due_petitions(db, late)  # the petition's row may have been held by the confirm
        petition = db.get_one(Petition, petition_id)
        assert (petition.state, petition.closed_at) == ("closed", closed_at)
    assert counter_and_rows(pg_engine, petition_id) == (1, 1)


def test_folding_and_recounting_while_people_confirm_and_withdraw_stays_exact(
    pg_engine: Engine, petition_id: UUID, pending: Callable[[], UUID]
) -> None:
    for _ in range(ROUNDS):
        stays, goes = pending(), pending()
        with open_session(pg_engine) as db:
            signing.confirm_signature(db, goes, now=NOW)
            db.commit()
        at_once(
            pg_engine,
            confirm(stays),
            lambda db: counter.recount(db, petition_id, now=NOW),
            lambda db: counter.fold(db, petition_id, now=NOW),
            withdraw(goes),
            lambda db: counter.fold(db, petition_id, now=NOW),
            lambda db: counter.recount(db, petition_id, now=NOW),
        )
        counted = counter_and_rows(pg_engine, petition_id)
        assert counted[0] == counted[1]


def test_no_signature_waits_for_a_fold(
    pg_engine: Engine, petition_id: UUID, pending: Callable[[], UUID]
) -> None:
    first, second = pending(), pending()
    with open_session(pg_engine) as folding, open_session(pg_engine) as signer:
        signing.confirm_signature(folding, first, now=NOW)
        folding.commit()
        assert counter.fold(folding, petition_id, now=NOW) == 1
        signer.connection().exec_driver_sql("set lock_timeout = '2s'")
        assert signing.confirm_signature(signer, second, now=NOW)
        signer.commit()
        folding.commit()
    assert counter_and_rows(pg_engine, petition_id) == (2, 2)


def test_a_milestone_is_told_or_taken_back_and_never_both(
    pg_engine: Engine, petition_id: UUID
) -> None:
    with open_session(pg_engine) as db:
        petition = db.get_one(Petition, petition_id)
        petition.author_id = make_user(db).id
        db.add(petition)
        db.commit()
    later = NOW + milestones.PAUSE
    for _ in range(ROUNDS):
        with open_session(pg_engine) as db:
            counter.step(db, petition_id, 100, country="", region="", at=NOW)
            counter.fold(db, petition_id, now=NOW)
            counter.step(db, petition_id, -100, country="", region="", at=NOW)
            db.commit()
        at_once(
            pg_engine,
            lambda db: milestones.tell(db, petition_id, now=later),
            lambda db: counter.fold(db, petition_id, now=later),
        )
        with open_session(pg_engine) as db:
            standing = set(db.exec(select(Milestone.id)))
            told = {notice.subject_id for notice in db.exec(select(Notice))}
            assert standing == told
            for row in (*db.exec(select(Notice)), *db.exec(select(Milestone))):
                db.delete(row)
            db.commit()


def test_a_petition_is_stopped_while_signatures_are_under_way(
    pg_engine: Engine, petition_id: UUID, pending: Callable[[], UUID]
) -> None:
    with open_session(pg_engine) as db:
        petition = db.get_one(Petition, petition_id)
        alice = make_user(db, "organiser")
        membership = Membership(guild_id=petition.guild_id, user_id=alice.id, joined_at=NOW)
        membership.role = Role.ADMIN
        db.add(membership)
        db.commit()
    waiting = pending()
    with open_session(pg_engine) as signer, open_session(pg_engine) as at_desk:
        sign(petition_id, "under-way@example.org")(signer)
        confirm(waiting)(signer)
        at_desk.connection().exec_driver_sql("set lock_timeout = '2s'")
        petition = at_desk.get_one(Petition, petition_id)
        life.stop_petition(at_desk, petition, actor=alice, reason="Enough.", now=NOW)
        at_desk.commit()
        signer.commit()
    assert counter_and_rows(pg_engine, petition_id) == (1, 1)
