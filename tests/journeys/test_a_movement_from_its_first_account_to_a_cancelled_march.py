"""The whole way once: a founder's link, a guild, a decision, a petition, a bill, a march."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from accounts.views.entering import founder_path
from tests.conftest import Clock
from tests.journeys.billfiles import two_files
from tests.journeys.people import Mailroom, Person
from tests.visiting import Visits

GUILD = "/guilds/night-watch"
#: where the march is; three quarters of an hour off everybody else
PLACE = ZoneInfo("Asia/Kathmandu")

pytestmark = [
    pytest.mark.browser,
    # what a browser runs and where rows lie do not meet: each way once
    pytest.mark.parametrize(
        ("database", "javascript"),
        [("sqlite", True), ("postgresql", False)],
        ids=["sqlite-js", "postgresql-no-js"],
    ),
    pytest.mark.timeout(300),
]


@pytest.fixture
def come(
    visit: Visits, smtp: object, deliver: Callable[[], list[EmailMessage]], javascript: bool
) -> Callable[[str], Person]:
    """`come("Mara")`: somebody new at a browser."""
    mailroom = Mailroom(deliver)
    return lambda name: Person(name, visit(javascript=javascript), mailroom)


def test_a_movement(
    come: Callable[[str], Person],
    run_job: Callable[[str], int],
    clock_at: Clock,
    strict_app: Flask,
    tmp_path: Path,
) -> None:
    mara, bob, yusuf, ana = come("Mara"), come("Bob"), come("Yusuf"), come("Ana")
    with strict_app.app_context():
        path = founder_path()
    found_and_fill_a_guild(mara, bob, yusuf, path)
    open_a_petition_by_decision(mara, bob, yusuf, run_job, clock_at)
    sign_as_a_stranger(ana, run_job)
    follow_a_bill(mara, bob, tmp_path)
    starts, march = call_a_march(mara, bob, ana, clock_at)
    move_and_cancel_it(mara, bob, ana, march, starts, clock_at)


def found_and_fill_a_guild(mara: Person, bob: Person, yusuf: Person, founder_link: str) -> None:
    bob.go("/sign-up")
    bob.sees("This place is not founded yet")
    mara.make_account(founder_link)
    mara.sees("Welcome, Mara")
    bob.go(founder_link)
    bob.sees("Nothing is here")

    mara.go("/guilds/new")
    mara.fill(name="Night Watch", purpose="We keep the nights of Metropolis-9 our own.")
    mara.choose("By approval")
    mara.choose("Affinity group")
    mara.press("Found the guild")
    mara.go(f"{GUILD}/invitations")
    mara.press("Make a link")
    link = mara.page.locator("main textarea[readonly]").first.input_value()

    bob.go(link)
    bob.sees("Night Watch")
    bob.press("Make an account")
    bob.make_account(bob.page.url)
    bob.press("Join")
    bob.go(GUILD)
    bob.sees("Night Watch")

    yusuf.make_account("/sign-up")
    yusuf.go(f"{GUILD}/about")
    yusuf.press("Ask to join")
    yusuf.fill(message="I mend the street lamps on Orchard Row.")
    yusuf.press("Ask to join")
    asked = mara.mails()[-1]
    assert asked["Subject"] == "Something in one of your guilds waits for you"
    assert "yusuf" not in asked.as_string().lower(), "a discreet mail names nobody"
    mara.go(f"{GUILD}/requests")
    mara.sees("I mend the street lamps on Orchard Row.")
    mara.press("Admit")
    yusuf.mails()
    yusuf.go(f"{GUILD}/members")
    yusuf.sees("@mara")


def open_a_petition_by_decision(
    mara: Person, bob: Person, yusuf: Person, run_job: Callable[[str], int], clock_at: Clock
) -> None:
    mara.go("/institutions/new")
    mara.fill(name="Council of Metropolis-9", jurisdiction="Metropolis-9")
    mara.choose("Parliament or council")
    mara.press("Add it")

    draft_petition(bob, clock_at, title="Keep adverts out of our sleep")
    put_before_guild(bob)
    mara.go(f"{GUILD}/decisions")
    mara.press("Keep adverts out of our sleep")
    decision = mara.page.url
    mara.fill(text="I am for it, if the lamps stay on.")
    mara.press("Add my comment")
    mara.sees("if the lamps stay on")
    for person, ballot in ((mara, "Yes"), (yusuf, "No"), (bob, "Yes")):
        vote(person, decision, ballot)
    vote(yusuf, decision, "Abstain")
    yusuf.sees("You voted abstain")
    clock_at.move(timedelta(minutes=6))
    assert run_job("close-proposals") == 1
    mara.go(decision)
    mara.sees("Passed")
    mara.sees("3 of 3")
    assert [mail["Subject"] for mail in yusuf.mails()]

    draft_petition(bob, clock_at, title="Paint every lamp blue")
    put_before_guild(bob)
    clock_at.move(timedelta(minutes=6))
    assert run_job("close-proposals") == 1
    bob.go(f"{GUILD}/decisions")
    bob.press("Paint every lamp blue")
    bob.sees("0 of 3 members voted; 2 were needed")


def draft_petition(person: Person, clock_at: Clock, *, title: str) -> None:
    person.go(f"{GUILD}/petitions/new")
    person.fill(
        title=title,
        request="Forbid every commercial message that reaches people while they sleep.",
        background="Since spring, **DreamSync** bulletins play at four in the morning.",
        goal="300",
        closes_on=(clock_at.at + timedelta(days=60)).date().isoformat(),
    )
    person.page.locator('main [name="institution"]').select_option(index=1)
    person.press("Keep the draft")
    person.sees(title)


def put_before_guild(person: Person) -> None:
    person.press("Put it before the guild")
    person.page.locator('main [name="voting_length"]').select_option(index=0)
    person.press("Put it before the guild")


def vote(person: Person, decision: str, ballot: str) -> None:
    person.go(decision)
    person.choose(ballot)
    person.control(re.compile("Cast my ballot|Change my ballot")).click()


def sign_as_a_stranger(ana: Person, run_job: Callable[[str], int]) -> None:
    ana.go("/petitions")
    ana.does_not_see("Paint every lamp blue")
    ana.press("Keep adverts out of our sleep")
    petition = ana.page.url
    assert ana.page.context.cookies() == [], "who only reads gets no cookie"
    answers = []
    for _ in range(2):
        ana.go(petition)
        ana.press("Sign")
        ana.fill(name="Ana", address=ana.address)
        ana.press("Sign")
        answers.append(ana.page.get_by_role("main").inner_text())
        if len(answers) == 1:
            ana.open_link_in_last_mail()
            confirmation = ana.page.url
            ana.go(confirmation)
            assert signatures(ana, petition) == 0, "a link alone changes nothing"
            ana.go(confirmation)
            ana.press("Confirm my signature")
            run_job("fold-counts")
            assert signatures(ana, petition) == 1
    assert answers[0] == answers[1], "signing again looks as signing did"
    ana.mails()
    run_job("fold-counts")
    assert signatures(ana, petition) == 1


def signatures(person: Person, petition: str) -> int:
    """What the petition's page says; 0 for a petition nobody signed."""
    person.go(petition)
    words = person.page.get_by_role("main").inner_text()
    found = re.search(r"(\d+) signatures? of the 300", words)
    return int(found.group(1)) if found else 0


def follow_a_bill(mara: Person, bob: Person, folder: Path) -> None:
    older, newer = two_files(folder)
    import_bill(mara, older)
    mara.sees("Passed the House")
    bill = mara.page.url
    bob.go(bill)
    bob.press("Watch")
    before = len(bob.mails())
    import_bill(mara, newer)
    mara.go(bill)
    told = bob.mails()[before:]
    assert len(told) == 1, "one watcher, in two ways, is told once"
    assert "Passed the Senate" in told[0].get_content()
    import_bill(mara, newer)
    assert len(bob.mails()) == before + 1, "the same file again is no news"


def import_bill(person: Person, file: Path) -> None:
    person.go(f"{GUILD}/bills")
    person.page.locator('main input[type="file"]').set_input_files(file)
    person.press("Bring in this bill")


def call_a_march(mara: Person, bob: Person, ana: Person, clock_at: Clock) -> tuple[datetime, str]:
    """When it starts, and where it stands; Bob and Ana come."""
    starts = (clock_at.at + timedelta(days=7)).replace(hour=6, minute=15, second=0, microsecond=0)
    mara.go(f"{GUILD}/events/new")
    mara.fill(
        title="March for free sleep",
        place_name="Lamp Square",
        time_zone=PLACE.key,
        starts_at=f"{starts.astimezone(PLACE):%Y-%m-%dT%H:%M}",
        ends_at=f"{starts.astimezone(PLACE) + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        what_to_bring="A lantern\nWater",
    )
    mara.choose("Everyone")
    mara.control("Save").click()
    mara.press("Publish")
    march = mara.page.url
    mara.sees("A lantern")

    attend(bob, march)
    bob.sees("You are coming")
    ana.go(march)
    ana.press("I'm coming")
    ana.fill(address=ana.address, time_zone="America/New_York")
    ana.page.locator('main [name="agreed"]').check()
    ana.press("I'm coming")
    ana.open_link_in_last_mail()
    ana.press("Yes, I'm coming")
    mara.go(march)
    mara.sees("2 ")

    return starts, march


def move_and_cancel_it(
    mara: Person, bob: Person, ana: Person, march: str, starts: datetime, clock_at: Clock
) -> None:
    # reminders a day and two hours before, each at its minute
    assert reminded_at(clock_at, starts - timedelta(hours=24), bob, ana) == (1, 1)
    starts += timedelta(hours=3)
    mara.go(f"{march}/edit")
    mara.fill(
        starts_at=f"{starts.astimezone(PLACE):%Y-%m-%dT%H:%M}",
        ends_at=f"{starts.astimezone(PLACE) + timedelta(hours=2):%Y-%m-%dT%H:%M}",
    )
    told = len(bob.mails()), len(ana.mails())
    mara.control("Save").click()
    mara.page.wait_for_url(march)
    assert (len(bob.mails()), len(ana.mails())) == (told[0] + 1, told[1] + 1), "told of the move"
    assert reminded_at(clock_at, starts - timedelta(hours=24), bob, ana) == (1, 1)
    assert reminded_at(clock_at, starts - timedelta(hours=5), bob, ana) == (0, 0), "the old hour"
    assert reminded_at(clock_at, starts - timedelta(hours=2), bob, ana) == (1, 1), "the new hour"

    first = sequence(bob, march)
    mara.go(f"{march}/cancel")
    mara.fill(reason="The square is closed for repairs.")
    before = len(bob.mails()), len(ana.mails())
    mara.press("Cancel the event")
    mara.page.wait_for_url(march)
    assert (len(bob.mails()), len(ana.mails())) == (before[0] + 1, before[1] + 1)
    bob.go(march)
    bob.sees("The square is closed for repairs.")
    assert sequence(bob, march) > first


def attend(person: Person, march: str) -> None:
    person.go(march)
    person.press("I'm coming")
    person.page.locator('main [name="agreed"]').check()
    person.press("I'm coming")


def reminded_at(clock_at: Clock, instant: datetime, *people: Person) -> tuple[int, ...]:
    """How many mails each gets at this minute, and none a minute before."""
    clock_at(instant - timedelta(minutes=1))
    early = [len(person.mails()) for person in people]
    clock_at(instant)
    return tuple(len(person.mails()) - before for person, before in zip(people, early, strict=True))


def sequence(person: Person, march: str) -> int:
    response = person.page.request.get(f"{march}.ics")
    found = re.search(r"SEQUENCE:(\d+)", response.text())
    assert found, response.text()
    return int(found.group(1))
