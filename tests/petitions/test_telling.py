"""Telling signatories: whatever they are told of, batch by batch, to each of them exactly once."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from accounts.models import User
from core.database import open_session
from core.settings import Settings
from guilds.models import Guild
from notifications.models import Notice
from petitions import (
    answers,
    delivery,
    dossier,
    erasing,
    jobs,
    life,
    signing,
    telling,
    updates,
)
from petitions.delivery_models import DeliveryWay
from petitions.models import (
    Hold,
    Petition,
    PetitionState,
    Settlement,
    Signature,
    Telling,
)
from petitions.telling import tell_signatories
from tests import processes
from tests.builders import NOW, make_guild, make_petition, make_signature, make_user
from tests.petitions.closing import close, make_dossier
from tests.racing import at_once

HOUR = timedelta(hours=1)
LATER = NOW + timedelta(days=2)
KIND = life.STOPPED


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telling, "BATCH", 2)


@pytest.fixture
def petition(db: Session, guild: Guild, alice: User) -> Petition:
    return make_petition(db, guild, alice)


def readers(db: Session, petition: Petition, count: int) -> list[UUID]:
    """The keys of so many who confirmed and wished to hear of it, in the order of being told."""
    made = [
        make_signature(db, petition, f"reader-{number}@example.org", wants_updates=True).id
        for number in range(count)
    ]
    return sorted(made)


def told(db: Session, kind: str) -> Counter[UUID]:
    """How many notices of a kind each signatory is owed."""
    query = select(Notice.recipient_id).where(Notice.kind == kind, col(Notice.user_id).is_(None))
    return Counter(db.exec(query))


def stop(db: Session, petition: Petition, alice: User) -> None:
    life.stop_petition(db, petition, actor=alice, reason="Enough.", now=LATER)


def hand_over(db: Session, petition: Petition, alice: User) -> None:
    close(db, petition)
    make_dossier(db, petition, now=LATER)
    how = delivery.Handover(DeliveryWay.POST, "The clerk", LATER.date())
    delivery.deliver(db, petition, actor=alice, handover=how, now=LATER)


def answer(db: Session, petition: Petition, alice: User) -> None:
    petition.state, petition.delivered_at = PetitionState.DELIVERED, NOW
    said = answers.Said("We will look.", "The Authority", "https://authority.example")
    answers.note_answer(db, petition, actor=alice, said=said, now=LATER)


def settle(db: Session, petition: Petition, alice: User) -> None:
    petition.state, petition.delivered_at = PetitionState.ANSWERED, NOW
    answers.settle(db, petition, actor=alice, settlement=Settlement.MET, reason="Done.", now=LATER)


def post(db: Session, petition: Petition, alice: User) -> None:
    updates.post_update(db, petition, news=updates.News("Hear", "This."), actor=alice, now=LATER)


@pytest.mark.parametrize(
    ("deed", "kinds"),
    [
        (stop, {life.STOPPED}),
        (hand_over, {dossier.COUNTED, delivery.DELIVERED}),
        (answer, {answers.ANSWER_NEWS}),
        (settle, {answers.SETTLED_NEWS}),
        (post, {updates.POSTED}),
    ],
)
def test_no_deed_waits_for_its_readers_and_the_clock_tells_each_once(
    db: Session,
    petition: Petition,
    alice: User,
    deed: Callable[[Session, Petition, User], None],
    kinds: set[str],
) -> None:
    wished = readers(db, petition, 5)
    deed(db, petition, alice)
    db.commit()
    assert not any(told(db, kind) for kind in kinds), "none within the deed"
    rounds = [jobs.tell_signatories(db, LATER) for _ in range(4)]
    assert rounds == [2 * len(kinds), 2 * len(kinds), len(kinds), 0]
    assert all(told(db, kind) == Counter(wished) for kind in kinds)
    assert db.exec(select(Telling)).all() == []


def test_who_is_gone_by_the_time_of_their_batch_is_not_told(
    db: Session, petition: Petition
) -> None:
    wished = readers(db, petition, 7)
    tell_signatories(db, KIND, petition.id, now=LATER)
    assert jobs.tell_signatories(db, LATER) == 2
    withdrew, removed, ends_news, *others = wished[2:]
    signing.withdraw_signature(db, withdrew, now=LATER)
    db.get_one(Signature, removed).hold = Hold.REMOVED
    updates.want_updates(db, ends_news, wanted=False)
    db.flush()
    while jobs.tell_signatories(db, LATER):
        pass
    assert told(db, KIND) == Counter([*wished[:2], *others])


def test_who_confirms_after_it_happened_is_not_told(db: Session, petition: Petition) -> None:
    before = readers(db, petition, 3)
    tell_signatories(db, KIND, petition.id, now=NOW)
    make_signature(db, petition, "late@example.org", at=NOW + HOUR, wants_updates=True)
    while jobs.tell_signatories(db, LATER):
        pass
    assert told(db, KIND) == Counter(before)


def test_erasing_in_between_ends_it(db: Session, petition: Petition) -> None:
    wished = readers(db, petition, 5)
    tell_signatories(db, KIND, petition.id, now=LATER)
    jobs.tell_signatories(db, LATER)
    erasing.begin(db, petition.id, now=LATER)
    while erasing.erase_some(db, petition.id):
        pass
    assert jobs.tell_signatories(db, LATER) == 0
    assert told(db, KIND) == Counter(wished[:2])
    assert telling.unfinished(db, 9) == []


def test_one_that_fails_does_not_stop_the_others(
    db: Session, guild: Guild, petition: Petition, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_petition(db, guild, title="Another")
    broken, fine = readers(db, petition, 1), readers(db, other, 1)
    tell_signatories(db, KIND, petition.id, now=NOW)
    tell_signatories(db, KIND, other.id, now=LATER)
    db.commit()
    usual = telling.readers

    def fail(petition_id: UUID) -> Any:
        assert petition_id != petition.id
        return usual(petition_id)

    with monkeypatch.context() as patch:
        patch.setattr(telling, "readers", fail)
        assert jobs.tell_signatories(db, LATER) == 1
    assert told(db, KIND) == Counter(fine)
    assert jobs.tell_signatories(db, LATER) == 1
    assert told(db, KIND) == Counter(broken + fine)


#: owes two batches, then stops for ever before the third is committed
STUCK = """
import notifications.services
from core import clock
from core.database import get_engine, open_session
from petitions import jobs, telling
telling.BATCH = 2
owe, count = notifications.services.owe, 0
def stuck(*args, **owed):
    global count
    count += 1
    owe(*args, **owed)
    if count > 2:
        import threading
        print("stuck", flush=True)
        threading.Event().wait()
notifications.services.owe = stuck
with app.app_context(), open_session(get_engine()) as db:
    while jobs.tell_signatories(db, clock.now()):
        pass
"""


def test_after_kill_9_the_rest_is_told_and_nobody_twice(
    db: Session, petition: Petition, settings: Settings
) -> None:
    wished = readers(db, petition, 7)
    tell_signatories(db, KIND, petition.id, now=LATER)
    db.commit()
    worker = processes.start(STUCK, settings)
    assert worker.output.readline() == "stuck\n"
    worker.kill()
    assert told(db, KIND) == Counter(wished[:4])
    db.commit()
    while telling.unfinished(db, 1):
        jobs.tell_signatories(db, LATER)
    assert told(db, KIND) == Counter(wished)


@pytest.mark.postgres
def test_two_clocks_at_once_tell_each_once(pg_engine: Engine) -> None:
    with open_session(pg_engine) as db:
        petition = make_petition(db, make_guild(db, admins=[make_user(db)]))
        wished = readers(db, petition, 9)
        tell_signatories(db, KIND, petition.id, now=LATER)
        db.commit()

    def tick(db: Session) -> int:
        return sum(jobs.tell_signatories(db, LATER) for _ in range(4))

    assert sum(at_once(pg_engine, tick, tick, tick)) <= 9
    with open_session(pg_engine) as db:
        while telling.unfinished(db, 1):
            jobs.tell_signatories(db, LATER)
        assert told(db, KIND) == Counter(wished)
