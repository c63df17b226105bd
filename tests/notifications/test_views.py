from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlmodel import Session

from notifications.models import Notice, Outcome
from tests.builders import NOW, make_user
from tests.conftest import Client


def sent(
    db: Session, user_id: Any, headline: str = "Voting opened", path: str = "/guilds"
) -> Notice:
    notice = Notice(
        recipient_id=user_id, user_id=user_id, kind="a.b", subject_id=uuid4(), due_at=NOW,
        settled_at=NOW, outcome=Outcome.SENT, headline=headline, path=path,
    )  # fmt: skip
    db.add(notice)
    db.flush()
    return notice


def test_the_inbox_shows_my_news_and_following_one_marks_it_read(
    client: Client, db: Session, sign_in: Any, now: Any
) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    notice = sent(db, alice.id, "<b>Voting</b> opened")
    sent(db, bob.id, "For Bob alone")
    sign_in(client, alice)
    page = client.get("/inbox").text
    assert "&lt;b&gt;Voting&lt;/b&gt; opened" in page
    assert "Bob" not in page
    answer = client.post(f"/inbox/{notice.id}")
    assert (answer.status_code, answer.location) == (303, "/guilds")
    assert notice.read_at == NOW


def test_a_notice_of_somebody_else_is_not_there(
    client: Client, db: Session, sign_in: Any, now: Any
) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    notice = sent(db, bob.id)
    sign_in(client, alice)
    assert client.post(f"/inbox/{notice.id}").status_code == 404
    assert notice.read_at is None


def test_a_notice_leads_nowhere_but_here(
    client: Client, db: Session, sign_in: Any, now: Any
) -> None:
    alice = make_user(db)
    notice = sent(db, alice.id, path="//evil.example")
    sign_in(client, alice)
    assert client.post(f"/inbox/{notice.id}").location == "/inbox"


def test_an_empty_inbox_says_what_will_be_there(
    client: Client, db: Session, sign_in: Any, now: Any
) -> None:
    sign_in(client, make_user(db))
    assert "Nothing yet" in client.get("/inbox").text


def test_all_can_be_marked_read_at_once(
    client: Client, db: Session, sign_in: Any, now: Any
) -> None:
    alice = make_user(db)
    notices = [sent(db, alice.id) for _ in range(3)]
    sign_in(client, alice)
    assert client.post("/inbox/read").status_code == 303
    assert [notice.read_at for notice in notices] == [NOW] * 3


def test_old_news_lies_on_the_next_page(
    client: Client, db: Session, sign_in: Any, now: Any
) -> None:
    alice = make_user(db)
    for number in range(40):
        notice = sent(db, alice.id, f"news {number:02d}")
        notice.settled_at = NOW - timedelta(minutes=number)
    sign_in(client, alice)
    page = client.get("/inbox").text
    assert "news 29" in page
    assert "news 30" not in page
    older = page.partition("before=")[2].partition('"')[0]
    assert "news 39" in client.get(f"/inbox?before={older}").text


def test_only_operators_see_how_delivery_stands(
    client: Client, db: Session, sign_in: Any, now: Any
) -> None:
    sign_in(client, make_user(db))
    assert client.get("/operations").status_code == 404
    sign_in(client, make_user(db, "bob", operator=True))
    assert "In good order" in client.get("/operations").text


def test_a_wrong_address_is_no_alarm_and_a_server_that_is_away_is_one(
    client: Client, db: Session, sign_in: Any, now: Any
) -> None:
    operator = make_user(db, "bob", operator=True)
    given_up = sent(db, operator.id)
    given_up.outcome, given_up.last_error = Outcome.FAILED, "refused by the server: 550"
    waits = sent(db, operator.id)
    waits.settled_at, waits.outcome, waits.due_at = None, None, NOW - timedelta(hours=1)
    sign_in(client, operator)
    waits.last_error, waits.claimed_until = "MailDelayed", NOW + timedelta(hours=1)
    db.commit()
    assert "1 mail given up" in client.get("/operations").text
    waits.last_error = "TimeoutError"
    db.commit()
    page = client.get("/operations").text
    assert "Behind" in page
    assert "TimeoutError (1)" in page
