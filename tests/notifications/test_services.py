from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, col, select

from accounts.models import User
from core.wire import wire_of
from notifications import queries, services
from notifications.models import Notice, Outcome
from notifications.services import drop, forget_old, mark_read, move, owe, owe_each
from tests.builders import NOW, make_user

LATER = NOW + timedelta(hours=1)


def test_owing_twice_is_owing_once(db: Session) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    subject = uuid4()
    assert owe(db, "a.b", subject_id=subject, due_at=LATER, user_ids=[alice.id]) == 1
    assert owe(db, "a.b", subject_id=subject, due_at=LATER, user_ids=[alice.id, bob.id]) == 1
    assert owe(db, "a.c", subject_id=subject, due_at=LATER, user_ids=[alice.id]) == 1
    assert owe(db, "a.b", subject_id=subject, due_at=NOW, user_ids=[alice.id]) == 1
    assert owe(db, "a.b", subject_id=subject, due_at=LATER, user_ids=[]) == 0
    assert len(db.exec(select(Notice)).all()) == 4


def test_very_many_are_owed_in_one_statement_as_if_one_by_one(db: Session) -> None:
    people = [make_user(db, handle) for handle in ("alice", "bob", "dora")]
    subject = uuid4()
    owe(db, "a.b", subject_id=subject, due_at=LATER, user_ids=[people[0].id])
    chosen = {"user_id": col(User.id), "where": col(User.handle) != "dora"}
    assert owe_each(db, "a.b", subject_id=subject, due_at=LATER, **chosen) == 1
    assert owe_each(db, "a.b", subject_id=subject, due_at=LATER, **chosen) == 0
    by_one, by_set = db.exec(select(Notice).order_by(col(Notice.user_id) == people[1].id)).all()
    assert by_set.user_id == by_set.recipient_id == people[1].id
    assert by_set.id != by_one.id
    assert by_set.due_at == by_one.due_at == LATER
    differ = {"id", "user_id", "recipient_id"}
    assert by_set.model_dump(exclude=differ) == by_one.model_dump(exclude=differ)


def test_someone_without_an_account_is_owed_by_key(db: Session) -> None:
    signature = uuid4()
    for _ in range(2):
        owe(db, "a.b", subject_id=signature, due_at=NOW, recipient_id=signature)
    (notice,) = db.exec(select(Notice)).all()
    assert (notice.recipient_id, notice.user_id) == (signature, None)


def test_what_is_owed_can_be_dropped_for_all_or_for_one(db: Session) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    subject, other = uuid4(), uuid4()
    people = [alice.id, bob.id]
    owe(db, "a.b", subject_id=subject, due_at=LATER, user_ids=people)
    owe(db, "a.c", subject_id=subject, due_at=LATER, user_ids=people)
    owe(db, "a.b", subject_id=other, due_at=LATER, user_ids=people)
    assert drop(db, subject_id=subject, kinds=["a.b"], recipient_id=bob.id) == 1
    assert drop(db, subject_id=subject, kinds=["a.b", "a.c"]) == 3
    assert len(db.exec(select(Notice)).all()) == 2


def test_what_was_sent_is_neither_dropped_nor_moved(db: Session) -> None:
    alice = make_user(db)
    subject = uuid4()
    owe(db, "a.b", subject_id=subject, due_at=NOW, user_ids=[alice.id])
    notice = db.exec(select(Notice)).one()
    notice.settled_at, notice.outcome = NOW, Outcome.SENT
    db.add(notice)
    db.flush()
    assert drop(db, subject_id=subject, kinds=["a.b"]) == 0
    assert move(db, subject_id=subject, kind="a.b", due_at=LATER) == 0


def test_a_moved_notice_loses_its_claim(db: Session) -> None:
    alice = make_user(db)
    subject = uuid4()
    owe(db, "a.b", subject_id=subject, due_at=NOW, user_ids=[alice.id])
    notice = db.exec(select(Notice)).one()
    notice.claimed_by, notice.claimed_until, notice.attempts = "me", LATER, 3
    db.add(notice)
    db.flush()
    assert move(db, subject_id=subject, kind="a.b", due_at=LATER) == 1
    db.expire_all()
    moved = db.exec(select(Notice)).one()
    assert (moved.due_at, moved.claimed_by, moved.attempts) == (LATER, None, 0)


def test_an_erased_account_is_owed_nothing(db: Session) -> None:
    alice = make_user(db)
    owe(db, "a.b", subject_id=uuid4(), due_at=LATER, user_ids=[alice.id])
    db.delete(alice)
    db.commit()
    assert db.exec(select(Notice)).all() == []


def sent(db: Session, user_id: UUID, number: int) -> None:
    at = NOW + timedelta(minutes=number)
    db.add(
        Notice(
            recipient_id=user_id, user_id=user_id, kind="a.b", subject_id=uuid4(), due_at=at,
            settled_at=at, outcome=Outcome.SENT, headline=f"news {number}", path="/guilds",
        )
    )  # fmt: skip


def test_the_inbox_is_read_page_by_page_and_only_by_its_owner(db: Session) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    for number in range(queries.PAGE + 5):
        sent(db, alice.id, number)
    sent(db, bob.id, 1)
    owe(db, "a.b", subject_id=uuid4(), due_at=LATER, user_ids=[alice.id])
    db.flush()
    first = queries.inbox(db, alice.id)
    assert len(first) == queries.PAGE + 1
    last = first[queries.PAGE - 1]
    assert last.settled_at is not None
    rest = queries.inbox(db, alice.id, before=(last.settled_at, last.id))
    headlines = [notice.headline for notice in [*first[: queries.PAGE], *rest]]
    assert headlines == [f"news {n}" for n in reversed(range(queries.PAGE + 5))]
    assert queries.unread_count(wire_of(db), alice.id) == queries.PAGE + 5
    assert mark_read(db, alice.id, now=NOW, notice_id=last.id) == 1
    assert mark_read(db, alice.id, now=NOW) == queries.PAGE + 4
    assert queries.unread_count(wire_of(db), alice.id) == 0
    assert queries.unread_count(wire_of(db), bob.id) == 1


def test_old_notices_are_forgotten(db: Session) -> None:
    alice = make_user(db)
    sent(db, alice.id, 0)
    owe(db, "a.b", subject_id=uuid4(), due_at=NOW, user_ids=[alice.id])
    db.flush()
    assert forget_old(db, now=NOW + services.KEPT_FOR) == 0
    assert forget_old(db, now=NOW + services.KEPT_FOR + timedelta(seconds=1)) == 1
    assert len(db.exec(select(Notice)).all()) == 1


def test_the_backlog_tells_what_waits_and_what_was_given_up(db: Session) -> None:
    alice = make_user(db)
    for hours in (-2, -1, 1):
        owe(
            db,
            "a.b",
            subject_id=uuid4(),
            due_at=NOW + timedelta(hours=hours),
            user_ids=[alice.id],
        )
    backlog = queries.backlog(db, now=NOW, failed_since=NOW - timedelta(days=1))
    assert (backlog.due_count, backlog.failed_count) == (2, 0)
    assert backlog.oldest_due_at == NOW - timedelta(hours=2)
    assert backlog.is_behind


@pytest.mark.parametrize(
    ("error", "tries_again", "is_behind"),
    [
        (None, None, False),
        ("MailDelayed", timedelta(hours=6), False),
        ("TimeoutError", timedelta(minutes=1), True),
        ("MailDelayed", timedelta(minutes=-20), True),
    ],
)
def test_a_backlog_is_behind_if_nobody_delivers_or_the_server_is_away(
    db: Session, error: str | None, tries_again: timedelta | None, is_behind: bool
) -> None:
    alice = make_user(db)
    due_at = NOW - timedelta(hours=9 if error else 0)
    owe(db, "a.b", subject_id=uuid4(), due_at=due_at, user_ids=[alice.id])
    notice = db.exec(select(Notice)).one()
    notice.last_error, notice.claimed_until = error, NOW + tries_again if tries_again else None
    db.add(notice)
    db.flush()
    backlog = queries.backlog(db, now=NOW, failed_since=NOW)
    assert (backlog.due_count, backlog.is_behind) == (1, is_behind)
    is_put_off = tries_again is not None and tries_again > timedelta(0)
    assert backlog.reasons == (f"{error} (1)" if is_put_off else "")
