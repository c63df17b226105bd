from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlmodel import Session, col, select, update

from core import clock
from core.mail import Message, Writer
from core.settings import Settings
from notifications import delivery
from notifications.delivery import LEASE, RETRY_AFTER
from notifications.models import Notice, Outcome
from notifications.services import drop, owe
from tests import processes
from tests.builders import NOW, make_user
from tests.conftest import Clock
from tests.postoffice import PostOffice

Deliver = Callable[[], list[EmailMessage]]


def news(_db: Session, notice: Notice, _writer: Writer) -> Message:
    """A mail that tells who looks over the shoulder nothing, if that is wished."""
    return Message(
        subject=f"March at nine {notice.subject_id}",
        body="Come to the bridge.\n",
        path="/events",
        discreet_subject="Something waits for you",
        discreet_body="Sign in to read it.\n",
    )


def nothing(_db: Session, _notice: Notice, _writer: Writer) -> None:
    return None


def broken(_db: Session, _notice: Notice, _writer: Writer) -> Message:
    raise ValueError("no such template")


@pytest.fixture(autouse=True)
def kinds(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    composers = {"trial.news": news, "trial.nothing": nothing, "trial.broken": broken}
    post = app.extensions[delivery.EXTENSION]
    for kind, compose in composers.items():
        monkeypatch.setitem(post.composers, kind, compose)


def owed(db: Session, user_id: UUID, kind: str = "trial.news", count: int = 1) -> None:
    for _ in range(count):
        owe(db, kind, subject_id=uuid4(), due_at=NOW, user_ids=[user_id])
    db.commit()


def the_notice(db: Session) -> Notice:
    return db.exec(select(Notice)).one()


def test_a_notice_is_sent_when_due_and_once(
    db: Session, smtp: PostOffice, deliver: Deliver, clock_at: Clock
) -> None:
    alice = make_user(db, discreet=False)
    owe(
        db,
        "trial.news",
        subject_id=uuid4(),
        due_at=NOW + timedelta(minutes=1),
        user_ids=[alice.id],
    )
    assert deliver() == []
    clock_at.move(timedelta(minutes=1))
    (mail,) = deliver()
    assert mail["To"] == "alice@example.org"
    assert "March at nine" in mail["Subject"]
    notice = the_notice(db)
    assert mail["Message-ID"] == f"<{notice.id}@localhost>"
    assert (notice.outcome, notice.settled_at) == (Outcome.SENT, clock.now())
    assert notice.path == "/events"
    clock_at.move(timedelta(days=1))
    assert deliver() == []
    assert len(smtp.mails) == 1


def test_a_discreet_mail_says_nothing_telling(db: Session, deliver: Deliver, now: Any) -> None:
    owed(db, make_user(db).id)
    (mail,) = deliver()
    assert mail["Subject"] == "Something waits for you"
    text = mail.as_string()
    for telling in ("March", "bridge", "event"):
        assert telling not in text
    assert "March at nine" in the_notice(db).headline


def test_nothing_is_kept_of_a_mail_to_who_has_no_inbox(
    db: Session, app: Flask, deliver: Deliver, monkeypatch: pytest.MonkeyPatch, now: Any
) -> None:
    def link(*_: Any) -> Message:
        return Message("Confirm it", "…", path="/reset/whoever-has-this", to="dora@example.org")

    monkeypatch.setitem(app.extensions[delivery.EXTENSION].composers, "trial.link", link)
    owe(db, "trial.link", subject_id=uuid4(), due_at=NOW, recipient_id=uuid4())
    assert len(deliver()) == 1
    notice = the_notice(db)
    assert notice.outcome == Outcome.SENT
    assert (notice.headline, notice.path) == ("", "")


def test_what_is_no_longer_true_is_not_sent(db: Session, deliver: Deliver, now: Any) -> None:
    owed(db, make_user(db).id, "trial.nothing")
    assert deliver() == []
    assert the_notice(db).outcome == Outcome.SKIPPED


def test_one_broken_notice_does_not_stop_the_rest(
    db: Session, deliver: Deliver, now: Any, caplog: pytest.LogCaptureFixture
) -> None:
    alice = make_user(db)
    owed(db, alice.id, "trial.broken")
    owed(db, alice.id, "trial.unknown")
    owed(db, alice.id)
    assert len(deliver()) == 1
    waiting = db.exec(select(Notice).where(col(Notice.settled_at).is_(None))).all()
    assert sorted(str(notice.last_error) for notice in waiting) == ["KeyError", "ValueError"]
    assert "alice" not in caplog.text


def test_while_the_mail_server_is_away_notices_wait(
    db: Session, smtp: PostOffice, deliver: Deliver, clock_at: Clock
) -> None:
    owed(db, make_user(db).id, count=3)
    smtp.close()
    assert deliver() == []
    notices = db.exec(select(Notice)).all()
    assert sorted(notice.attempts for notice in notices) == [0, 0, 1]
    smtp.open()
    assert len(deliver()) == 2
    clock_at.move(RETRY_AFTER[0] + timedelta(seconds=1))
    assert len(deliver()) == 1


def test_a_refused_recipient_fails_at_once_and_alone(
    db: Session, smtp: PostOffice, deliver: Deliver, now: Any
) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    smtp.answers["alice@example.org"] = "550 no such mailbox"
    owed(db, alice.id)
    owed(db, bob.id)
    (mail,) = deliver()
    assert mail["To"] == "bob@example.org"
    failed = db.exec(select(Notice).where(Notice.user_id == alice.id)).one()
    assert failed.outcome == Outcome.FAILED
    assert "alice" not in str(failed.last_error)


def test_a_mailbox_that_is_full_is_tried_for_a_day_and_given_up(
    db: Session, smtp: PostOffice, deliver: Deliver, clock_at: Clock
) -> None:
    smtp.answers["alice@example.org"] = "452 mailbox full"
    owed(db, make_user(db).id)
    tries = 0
    while the_notice(db).outcome is None:
        before = the_notice(db).attempts
        deliver()
        tries += the_notice(db).attempts - before
        clock_at.move(timedelta(minutes=1))
        assert clock.now() - NOW < timedelta(days=2)
    assert tries == len(RETRY_AFTER) + 1
    assert the_notice(db).outcome == Outcome.FAILED
    assert smtp.mails == []


def test_more_than_a_batch_goes_out_in_one_round(
    db: Session, smtp: PostOffice, deliver: Deliver, now: Any
) -> None:
    owed(db, make_user(db).id, count=delivery.BATCH + 7)
    assert len(deliver()) == delivery.BATCH + 7


def test_what_fell_due_last_does_not_wait_for_a_long_queue(
    db: Session, app: Flask, deliver: Deliver, monkeypatch: pytest.MonkeyPatch, now: Any
) -> None:
    monkeypatch.setattr(delivery, "BATCH", 5)
    user = make_user(db)
    owed(db, user.id, count=30)
    link = uuid4()
    owe(db, "trial.news", subject_id=link, due_at=NOW, user_ids=[user.id])
    db.connection().execute(
        update(Notice).where(col(Notice.subject_id) != link).values(due_at=NOW - LEASE)
    )
    sent: list[UUID] = []

    def noting(db: Session, notice: Notice, writer: Writer) -> Message:
        sent.append(notice.subject_id)
        return news(db, notice, writer)

    monkeypatch.setitem(app.extensions[delivery.EXTENSION].composers, "trial.news", noting)
    assert len(deliver()) == 31
    assert sent.index(link) < 10


def test_no_transaction_is_open_while_a_mail_is_sent(
    db: Session, app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = make_user(db)
    owed(db, alice.id, count=2)
    post = app.extensions[delivery.EXTENSION]
    open_at_sending: list[bool] = []

    def look(**_mail: Any) -> None:
        open_at_sending.append(db.in_transaction())

    monkeypatch.setattr(post.mailer, "send", look)
    assert delivery.deliver_due(db, post, now) == 2
    assert open_at_sending == [False, False]


def test_what_is_dropped_after_it_was_claimed_is_not_sent(
    db: Session, app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice = make_user(db)
    owed(db, alice.id, count=2)
    post = app.extensions[delivery.EXTENSION]
    subjects = db.exec(select(Notice.subject_id)).all()
    sent: list[UUID] = []

    def drop_the_other(*, row_id: UUID, **_mail: Any) -> None:
        sent.append(row_id)
        for subject_id in subjects:
            drop(db, subject_id=subject_id, kinds=["trial.news"])
        db.commit()

    monkeypatch.setattr(post.mailer, "send", drop_the_other)
    delivery.deliver_due(db, post, now)
    assert len(sent) == 1


def test_a_claim_that_ran_out_cannot_settle(db: Session, app: Flask, now: Any) -> None:
    owed(db, make_user(db).id)
    (notice,) = delivery.claim(db, "slow", NOW)
    (again,) = delivery.claim(db, "quick", NOW + LEASE + timedelta(seconds=1))
    assert again.id == notice.id
    assert not delivery._settle(db, notice, "slow", Outcome.SENT)
    assert delivery._settle(db, notice, "quick", Outcome.SENT)


# --- processes ---

COMPOSER = """
from notifications import delivery
from core.mail import Message
def news(db, notice, writer):
    return Message(subject=str(notice.id), body="News.", path="/events")
app.extensions[delivery.EXTENSION].composers["trial.news"] = news
"""
ROUND = (
    COMPOSER
    + """
from core import clock
from core.database import get_engine, open_session
with app.app_context(), open_session(get_engine()) as db:
    post = app.extensions[delivery.EXTENSION]
    print(json.dumps(delivery.deliver_due(db, post, clock.now())))
"""
)
#: sends ten mails, then stops for ever in the middle of the eleventh
STUCK = (
    COMPOSER
    + """
import threading
from core.mail import Mailer
send, count = Mailer.send, 0
def stuck(self, **mail):
    global count
    count += 1
    if count > 10:
        print("stuck", flush=True)
        threading.Event().wait()
    send(self, **mail)
Mailer.send = stuck
"""
    + ROUND.removeprefix(COMPOSER)
)


def test_several_schedulers_deliver_each_notice_once(
    db: Session, smtp: PostOffice, settings: Settings
) -> None:
    owed(db, make_user(db, discreet=False).id, count=120)
    workers = [processes.start(ROUND, settings) for _ in range(3)]
    settled = [worker.result() for worker in workers]
    assert sum(settled) == 120
    subjects = [mail["Subject"] for mail in smtp.mails]
    assert len(subjects) == len(set(subjects)) == 120


def test_after_kill_9_the_rest_arrives_and_nothing_is_settled_twice(
    db: Session, smtp: PostOffice, settings: Settings, deliver: Deliver, clock_at: Clock
) -> None:
    owed(db, make_user(db, discreet=False).id, count=30)
    worker = processes.start(STUCK, settings)
    assert worker.output.readline() == "stuck\n"
    worker.kill()
    assert len(smtp.mails) == 10

    clock_at(clock_of_claims(db) - timedelta(seconds=1))
    assert deliver() == []  # the dead process still holds its claims
    clock_at.move(timedelta(seconds=2))
    assert len(deliver()) == 20
    notices = db.exec(select(Notice)).all()
    assert {notice.outcome for notice in notices} == {Outcome.SENT}
    assert len({mail["Message-ID"] for mail in smtp.mails}) == 30


def clock_of_claims(db: Session) -> Any:
    """When the last claim of the dead process ends."""
    db.expire_all()
    ends = [n.claimed_until for n in db.exec(select(Notice)) if n.settled_at is None]
    db.commit()
    return max(end for end in ends if end is not None)
