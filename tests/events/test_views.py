import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import icalendar
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, col, select

from accounts.models import User
from events import attendances
from events.models import Attendance, AttendanceStatus, Event, EventState, Visibility
from guilds.models import Guild
from notifications.models import Notice
from tests.builders import NOW, VAULT, make_event, make_guest, make_guild, make_user
from tests.conftest import Clock

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SignIn = Callable[[FlaskClient, User], None]
Counting = Callable[[], AbstractContextManager[list[str]]]

pytestmark = pytest.mark.usefixtures("clock_at")

TYPED = {
    "title": "Vigil",
    "place_name": "Old harbour",
    "time_zone": "America/New_York",
    "starts_at": "2026-03-20T18:00",
    "ends_at": "2026-03-20T20:00",
    "what_to_bring": "Candles\r\nWarm clothes",
    "conduct": "We come in peace.",
    "visibility": "public",
}
GUEST = {
    "address": "dora@example.org",
    "nickname": "Dora",
    "time_zone": "Europe/Lisbon",
    "agreed": "y",
}


@pytest.fixture
def bob(db: Session) -> User:
    return make_user(db, "bob", time_zone="Europe/Madrid")


@pytest.fixture
def march(db: Session, guild: Guild, alice: User) -> Event:
    return make_event(db, guild, alice)


def link_of(attendance: Attendance) -> str:
    return f"/attendances/{VAULT.link_token('attendance', attendance.id)}"


# Reading


def test_a_stranger_reads_what_when_where_and_gets_no_cookie(
    client: FlaskClient, march: Event
) -> None:
    for path in ("/events", f"/events/{march.id}"):
        page = client.get(path)
        assert page.status_code == 200
        assert "March for free sleep" in page.text
        assert "Tue 10 March 2026, 18:00 in Lisbon" in page.text
        assert "Set-Cookie" not in page.headers
    assert page.text.count("button-action") == 1
    assert "<li><bdi>A lantern</bdi></li>" in page.text
    assert "for you" not in page.text


def test_a_reader_elsewhere_gets_the_own_time_beside_it(
    client: FlaskClient, sign_in: SignIn, march: Event, bob: User
) -> None:
    sign_in(client, bob)
    assert "18:00 in Lisbon, 19:00 for you" in client.get(f"/events/{march.id}").text


def test_the_list_costs_a_stranger_one_query_whatever_its_length(
    client: FlaskClient, db: Session, guild: Guild, alice: User, count_queries: Counting
) -> None:
    for number in range(35):
        make_event(db, guild, alice, title=f"No {number:02}", starts_at=NOW + number * HOUR + DAY)
    with count_queries() as queries:
        page = client.get("/events")
    assert len([text for text in queries if text.startswith("SELECT")]) == 1
    assert ("No 00" in page.text, "No 30" in page.text) == (True, False)
    found = re.search(r'href="(/events\?after=[^"]+)"', page.text)
    assert found
    page = client.get(found[1])
    assert ("No 29" in page.text, "No 30" in page.text, "No 34" in page.text) == (False, True, True)
    assert client.get("/events?after=nonsense").status_code == 200


def test_an_empty_list_says_what_would_be_here(client: FlaskClient, guild: Guild) -> None:
    assert "Protests will stand here" in client.get("/events").text
    assert (
        "Protests and meetings will stand here" in client.get(f"/guilds/{guild.slug}/events").text
    )


def test_who_may_not_know_of_an_event_finds_nothing(
    client: FlaskClient, db: Session, sign_in: SignIn, guild: Guild, alice: User, bob: User
) -> None:
    draft = make_event(db, guild, alice, state=EventState.DRAFT, title="Secret plan")
    inner = make_event(db, guild, alice, visibility=Visibility.GUILD, title="Secret plan")
    charlie = make_user(db, "charlie")

    def answers(event: Event) -> set[int]:
        paths = ("", ".ics", "/attend", "/check-your-mail")
        return {client.get(f"/events/{event.id}{path}").status_code for path in paths}

    assert answers(draft) == answers(inner) == {404}
    assert client.post(f"/events/{inner.id}/attend", data=GUEST).status_code == 404
    assert "Secret plan" not in client.get(f"/guilds/{guild.slug}/events").text
    sign_in(client, charlie)
    for event in (draft, inner):
        assert answers(event) == {404}
        for path in ("edit", "cancel", "people"):
            assert client.get(f"/events/{event.id}/{path}").status_code == 404
        assert client.post(f"/events/{event.id}/publish").status_code == 404
    sign_in(client, bob)
    assert answers(draft) == {404}
    assert client.get(f"/events/{inner.id}").status_code == 200
    assert client.get(f"/events/{uuid4()}").status_code == 404


def test_a_guild_nobody_may_find_is_not_named_to_strangers(
    client: FlaskClient, db: Session, alice: User
) -> None:
    hidden = make_guild(db, admins=[alice], slug="hidden", name="Hidden hands", listed=False)
    event = make_event(db, hidden, alice, visibility=Visibility.LINK)
    page = client.get(f"/events/{event.id}")
    assert page.status_code == 200
    assert "Hidden hands" not in page.text
    assert "noindex" in page.text
    for path in ("/guilds/hidden/events", "/guilds/hidden/events.ics"):
        assert client.get(path).status_code == 404


def test_a_cancelled_event_says_so_first(
    client: FlaskClient, db: Session, guild: Guild, alice: User
) -> None:
    event = make_event(db, guild, alice, state=EventState.CANCELLED)
    page = client.get(f"/events/{event.id}")
    assert "The square is closed." in page.text
    assert "I&#39;m coming" not in page.text
    assert client.get(f"/events/{event.id}/attend").status_code == 303


# Calendar files


def test_the_calendar_file_follows_the_event(
    client: FlaskClient, sign_in: SignIn, march: Event, alice: User
) -> None:
    def read() -> icalendar.Event:
        response = client.get(f"/events/{march.id}.ics")
        assert response.content_type.startswith("text/calendar")
        assert "Set-Cookie" not in response.headers
        [event] = icalendar.Calendar.from_ical(response.data).events
        return event

    first = read()
    assert (first["SEQUENCE"], first["STATUS"]) == (0, "CONFIRMED")
    sign_in(client, alice)
    moved = {**TYPED, "time_zone": "Europe/Lisbon"}
    assert client.post(f"/events/{march.id}/edit", data=moved).status_code == 303
    second = read()
    assert (second["SEQUENCE"], second["UID"]) == (1, first["UID"])
    assert f"{second.start:%d %H:%M}" == "20 18:00"
    client.post(f"/events/{march.id}/cancel", data={"reason": "Storm."})
    third = read()
    assert (third["SEQUENCE"], third["STATUS"], third["UID"]) == (2, "CANCELLED", first["UID"])


def test_the_feed_is_sent_again_only_when_it_changed(
    client: FlaskClient, db: Session, guild: Guild, march: Event, alice: User
) -> None:
    make_event(db, guild, alice, visibility=Visibility.GUILD)
    make_event(db, guild, alice, visibility=Visibility.LINK)
    make_event(db, guild, alice, state=EventState.DRAFT)
    path = f"/guilds/{guild.slug}/events.ics"
    first = client.get(path)
    [event] = icalendar.Calendar.from_ical(first.data).events
    assert event["SUMMARY"] == march.title
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    attendances.attend(db, march, actor=alice, agreed=True, now=NOW)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    make_event(db, guild, alice, title="Another", now=NOW + HOUR)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data.count(b"BEGIN:VEVENT")) == (200, 2)


# Saying yes


def test_a_member_says_yes_and_takes_it_back(
    client: FlaskClient, db: Session, sign_in: SignIn, march: Event, bob: User
) -> None:
    sign_in(client, bob)
    path = f"/events/{march.id}/attend"
    assert "We come in peace." in client.get(path).text
    refused = client.post(path, data={})
    assert refused.status_code == 422
    assert "Everyone who comes agrees" in refused.text
    assert client.post(path, data={"agreed": "y"}).status_code == 303
    assert "You are coming" in client.get(f"/events/{march.id}").text
    assert march.attending_count == 1
    assert client.post(f"/events/{march.id}/leave").status_code == 303
    assert march.attending_count == 0
    assert "You are coming" not in client.get(f"/events/{march.id}").text


def test_who_never_said_yes_has_nothing_to_leave(
    client: FlaskClient, sign_in: SignIn, march: Event, bob: User
) -> None:
    assert client.post(f"/events/{march.id}/leave").status_code == 403
    sign_in(client, bob)
    assert client.post(f"/events/{march.id}/leave").status_code == 404


def test_a_guest_confirms_by_the_button_and_not_by_the_link(
    client: FlaskClient, db: Session, march: Event, deliver: Callable[[], Any]
) -> None:
    assert client.post(f"/events/{march.id}/attend", data=GUEST).status_code == 303
    [mail] = deliver()
    assert mail["To"] == "dora@example.org"
    text = mail.get_content()
    for telling in ("March", "Lisbon", "Praça", "River"):
        assert telling not in text + mail["Subject"]
    found = re.search(r"http://localhost(/attendances/\S+)", text)
    assert found
    page = client.get(found[1])
    assert "You are not expected yet" in page.text
    assert "March for free sleep" in page.text
    assert march.attending_count == 0
    assert client.post(f"{found[1]}/confirm").status_code == 303
    assert march.attending_count == 1
    assert "You are coming" in client.get(found[1]).text
    assert client.post(f"{found[1]}/decline").status_code == 303
    assert march.attending_count == 0
    assert "You may change your mind" in client.get(found[1]).text
    assert deliver() == []


def test_the_answer_does_not_tell_who_comes_already(
    client: FlaskClient, db: Session, march: Event
) -> None:
    make_guest(db, march)
    attendances.decline(db, make_guest(db, march, "eve@example.org"), now=NOW)

    def answer(address: str) -> tuple[int, str, str]:
        response = client.post(f"/events/{march.id}/attend", data={**GUEST, "address": address})
        return response.status_code, response.headers["Location"], response.text

    assert answer("dora@example.org") == answer("eve@example.org") == answer("new@example.org")
    query = select(Notice.recipient_id).where(col(Notice.kind) == "events.confirm_guest")
    assert len(db.exec(query).all()) == 3
    assert march.attending_count == 1


def test_what_machines_fill_in_is_thrown_away_in_silence(
    client: FlaskClient, db: Session, march: Event
) -> None:
    data = {**GUEST, "website": "https://spam.example"}
    assert client.post(f"/events/{march.id}/attend", data=data).status_code == 303
    assert db.exec(select(Attendance)).all() == []


def test_one_mailbox_gets_three_mails_an_hour_and_the_page_does_not_tell(
    client: FlaskClient, db: Session, march: Event, clock_at: Clock
) -> None:
    statuses = set()
    for _ in range(4):
        statuses.add(client.post(f"/events/{march.id}/attend", data=GUEST).status_code)
        clock_at.move(timedelta(minutes=1))
    assert statuses == {303}
    query = select(Notice.id).where(col(Notice.kind) == "events.confirm_guest")
    assert len(db.exec(query).all()) == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"address": "nonsense"}, "typing slips"),
        ({"address": ""}, "Give an address"),
        ({"agreed": ""}, "Everyone who comes agrees"),
        ({"time_zone": "Moon/Base"}, "Not a valid choice"),
        ({"nickname": "n" * 41}, "longer than 40"),
    ],
)
def test_a_guests_slips_are_told_beside_the_field(
    client: FlaskClient, db: Session, march: Event, change: dict[str, str], words: str
) -> None:
    page = client.post(f"/events/{march.id}/attend", data={**GUEST, **change})
    assert page.status_code == 422
    assert words in page.text
    assert db.exec(select(Attendance)).all() == []


def test_a_guests_page_works_after_a_move_and_after_cancelling(
    client: FlaskClient, db: Session, guild: Guild, march: Event, alice: User
) -> None:
    from events import services
    from tests.builders import event_facts

    guest = make_guest(db, march, time_zone="Europe/Madrid")
    facts = event_facts(starts_at=march.starts_at + HOUR)
    services.edit_event(db, march, facts=facts, actor=alice, now=NOW)
    assert "19:00 in Lisbon, 20:00 for you" in client.get(link_of(guest)).text
    services.cancel_event(db, march, actor=alice, reason="Storm.", now=NOW)
    page = client.get(link_of(guest))
    assert "Storm." in page.text
    assert "Yes, I" not in page.text
    assert client.post(f"{link_of(guest)}/decline").status_code == 303


def test_nobody_guesses_a_guests_page(
    client: FlaskClient, db: Session, march: Event, bob: User
) -> None:
    account = attendances.attend(db, march, actor=bob, agreed=True, now=NOW)
    other = VAULT.link_token("another purpose", make_guest(db, march).id)
    wrong = ("x", "ü", "A" * 43, other, VAULT.link_token("attendance", account.id))
    for token in wrong:
        assert client.get(f"/attendances/{token}").status_code == 404
        assert client.post(f"/attendances/{token}/confirm").status_code == 404
        assert client.post(f"/attendances/{token}/decline").status_code == 404


# The organisers' desk


def test_an_organiser_drafts_publishes_changes_and_cancels(
    client: FlaskClient, db: Session, sign_in: SignIn, guild: Guild, alice: User
) -> None:
    sign_in(client, alice)
    assert "We come in peace and stay peaceful" in client.get("/guilds/river-guild/events/new").text
    made = client.post("/guilds/river-guild/events/new", data=TYPED)
    assert made.status_code == 303
    path = made.headers["Location"]
    page = client.get(path)
    assert "Draft, seen by its author and organisers" in page.text
    assert page.text.count("button-action") == 1
    assert client.post(f"{path}/publish").status_code == 303
    event = db.exec(select(Event)).one()
    assert event.state is EventState.CONFIRMED
    assert event.starts_at.isoformat() == "2026-03-20T22:00:00+00:00"
    form = client.get(f"{path}/edit").text
    assert 'value="2026-03-20T18:00"' in form
    assert client.post(f"{path}/edit", data={**TYPED, "title": "Long vigil"}).status_code == 303
    assert event.title == "Long vigil"
    assert client.post(f"{path}/cancel", data={"reason": ""}).status_code == 422
    assert "told at once" in client.get(f"{path}/cancel").text
    assert client.post(f"{path}/cancel", data={"reason": "Storm."}).status_code == 303
    assert event.state is EventState.CANCELLED
    assert client.get(f"{path}/edit").status_code == 409
    assert client.post(f"{path}/cancel", data={"reason": "x"}).status_code == 409


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"starts_at": "2026-03-08T02:30"}, "The clocks skip 02:30"),
        ({"starts_at": "2026-03-01T18:00"}, "has passed"),
        ({"ends_at": "2026-03-20T18:00"}, "end after it starts"),
        ({"ends_at": "2026-05-20T18:00"}, "two weeks"),
        ({"starts_at": "9999-12-31T23:59"}, "Check the year"),
        ({"starts_at": "0001-01-01T00:00"}, "Check the year"),
        ({"starts_at": "tomorrow"}, "Not a valid datetime"),
        ({"starts_at": ""}, "Say when it starts"),
        ({"title": " "}, "Say what it is"),
        ({"title": "x" * 101}, "longer than 100"),
        ({"visibility": "everybody"}, "Not a valid choice"),
        ({"time_zone": "Moon/Base"}, "Not a valid choice"),
    ],
)
def test_slips_are_told_beside_the_field_and_nothing_is_saved(
    client: FlaskClient,
    db: Session,
    sign_in: SignIn,
    guild: Guild,
    alice: User,
    change: dict[str, str],
    words: str,
) -> None:
    sign_in(client, alice)
    page = client.post("/guilds/river-guild/events/new", data={**TYPED, **change})
    assert page.status_code == 422
    assert words in page.text
    assert "Warm clothes" in page.text
    assert db.exec(select(Event)).all() == []


def test_members_reach_none_of_the_desk(
    client: FlaskClient, sign_in: SignIn, march: Event, bob: User
) -> None:
    sign_in(client, bob)
    page = client.get(f"/events/{march.id}").text
    assert "Cancel this event" not in page
    assert "Who comes" not in page
    for path in ("edit", "cancel", "people"):
        assert client.get(f"/events/{march.id}/{path}").status_code == 403
    assert client.post(f"/events/{march.id}/edit", data=TYPED).status_code == 403
    assert client.post(f"/events/{march.id}/cancel", data={"reason": "x"}).status_code == 403
    assert client.post(f"/events/{march.id}/publish").status_code == 403


def test_organisers_see_names_of_who_comes_and_of_nobody_else(
    client: FlaskClient, db: Session, sign_in: SignIn, march: Event, alice: User, bob: User
) -> None:
    sign_in(client, alice)
    assert "Nobody has said yet" in client.get(f"/events/{march.id}/people").text
    attendances.attend(db, march, actor=bob, agreed=True, now=NOW)
    make_guest(db, march, nickname="Dora D")
    make_guest(db, march, "none@example.org", nickname="")
    make_guest(db, march, "eve@example.org", nickname="Unconfirmed Eve", confirmed=False)
    page = client.get(f"/events/{march.id}/people").text
    for shown in ("Bob", "Dora D", "A guest without a name", "3 people come"):
        assert shown in page
    assert "Unconfirmed Eve" not in page
    assert "example.org" not in page
    accepted = select(Attendance).where(Attendance.status == AttendanceStatus.ACCEPTED)
    assert len(db.exec(accepted).all()) == 3


def test_names_of_many_come_in_pages(
    client: FlaskClient, db: Session, sign_in: SignIn, march: Event, alice: User
) -> None:
    for number in range(33):
        user = make_user(db, f"walker{number:02}")
        attendances.attend(db, march, actor=user, agreed=True, now=NOW)
    sign_in(client, alice)
    page = client.get(f"/events/{march.id}/people").text
    found = re.search(r'href="([^"]+people\?after=[^"]+)"', page)
    assert found
    rest = client.get(found[1]).text
    names = re.findall(r"@walker\d\d", page), re.findall(r"@walker\d\d", rest)
    assert (len(names[0]), len(names[1]), len({*names[0], *names[1]})) == (30, 3, 33)


def test_a_draft_left_behind_is_found_again_by_organisers_alone(
    client: FlaskClient, db: Session, guild: Guild, alice: User, bob: User, sign_in: SignIn
) -> None:
    make_event(
        db,
        guild,
        alice,
        title="Too late",
        state=EventState.DRAFT,
        starts_at=NOW - 3 * DAY,
        now=NOW - 5 * DAY,
    )
    sign_in(client, alice)
    assert "Too late" in client.get(f"/guilds/{guild.slug}/events").text
    sign_in(client, bob)
    assert "Too late" not in client.get(f"/guilds/{guild.slug}/events").text
