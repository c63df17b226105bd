from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlmodel import Session

from accounts.models import User
from events import attendances, services
from events.models import Event
from guilds.models import Guild
from tests.builders import NOW, event_facts, make_event, make_guest, make_user
from tests.conftest import Clock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MINUTE = timedelta(minutes=1)
Deliver = Callable[[], list[EmailMessage]]

pytestmark = pytest.mark.usefixtures("clock_at")


@pytest.fixture
def alice(db: Session) -> User:
    return make_user(db, "alice", time_zone="Europe/Madrid", discreet=False)


@pytest.fixture
def bob(db: Session) -> User:
    return make_user(db, "bob", time_zone="Asia/Kathmandu")


@pytest.fixture
def march(db: Session, guild: Guild, alice: User, bob: User) -> Event:
    return make_event(db, guild, alice, attendees=[alice, bob])


def test_reminders_come_at_their_minute_in_each_persons_time(
    db: Session, march: Event, clock_at: Clock, deliver: Deliver
) -> None:
    guest = make_guest(db, march)
    start = march.starts_at
    clock_at(start - DAY - MINUTE)
    assert deliver() == []
    clock_at(start - DAY)
    to_alice, to_bob, to_guest = deliver()
    assert to_alice["Subject"].startswith("Reminder: March for free sleep")
    assert "Tue 10 March 2026, 18:00 in Lisbon, 19:00 for you" in to_alice.get_content()
    assert "- A lantern" in to_alice.get_content()
    assert to_bob["Subject"] == to_guest["Subject"] == "A reminder"
    assert "something you said yes to" in to_bob.get_content().lower()
    assert "Tue 10 March 2026, 23:45 (Kathmandu)" in to_bob.get_content()
    assert f"http://localhost/events/{march.id}" in to_bob.get_content()
    assert "18:00 (Lisbon)" in to_guest.get_content()
    assert "http://localhost/attendances/" in to_guest.get_content()
    assert deliver() == []
    clock_at(start - 2 * HOUR)
    assert [mail["To"] for mail in deliver()] == [to_alice["To"], to_bob["To"], to_guest["To"]]
    clock_at(start + DAY)
    assert deliver() == []
    assert guest.address_sealed


@pytest.mark.parametrize("deed", ["reminder", "changed", "cancelled"])
def test_discreet_mails_name_neither_title_nor_place_nor_guild(
    db: Session, march: Event, alice: User, clock_at: Clock, deliver: Deliver, deed: str
) -> None:
    if deed == "reminder":
        clock_at(march.starts_at - DAY)
    elif deed == "changed":
        facts = event_facts(place_name="Town hall", starts_at=march.starts_at + HOUR)
        services.edit_event(db, march, facts=facts, actor=alice, now=NOW)
    else:
        services.cancel_event(db, march, actor=alice, reason="Storm.", now=NOW)
    mail = next(mail for mail in deliver() if "bob" in mail["To"])
    text = mail["Subject"] + mail.get_content()
    for telling in ("March for", "Praça", "Town hall", "Lisbon", "River", "Storm", "lantern"):
        assert telling not in text
    assert "Kathmandu" in text


def test_a_change_is_told_by_what_it_was_and_what_it_is(
    db: Session, march: Event, alice: User, deliver: Deliver
) -> None:
    facts = event_facts(place_name="Town hall", starts_at=march.starts_at + HOUR)
    services.edit_event(db, march, facts=facts, actor=alice, now=NOW)
    mail = deliver()[0]
    assert mail["Subject"] == "New time and place: March for free sleep"
    text = mail.get_content()
    assert "When: Tue 10 March 2026, 19:00 in Lisbon, 20:00 for you, until 21:00 in Lisbon" in text
    assert "(was: Tue 10 March 2026, 18:00 in Lisbon" in text
    assert "Where: Town hall, Praça Nova 1" in text
    assert "(was: Fountain on Praça Nova, Praça Nova 1)" in text
    assert deliver() == []


def test_a_new_place_alone_leaves_the_time_as_before(
    db: Session, march: Event, alice: User, deliver: Deliver
) -> None:
    facts = event_facts(place_name="Town hall")
    services.edit_event(db, march, facts=facts, actor=alice, now=NOW)
    mail = deliver()[0]
    assert mail["Subject"] == "New place: March for free sleep"
    assert "When, as before: Tue 10 March 2026, 18:00 in Lisbon" in mail.get_content()


def test_what_was_changed_back_before_the_mail_went_out_is_not_told(
    db: Session, march: Event, alice: User, clock_at: Clock, deliver: Deliver
) -> None:
    facts = event_facts(place_name="Town hall")
    services.edit_event(db, march, facts=facts, actor=alice, now=NOW)
    later = clock_at.move(MINUTE)
    services.edit_event(db, march, facts=event_facts(), actor=alice, now=later)
    assert [mail["To"] for mail in deliver()] == ["alice@example.org", "bob@example.org"]


def test_moved_reminders_come_at_the_new_hour(
    db: Session, march: Event, alice: User, clock_at: Clock, deliver: Deliver
) -> None:
    old = march.starts_at
    facts = event_facts(starts_at=old + 5 * HOUR)
    services.edit_event(db, march, facts=facts, actor=alice, now=NOW)
    assert len(deliver()) == 2
    clock_at(old - DAY)
    assert deliver() == []
    clock_at(old - DAY + 5 * HOUR)
    assert len(deliver()) == 2


def test_a_cancellation_comes_at_once_and_is_the_last_mail(
    db: Session, march: Event, alice: User, clock_at: Clock, deliver: Deliver
) -> None:
    services.cancel_event(db, march, actor=alice, reason="Storm.", now=NOW)
    to_alice, to_bob = deliver()
    assert to_alice["Subject"] == "Cancelled: March for free sleep"
    assert "Why: Storm." in to_alice.get_content()
    assert to_bob["Subject"] == "Something you said yes to is cancelled"
    clock_at(march.starts_at - HOUR)
    assert deliver() == []


def test_who_left_gets_nothing_more(
    db: Session, march: Event, bob: User, clock_at: Clock, deliver: Deliver
) -> None:
    mine = attendances.attend(db, march, actor=bob, agreed=True, now=NOW)
    attendances.decline(db, mine, now=NOW)
    clock_at(march.starts_at - HOUR)
    assert [mail["To"] for mail in deliver()] == ["alice@example.org"]


def test_after_a_long_outage_only_what_is_still_useful_is_sent(
    db: Session, march: Event, clock_at: Clock, deliver: Deliver
) -> None:
    clock_at(march.starts_at - HOUR)
    assert len(deliver()) == 2, "one reminder each, not two"
    clock_at(march.starts_at + MINUTE)
    assert deliver() == []


def test_a_guest_who_comes_already_is_told_so_in_a_mail(
    db: Session, march: Event, deliver: Deliver
) -> None:
    make_guest(db, march)
    make_guest(db, march, confirmed=False)
    [mail] = deliver()
    assert mail["Subject"] == "Please look at this"
    assert "You had said yes before" in mail.get_content()
