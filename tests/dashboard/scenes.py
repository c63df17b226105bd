"""A guild with as much of everything as a test asks for."""

from datetime import timedelta
from uuid import UUID

from sqlmodel import Session

from accounts.models import User
from events.models import Attendance, AttendanceStatus, Event, EventState, Visibility
from guilds.models import Guild, JoinRequest
from legislation.models import BillChange
from petitions.models import PetitionState
from tests.builders import (
    NOW,
    make_bill,
    make_guild,
    make_petition,
    make_proposal,
    make_user,
    make_vote,
)
from tests.drafting_builders import make_suggestion


def make_event(
    db: Session,
    guild: Guild,
    *,
    title: str = "Lanterns on the bridge",
    state: EventState = EventState.CONFIRMED,
    visibility: Visibility = Visibility.PUBLIC,
    starts_in: timedelta = timedelta(days=3),
) -> Event:
    event = Event(
        guild_id=guild.id,
        title=title,
        place_name="North Bridge",
        time_zone="Europe/Lisbon",
        starts_at=NOW + starts_in,
        ends_at=NOW + starts_in + timedelta(hours=2),
        conduct="We stay peaceful.",
        visibility=visibility,
        state=state,
        changed_at=NOW,
    )
    db.add(event)
    db.flush()
    return event


def say_yes(db: Session, event: Event, user: User) -> None:
    db.add(
        Attendance(
            event_id=event.id,
            user_id=user.id,
            time_zone="UTC",
            status=AttendanceStatus.ACCEPTED,
            agreed_at=NOW,
            answered_at=NOW,
        )
    )
    event.attending_count += 1
    db.flush()


def ask_to_join(db: Session, guild: Guild, user: User) -> JoinRequest:
    request = JoinRequest(guild_id=guild.id, user_id=user.id, asked_at=NOW - timedelta(days=1))
    db.add(request)
    db.flush()
    return request


def move_bill(db: Session, bill_id: UUID, words: str = "Passed the House on 2 March 2026") -> None:
    db.add(BillChange(bill_id=bill_id, found_at=NOW, changes=[words]))
    db.flush()


def fill(db: Session, guild: Guild, person: User, size: int, *, prefix: str = "") -> None:
    """Give a guild `size` of everything its front page and a member's home show."""
    for number in range(size):
        name = f"{prefix}{number}"
        make_vote(db, guild, person, title=f"Vote {name}")
        make_proposal(db, guild, person, title=f"Debate {name}")
        make_petition(db, guild, person, title=f"Petition {name}")
        amended = f"Draft {name}"
        draft = make_petition(db, guild, person, title=amended, state=PetitionState.AMENDMENT)
        make_suggestion(db, draft)
        say_yes(db, make_event(db, guild, title=f"March {name}"), person)
        make_event(db, guild, title=f"Call {name}", starts_in=timedelta(days=9))
        bill = make_bill(db, f"HR {prefix}{number}", watched_by=[guild])
        move_bill(db, bill.id)
        ask_to_join(db, guild, make_user(db, f"asker_{name}"))


def many_guilds(db: Session, person: User, size: int) -> list[Guild]:
    """So many guilds that `person` leads, each with one of everything."""
    guilds = [make_guild(db, admins=[person], slug=f"guild-{n}") for n in range(size)]
    for number, guild in enumerate(guilds):
        fill(db, guild, person, 1, prefix=f"{number}x")
    return guilds
