"""Two things at once after the close: each happens once, or says that it is too late."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from accounts.models import User
from core.database import open_session
from core.errors import RuleBroken
from petitions import answers, counter, delivery, dossier, signing
from petitions.delivery_models import Answer, Delivery, DeliveryWay, Dossier
from petitions.models import Petition, PetitionState, Settlement, Signature, Telling
from tests.builders import NOW, make_guild, make_petition, make_signature, make_user
from tests.petitions.closing import close, make_dossier, means
from tests.racing import at_once

pytestmark = pytest.mark.postgres

LATER = NOW + timedelta(days=2)
HANDOVER = delivery.Handover(DeliveryWay.POST, "The clerk", LATER.date())


@pytest.fixture
def closed(pg_engine: Engine) -> tuple[User, Petition]:
    """Alice and her petition, closed with two signatures and its dossier."""
    with open_session(pg_engine) as db:
        alice = make_user(db)
        petition = make_petition(db, make_guild(db, admins=[alice]), alice)
        for address in ("dora@example.org", "emil@example.org"):
            make_signature(db, petition, address)
        close(db, petition)
        make_dossier(db, petition, now=LATER)
        db.refresh(alice)
        db.refresh(petition)
    return alice, petition


def handed_over(engine: Engine, petition: Petition, actor: User) -> Delivery:
    with open_session(engine) as db:
        delivery.deliver(db, petition, actor=actor, handover=HANDOVER, now=LATER)
        db.commit()
        return db.exec(select(Delivery)).one()


def test_a_signature_taken_back_while_the_dossier_is_read_is_never_in_a_true_one(
    pg_engine: Engine, closed: tuple[User, Petition]
) -> None:
    _, petition = closed
    with open_session(pg_engine) as db:
        signature_id = db.exec(select(Signature.id).limit(1)).one()
        petition_id = petition.id

    def withdraw(db: Session) -> bool:
        return signing.withdraw_signature(db, signature_id, now=LATER)

    def make(db: Session) -> bool:
        return dossier.make_dossier(db, petition_id, means(), now=LATER)

    assert at_once(pg_engine, withdraw, make)[0] is True
    with open_session(pg_engine) as db:
        counter.fold(db, petition_id, now=LATER)
        db.commit()
        held = dossier.current_dossier(db, petition_id)
        assert held is None or held.signature_count == 1
        assert dossier.make_dossier(db, petition_id, means(), now=LATER) or held
        db.commit()
        assert db.exec(select(Dossier.signature_count)).one() == 1


def test_two_who_make_it_at_once_leave_one(
    pg_engine: Engine, closed: tuple[User, Petition]
) -> None:
    petition_id = closed[1].id

    def make(db: Session) -> bool:
        return dossier.make_dossier(db, petition_id, means(), now=LATER)

    assert at_once(pg_engine, make, make) == [True, True]
    with open_session(pg_engine) as db:
        assert len(db.exec(select(Dossier)).all()) == 1


def test_answering_against_settling_leaves_one_story(
    pg_engine: Engine, closed: tuple[User, Petition]
) -> None:
    alice, petition = closed
    row = handed_over(pg_engine, petition, alice)

    def answer(db: Session) -> Answer:
        return answers.answer_by_link(db, row, said=answers.Said("No.", "They"), now=LATER)

    def settle(db: Session) -> None:
        answers.settle(
            db, petition, actor=alice, settlement=Settlement.MET, reason="Done.", now=LATER
        )

    answered, _ = at_once(pg_engine, answer, settle)
    with open_session(pg_engine) as db:
        assert db.get_one(Petition, petition.id).state == PetitionState.SETTLED
        kept = db.exec(select(Answer)).all()
        assert len(kept) == (0 if isinstance(answered, RuleBroken) else 1)


def test_the_same_answer_twice_at_once_is_kept_and_told_once(
    pg_engine: Engine, closed: tuple[User, Petition]
) -> None:
    alice, petition = closed
    row = handed_over(pg_engine, petition, alice)

    def answer(db: Session) -> UUID:
        return answers.answer_by_link(db, row, said=answers.Said("No.", "They"), now=LATER).id

    first, second = at_once(pg_engine, answer, answer)
    assert first == second
    with open_session(pg_engine) as db:
        told = select(Telling).where(Telling.kind == answers.ANSWER_NEWS)
        assert len(db.exec(told).all()) == len(db.exec(select(Answer)).all()) == 1


def test_handing_over_twice_at_once_is_two_records_and_one_step(
    pg_engine: Engine, closed: tuple[User, Petition]
) -> None:
    alice, petition = closed

    def deliver(db: Session) -> Delivery:
        return delivery.deliver(db, petition, actor=alice, handover=HANDOVER, now=LATER)

    at_once(pg_engine, deliver, deliver)
    with open_session(pg_engine) as db:
        assert db.get_one(Petition, petition.id).state == PetitionState.DELIVERED
        assert len(db.exec(select(Delivery)).all()) == 2


def test_the_clock_and_an_organiser_settle_it_once(
    pg_engine: Engine, closed: tuple[User, Petition]
) -> None:
    alice, petition = closed
    year = LATER + timedelta(days=400)

    def by_clock(db: Session) -> bool:
        return answers.settle_unanswered(db, petition.id, now=year)

    def by_hand(db: Session) -> None:
        answers.settle(
            db, petition, actor=alice, settlement=Settlement.REFUSED, reason="No.", now=year
        )

    at_once(pg_engine, by_clock, by_hand)
    with open_session(pg_engine) as db:
        found = db.get_one(Petition, petition.id)
        assert found.state == PetitionState.SETTLED
        assert found.settlement in {Settlement.UNANSWERED, Settlement.REFUSED}
