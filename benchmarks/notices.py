"""Notices through SMTP, each composed, sent and marked durably, against bare smtplib.

The bare one builds an EmailMessage of the same text for each mail, sends all of them over one
connection, and keeps no record. Both hand over to the same sink in another process.
"""

import smtplib
import time
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from itertools import count

from flask import Flask
from sqlmodel import col, select

from app import create_app
from benchmarks.measuring import asked_effort, in_turn, report
from benchmarks.places import PETITION, filled_place
from benchmarks.sink import open_sink
from core import clock, settings
from core.database import get_engine, open_session
from core.vault import get_vault
from notifications.delivery import EXTENSION, Post, deliver_due
from notifications.models import Notice
from petitions.models import Petition
from petitions.signing import Signatory, sign_petition

#: mails a round
MAILS = 600


@dataclass(frozen=True)
class Pace:
    per_second: float
    cpu_ms: float


def main() -> None:
    effort = asked_effort(__doc__)
    with filled_place(people=50) as place, open_sink() as port:
        known = settings.load({**place.environment, "GUILDS_SMTP_URL": f"smtp://127.0.0.1:{port}"})
        app = create_app(known)
        with app.app_context():
            body = _body(app)
            _deliver(app)  # what the story owes
            numbers = count()
            ours, bare = in_turn(
                effort.rounds, lambda: _ours(app, numbers), lambda: _bare(port, body)
            )
    names = ("notices sent and marked", "notices, CPU of the sender")
    report(names[0], "mails/s", [pace.per_second for pace in ours], [p.per_second for p in bare])
    report(names[1], "ms/mail", [pace.cpu_ms for pace in ours], [p.cpu_ms for p in bare])


def _ours(app: Flask, numbers: "count[int]") -> Pace:
    """Let people sign, unmeasured; then deliver what they are owed."""
    _sign(numbers)
    began, used = time.perf_counter(), time.process_time()
    sent = _deliver(app)
    taken, used = time.perf_counter() - began, time.process_time() - used
    if sent != MAILS:
        raise RuntimeError(f"{sent} of {MAILS} were sent")
    return Pace(MAILS / taken, used * 1000 / MAILS)


def _sign(numbers: "count[int]") -> None:
    with open_session(get_engine()) as db:
        petition = db.exec(select(Petition).where(Petition.title == PETITION)).one()
        for _ in range(MAILS):
            person = Signatory(name="Somebody", address=f"person{next(numbers)}@example.org")
            sign_petition(db, petition, signatory=person, vault=get_vault(), now=clock.now())
        db.commit()


def _deliver(app: Flask) -> int:
    with open_session(get_engine()) as db:
        return deliver_due(db, app.extensions[EXTENSION], clock.now())


def _body(app: Flask) -> str:
    """The text of one of our mails."""
    _sign(count(10**9))
    post: Post = app.extensions[EXTENSION]
    with open_session(get_engine()) as db:
        notice = db.exec(select(Notice).where(col(Notice.settled_at).is_(None))).first()
        assert notice is not None
        message = post.composers[notice.kind](db, notice, post.writer)
        assert message is not None
        return message.body


def _bare(port: int, body: str) -> Pace:
    began, used = time.perf_counter(), time.process_time()
    with smtplib.SMTP("127.0.0.1", port) as connection:
        for number in range(MAILS):
            mail = EmailMessage(policy=SMTP)
            mail["Subject"] = f"Confirm your signature: {PETITION}"
            mail["From"] = "guilds@example.org"
            mail["To"] = f"person{number}@example.org"
            mail["Message-ID"] = f"<{number}@example.org>"
            mail.set_content(body)
            connection.send_message(mail)
    taken, used = time.perf_counter() - began, time.process_time() - used
    return Pace(MAILS / taken, used * 1000 / MAILS)


if __name__ == "__main__":
    main()
