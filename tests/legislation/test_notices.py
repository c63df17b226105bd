from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlmodel import Session, col, select

from legislation import services
from legislation.models import Bill, BillChange
from notifications.models import Notice, Outcome
from tests.builders import NOW, make_user

OURS = Path(__file__).parent / "data"
Deliver = Callable[[], list[EmailMessage]]


@pytest.fixture
def moved(db: Session, now: object) -> Bill:
    """HR 77, watched by Alice, after a newer file."""
    alice = make_user(db)
    old = (OURS / "hr77-passed-house.xml").read_bytes()
    bill = services.import_bill(db, old, actor=None, now=NOW).bill
    services.watch_bill(db, bill, actor=alice, now=NOW)
    new = (OURS / "hr77-presented.xml").read_bytes()
    services.import_bill(db, new, actor=None, now=NOW)
    db.commit()
    return bill


def test_the_mail_names_the_bill_and_what_changed(
    db: Session, moved: Bill, deliver: Deliver
) -> None:
    [mail] = deliver()
    text = mail.get_content()
    assert mail["To"] == "alice@example.org"
    assert mail["Subject"] == "HR 77: Presented to the President on 25 June 2047"
    assert text.splitlines()[0].startswith("HR 77 of the 130th Congress, ")
    assert "- Passed the Senate on 18 June 2047" in text
    assert "- Presented to the President on 25 June 2047" in text
    assert "Where it stands now: Waiting for the President." in text
    assert f"http://localhost/legislation/{moved.id}" in text
    assert "Stop watching" in text
    assert deliver() == []
    notice = db.exec(select(Notice)).one()
    assert (notice.outcome, notice.path) == (Outcome.SENT, f"/legislation/{moved.id}")


def test_a_long_subject_is_cut(db: Session, moved: Bill, deliver: Deliver) -> None:
    change = db.exec(select(BillChange).where(col(BillChange.bill_id) == moved.id)).one()
    change.changes = [f"New title: {'An act to keep every dream unsold ' * 20}"]
    [mail] = deliver()
    assert len(mail["Subject"]) <= 150
    assert mail["Subject"].endswith("…")


def test_nothing_is_said_of_a_bill_that_is_gone(db: Session, moved: Bill, deliver: Deliver) -> None:
    db.delete(moved)
    assert deliver() == []
    assert db.exec(select(Notice)).one().outcome is Outcome.SKIPPED
