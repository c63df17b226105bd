import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from accounts.models import User
from core.database import open_session
from core.errors import RuleBroken
from events import attendances, jobs, queries, rules
from events.models import Attendance, AttendanceStatus, Event, EventState, Visibility
from guilds.models import Guild
from notifications.models import Notice
from tests.builders import NOW, VAULT, make_event, make_guest, make_user

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def march(db: Session, guild: Guild, alice: User) -> Event:
    return make_event(db, guild, alice)


def attend(db: Session, event: Event, user: User, *, now: datetime = NOW) -> Attendance:
    return attendances.attend(db, event, actor=user, agreed=True, now=now)


def owed(db: Session, event: Event, recipient_id: UUID) -> list[str]:
    query = select(Notice.kind).where(
        Notice.subject_id == event.id,
        Notice.recipient_id == recipient_id,
        col(Notice.settled_at).is_(None),
    )
    return sorted(db.exec(query))


REMINDERS = sorted(rules.REMINDERS)


def test_a_yes_counts_once_and_owes_both_reminders(db: Session, march: Event, bob: User) -> None:
    for _ in range(2):
        attend(db, march, bob)
    assert march.attending_count == 1
    assert owed(db, march, bob.id) == REMINDERS
    assert [e.id for e in queries.my_upcoming(db, bob, NOW, 5)] == [march.id]


def test_who_says_yes_late_is_owed_what_lies_ahead(db: Session, march: Event, bob: User) -> None:
    attend(db, march, bob, now=march.starts_at - 5 * HOUR)
    assert owed(db, march, bob.id) == ["events.starts_soon"]


def test_a_yes_needs_the_agreement(db: Session, march: Event, bob: User) -> None:
    with pytest.raises(RuleBroken, match="agrees"):
        attendances.attend(db, march, actor=bob, agreed=False, now=NOW)
    assert march.attending_count == 0


def test_nobody_comes_to_what_is_over_cancelled_or_not_theirs(
    db: Session, guild: Guild, march: Event, alice: User, bob: User
) -> None:
    cancelled = make_event(db, guild, alice, state=EventState.CANCELLED)
    draft = make_event(db, guild, alice, state=EventState.DRAFT)
    inner = make_event(db, guild, alice, visibility=Visibility.GUILD)
    charlie = make_user(db, "charlie")
    for event, user, now in (
        (march, bob, march.ends_at),
        (cancelled, bob, NOW),
        (draft, alice, NOW),
        (inner, charlie, NOW),
    ):
        with pytest.raises(RuleBroken):
            attend(db, event, user, now=now)
    with pytest.raises(RuleBroken):
        make_guest(db, inner)


def test_leaving_drops_everything_and_coming_back_is_possible(
    db: Session, march: Event, bob: User
) -> None:
    mine = attend(db, march, bob)
    for _ in range(2):
        attendances.decline(db, mine, now=NOW)
    assert (march.attending_count, owed(db, march, bob.id)) == (0, [])
    assert queries.my_upcoming(db, bob, NOW, 5) == []
    attend(db, march, bob)
    assert (march.attending_count, owed(db, march, bob.id)) == (1, REMINDERS)


def test_a_guest_counts_from_the_confirmation_on(db: Session, march: Event) -> None:
    guest = make_guest(db, march, confirmed=False)
    assert march.attending_count == 0
    assert owed(db, march, guest.id) == ["events.confirm_guest"]
    assert "dora" not in guest.address_sealed
    for _ in range(2):
        attendances.confirm_guest(db, guest, now=NOW)
    assert march.attending_count == 1
    assert guest.status is AttendanceStatus.ACCEPTED
    assert set(REMINDERS) <= set(owed(db, march, guest.id))


def test_asking_again_owes_a_mail_whatever_was_said_before(db: Session, march: Event) -> None:
    first = make_guest(db, march, nickname="Dora")
    attendances.decline(db, make_guest(db, march, "eve@example.org"), now=NOW)
    for address in ("DORA@example.org", "eve@example.org", "new@example.org"):
        guest = make_guest(db, march, address, nickname="Other", confirmed=False, now=NOW + HOUR)
        assert "events.confirm_guest" in owed(db, march, guest.id)
    db.refresh(first)
    assert (first.nickname, first.status) == ("Dora", AttendanceStatus.ACCEPTED)
    assert march.attending_count == 1
    assert len(db.exec(select(Attendance)).all()) == 3


def test_a_yes_stands_as_its_owner_gave_it_whoever_asks_again(db: Session, march: Event) -> None:
    dora = make_guest(db, march)
    sealed = dora.address_sealed
    guest = attendances.Guest("Dora@example.org", "Somebody else", "UTC")
    attendances.attend_as_guest(db, march, guest=guest, agreed=True, vault=VAULT, now=NOW)
    assert (dora.nickname, dora.time_zone) == ("Dora", "Europe/Lisbon")
    assert dora.status is AttendanceStatus.ACCEPTED
    assert dora.address_sealed != sealed, "as much is written as for anybody"
    assert VAULT.unseal(dora.address_sealed) == "dora@example.org"


def test_a_guest_cannot_be_followed_to_another_event(
    db: Session, guild: Guild, alice: User, march: Event
) -> None:
    vigil = make_event(db, guild, alice, title="Vigil")
    assert make_guest(db, march).address_hash != make_guest(db, vigil).address_hash


def test_a_guest_cannot_confirm_what_was_cancelled_meanwhile(
    db: Session, march: Event, alice: User
) -> None:
    guest = make_guest(db, march, confirmed=False)
    march.state = EventState.CANCELLED
    db.add(march)
    db.flush()
    with pytest.raises(RuleBroken):
        attendances.confirm_guest(db, guest, now=NOW)


def test_erasing_an_account_takes_its_yes_off_the_count(
    db: Session, guild: Guild, march: Event, alice: User, bob: User
) -> None:
    other = make_event(db, guild, alice, attendees=[alice, bob])
    attend(db, march, bob)
    attendances.decline(db, attend(db, march, alice), now=NOW)
    attendances.release_places(bob, db=db, now=NOW)
    db.delete(bob)
    db.flush()
    db.expire_all()
    assert (march.attending_count, other.attending_count) == (0, 1)
    assert {row.user_id for row in db.exec(select(Attendance))} == {alice.id}


def test_who_leaves_the_guild_leaves_its_inner_events_alone(
    db: Session, guild: Guild, march: Event, alice: User, bob: User
) -> None:
    inner = make_event(db, guild, alice, attendees=[bob], visibility=Visibility.GUILD)
    attend(db, march, bob)
    attendances.release_places_in_guild(guild, user_id=bob.id, db=db, now=NOW)
    assert (inner.attending_count, march.attending_count) == (0, 1)
    assert owed(db, inner, bob.id) == []


def test_the_export_tells_a_person_what_they_said(db: Session, march: Event, bob: User) -> None:
    attend(db, march, bob)
    section, rows = attendances.export(bob, db=db)
    assert section == "events"
    assert [(row["event"], row["status"]) for row in rows] == [(march.title, "accepted")]


def test_who_came_is_forgotten_a_week_after_the_end_and_counts_stay(
    db: Session, guild: Guild, march: Event, alice: User, bob: User
) -> None:
    attend(db, march, bob)
    make_guest(db, march)
    later = make_event(db, guild, alice, attendees=[bob], starts_at=march.starts_at + 9 * DAY)
    sent = db.exec(select(Notice).where(Notice.subject_id == march.id)).first()
    assert sent is not None
    sent.settled_at = march.starts_at
    db.add(sent)
    db.commit()
    assert jobs.forget_attendances(db, march.ends_at + 7 * DAY) == 0
    assert jobs.forget_attendances(db, march.ends_at + 7 * DAY + HOUR) == 2
    db.expire_all()
    assert {row.event_id for row in db.exec(select(Attendance))} == {later.id}
    assert {row.subject_id for row in db.exec(select(Notice))} == {later.id}
    assert march.attending_count == 2


def test_an_address_that_nobody_confirms_is_deleted(db: Session, march: Event) -> None:
    make_guest(db, march, confirmed=False)
    make_guest(db, march, "eve@example.org")
    db.commit()
    assert jobs.forget_attendances(db, NOW + 3 * DAY) == 0
    assert jobs.forget_attendances(db, NOW + 3 * DAY + HOUR) == 1
    assert march.attending_count == 1


# At the same instant, on a real PostgreSQL


def at_once(engine: Engine, *deeds: Callable[[Session], Any]) -> None:
    """Run each deed in a thread with a session of its own, all starting together."""
    gate = threading.Barrier(len(deeds))

    def run(deed: Callable[[Session], Any]) -> None:
        with open_session(engine) as db:
            gate.wait()
            deed(db)
            db.commit()

    with ThreadPoolExecutor(len(deeds)) as pool:
        list(pool.map(run, deeds))


def accepted_count(db: Session, event: Event) -> int:
    accounts, guests = queries.attending(db, event.id)
    return len(accounts) + len(guests)


def yes(event: Event, user: User) -> Callable[[Session], Any]:
    return lambda db: attend(db, db.get_one(Event, event.id), user)


@pytest.mark.postgres
def test_many_people_at_once_are_all_counted(db: Session, engine: Engine, march: Event) -> None:
    people = [make_user(db, f"person{number}") for number in range(8)]
    db.commit()
    at_once(engine, *(yes(march, person) for person in people))
    db.refresh(march)
    assert march.attending_count == accepted_count(db, march) == 8


@pytest.mark.postgres
def test_one_person_many_times_at_once_counts_once(
    db: Session, engine: Engine, march: Event, bob: User
) -> None:
    db.commit()
    at_once(engine, *[yes(march, bob)] * 6)
    db.refresh(march)
    assert march.attending_count == accepted_count(db, march) == 1
    assert owed(db, march, bob.id) == REMINDERS


@pytest.mark.postgres
def test_a_guest_who_sends_the_form_twice_at_once_is_one_guest(
    db: Session, engine: Engine, march: Event
) -> None:
    db.commit()
    guest = attendances.Guest("dora@example.org", "Dora", "Europe/Lisbon")

    def ask(db: Session) -> None:
        event = db.get_one(Event, march.id)
        attendances.attend_as_guest(db, event, guest=guest, agreed=True, vault=VAULT, now=NOW)

    at_once(engine, *[ask] * 4)
    [row] = db.exec(select(Attendance)).all()

    def confirm(db: Session) -> None:
        attendances.confirm_guest(db, db.get_one(Attendance, row.id), now=NOW)

    def leave(db: Session) -> None:
        attendances.decline(db, db.get_one(Attendance, row.id), now=NOW)

    for deed in (confirm, leave, confirm):
        at_once(engine, *[deed] * 4)
    db.refresh(march)
    assert march.attending_count == accepted_count(db, march) == 1


@pytest.mark.postgres
def test_coming_while_it_is_cancelled_leaves_no_reminder_behind(
    db: Session, engine: Engine, march: Event, alice: User, bob: User
) -> None:
    from events.services import cancel_event

    db.commit()

    def cancel(db: Session) -> None:
        cancel_event(db, db.get_one(Event, march.id), actor=alice, reason="Storm.", now=NOW)

    def come(db: Session) -> None:
        try:
            attend(db, db.get_one(Event, march.id), bob)
        except RuleBroken:
            db.rollback()

    at_once(engine, cancel, come)
    db.refresh(march)
    came = march.attending_count == 1
    assert owed(db, march, bob.id) == (["events.cancelled"] if came else [])
