"""The scenes of meeting: marches and breakfasts are published, moved, called off, attended."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from sqlmodel import select

import events.attendances
import events.services
from accounts.models import User
from demo.play import Play, chance
from demo.scenes import address_of
from demo.story.gatherings import EVENTS, EventStory
from demo.story.people import GIVEN_NAMES
from events.attendances import Guest
from events.models import Attendance, Event, Visibility
from events.rules import EventFacts
from guilds.queries import get_role


def meetings(play: Play) -> None:
    for story in EVENTS:
        play.at(play.day(story.drafted), partial(_draft, play, story))


def _facts(play: Play, story: EventStory) -> EventFacts:
    starts_at = play.moment(story.starts, story.time_zone)
    return EventFacts(
        title=story.title,
        description=story.description.strip(),
        place_name=story.place,
        place_address=story.address,
        time_zone=story.time_zone,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=story.hours),
        what_to_bring=story.bring,
        conduct=story.conduct,
        visibility=Visibility(story.visibility),
    )


def _draft(play: Play, story: EventStory, now: datetime) -> None:
    organiser = play.people[story.by]
    event = events.services.create_event(
        play.db, play.guilds[story.guild], facts=_facts(play, story), actor=organiser, now=now
    )
    if story.published is not None:
        play.at(play.day(story.published), partial(_publish, play, story, event))
    if story.moved is not None:
        play.at(play.day(story.moved), partial(_move, play, story, event))
    if story.cancelled is not None:
        play.at(play.day(story.cancelled), partial(_cancel, play, story, event))


def _publish(play: Play, story: EventStory, event: Event, now: datetime) -> None:
    """Publish it; who says yes at which hour is drawn from those who may see it."""
    events.services.publish_event(play.db, event, actor=play.people[story.by], now=now)
    falls = chance(story.title)
    ends = min(play.now, event.starts_at, play.day(story.cancelled or 0))

    def some_time() -> datetime:
        return now + (ends - now) * falls.uniform(0.02, 0.9)

    people = _invited(play, story, event)
    falls.shuffle(people)
    for place, person in enumerate(people[: story.coming + story.declined]):
        at = some_time()
        play.at(at, partial(_attend, play, event, person))
        if place >= story.coming:
            play.at(at + (ends - at) * 0.5, partial(_decline, play, event, person))
    for place, name in enumerate(falls.sample(GIVEN_NAMES, story.guests + story.unconfirmed)):
        guest = Guest(address_of(f"guest-{story.guild}-{place + 1}"), name, story.time_zone)
        at = some_time() if place < story.guests else play.day(-falls.uniform(0.05, 1.5))
        play.at(at, partial(_ask_as_guest, play, event, guest, confirms=place < story.guests))


def _invited(play: Play, story: EventStory, event: Event) -> list[User]:
    """The guild's own people, and for a public event everybody who has come by then."""
    people = list(play.people.values())
    if story.visibility == Visibility.PUBLIC:
        return people
    return [person for person in people if get_role(play.db, event.guild_id, person) is not None]


def _move(play: Play, story: EventStory, event: Event, now: datetime) -> None:
    assert story.moved_to is not None
    facts = _facts(play, replace(story, starts=story.moved_to))
    events.services.edit_event(play.db, event, facts=facts, actor=play.people[story.by], now=now)


def _cancel(play: Play, story: EventStory, event: Event, now: datetime) -> None:
    events.services.cancel_event(
        play.db, event, actor=play.people[story.by], reason=story.cancel_reason, now=now
    )


def _attend(play: Play, event: Event, person: User, now: datetime) -> None:
    events.attendances.attend(play.db, event, actor=person, agreed=True, now=now)


def _decline(play: Play, event: Event, person: User, now: datetime) -> None:
    query = select(Attendance).where(
        Attendance.event_id == event.id, Attendance.user_id == person.id
    )
    events.attendances.decline(play.db, play.db.exec(query).one(), now=now)


def _ask_as_guest(play: Play, event: Event, guest: Guest, now: datetime, *, confirms: bool) -> None:
    events.attendances.attend_as_guest(
        play.db, event, guest=guest, agreed=True, vault=play.vault, now=now
    )
    if confirms:
        play.at(now + timedelta(minutes=3), partial(_confirm_guest, play, event, guest))


def _confirm_guest(play: Play, event: Event, guest: Guest, now: datetime) -> None:
    query = select(Attendance).where(
        Attendance.event_id == event.id, Attendance.nickname == guest.nickname
    )
    events.attendances.confirm_guest(play.db, play.db.exec(query).one(), now=now)
