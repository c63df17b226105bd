from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from events import rules
from events.models import Event, EventState, Visibility
from guilds.models import Role
from tests.builders import NOW, event_facts
from tests.voting.test_rules import make_rule

HOUR = timedelta(hours=1)
A_DAY, SOON = "events.starts_in_a_day", "events.starts_soon"


def event_with(
    state: EventState = EventState.CONFIRMED,
    visibility: Visibility = Visibility.PUBLIC,
    **facts: Any,
) -> Event:
    told = vars(event_facts(visibility=visibility, **facts))
    return Event(guild_id=None, state=state, changed_at=NOW, **told)


@pytest.mark.parametrize(
    ("state", "visibility", "seen_by"),
    [
        (EventState.DRAFT, Visibility.PUBLIC, {Role.ORGANISER, Role.ADMIN}),
        (EventState.DRAFT, Visibility.GUILD, {Role.ORGANISER, Role.ADMIN}),
        (EventState.CONFIRMED, Visibility.PUBLIC, {None, *Role}),
        (EventState.CONFIRMED, Visibility.LINK, {None, *Role}),
        (EventState.CONFIRMED, Visibility.GUILD, {*Role}),
        (EventState.CANCELLED, Visibility.PUBLIC, {None, *Role}),
        (EventState.CANCELLED, Visibility.GUILD, {*Role}),
    ],
)
def test_who_may_know_of_an_event(
    state: EventState, visibility: Visibility, seen_by: set[Role | None]
) -> None:
    event = event_with(state, visibility)
    assert {role for role in (None, *Role) if rules.can_see(event, role)} == seen_by


def test_who_drafted_an_event_looks_after_it_until_people_are_called() -> None:
    draft, called = event_with(EventState.DRAFT), event_with()
    for role, is_theirs in ((Role.MEMBER, True), (None, False)):
        assert rules.can_see(draft, role, is_author=True) is is_theirs
        assert rules.can_edit(draft, role, NOW, is_author=True) is is_theirs
        assert not rules.can_edit(called, role, NOW, is_author=True)


@pytest.mark.parametrize(
    ("proposer", "role", "is_author", "expected"),
    [
        (Role.MEMBER, Role.MEMBER, True, True),
        (Role.MEMBER, Role.MEMBER, False, False),
        (Role.MEMBER, Role.ORGANISER, False, True),
        (Role.MEMBER, None, True, False),
        (Role.ORGANISER, Role.MEMBER, True, False),
        (Role.ADMIN, Role.ORGANISER, True, False),
    ],
)
def test_who_puts_a_draft_is_the_charter_s_word(
    proposer: Role, role: Role | None, is_author: bool, expected: bool
) -> None:
    draft, rule = event_with(EventState.DRAFT), make_rule(proposer=proposer)
    assert rules.can_put(draft, role, rule, NOW, is_author=is_author) is expected
    assert not rules.can_put(draft, role, rule, draft.starts_at, is_author=is_author)


BEFORE, DURING, AFTER = -HOUR, HOUR, 3 * HOUR


@pytest.mark.parametrize(
    ("state", "since_start", "publish", "edit", "cancel", "attend"),
    [
        (EventState.DRAFT, BEFORE, True, True, False, False),
        (EventState.DRAFT, DURING, False, True, False, False),
        (EventState.CONFIRMED, BEFORE, False, True, True, True),
        (EventState.CONFIRMED, DURING, False, False, True, True),
        (EventState.CONFIRMED, AFTER, False, False, False, False),
        (EventState.CANCELLED, BEFORE, False, False, False, False),
    ],
)
def test_what_organisers_may_do_before_during_and_after(
    state: EventState,
    since_start: timedelta,
    publish: bool,
    edit: bool,
    cancel: bool,
    attend: bool,
) -> None:
    event = event_with(state)
    now = event.starts_at + since_start
    for role in (Role.ORGANISER, Role.ADMIN):
        assert rules.can_publish(event, role, now) is publish
        assert rules.can_edit(event, role, now) is edit
        assert rules.can_cancel(event, role, now) is cancel
        assert rules.can_attend(event, role, now) is attend
    for outsider in (Role.MEMBER, None):
        assert not rules.can_publish(event, outsider, now)
        assert not rules.can_edit(event, outsider, now)
        assert not rules.can_cancel(event, outsider, now)
        assert not rules.can_see_people(outsider)


def test_strangers_may_not_come_to_what_is_for_members() -> None:
    event = event_with(visibility=Visibility.GUILD)
    assert rules.can_attend(event, Role.MEMBER, NOW)
    assert not rules.can_attend(event, None, NOW)


@pytest.mark.parametrize(
    ("zone", "start", "day_before"),
    [
        # clocks go forward on 29 March: 18:00 summer time less 24 hours is 17:00 winter time
        ("Europe/Lisbon", (2026, 3, 29, 18, 0), (2026, 3, 28, 17, 0)),
        # clocks go back on 25 October: the day has 25 hours
        ("Europe/Lisbon", (2026, 10, 25, 18, 0), (2026, 10, 24, 19, 0)),
        ("America/New_York", (2026, 3, 8, 12, 0), (2026, 3, 7, 11, 0)),
        ("America/New_York", (2026, 11, 1, 12, 0), (2026, 10, 31, 13, 0)),
        # no clock change, and no whole hour from UTC
        ("Asia/Kathmandu", (2026, 3, 29, 18, 0), (2026, 3, 28, 18, 0)),
    ],
)
def test_a_day_before_is_24_elapsed_hours_across_a_clock_change(
    zone: str, start: tuple[int, ...], day_before: tuple[int, ...]
) -> None:
    there = ZoneInfo(zone)
    local = datetime(*start, tzinfo=there)  # type: ignore[misc, arg-type] # a tuple of five numbers
    expected = datetime(*day_before, tzinfo=there)  # type: ignore[misc, arg-type] # as above
    for starts_at in (local, local.astimezone(UTC)):
        owed = dict(rules.reminders_owed(starts_at, NOW - timedelta(days=9)))
        assert owed[A_DAY] == expected.astimezone(UTC)
        assert owed[SOON] == local.astimezone(UTC) - 2 * HOUR


@pytest.mark.parametrize(
    ("ahead", "kinds"),
    [
        (timedelta(days=3), {A_DAY, SOON}),
        (timedelta(hours=24, seconds=1), {A_DAY, SOON}),
        (timedelta(hours=24), {SOON}),
        (timedelta(hours=3), {SOON}),
        (timedelta(hours=2), set()),
        (timedelta(minutes=5), set()),
        (timedelta(hours=-1), set()),
    ],
)
def test_a_reminder_whose_instant_is_past_is_not_owed(ahead: timedelta, kinds: set[str]) -> None:
    assert {kind for kind, _ in rules.reminders_owed(NOW + ahead, NOW)} == kinds


@pytest.mark.parametrize(
    ("start", "length", "field"),
    [
        (HOUR, HOUR, None),
        (timedelta(seconds=1), timedelta(minutes=1), None),
        (HOUR, timedelta(days=14), None),
        (timedelta(0), HOUR, "starts_at"),
        (-HOUR, 5 * HOUR, "starts_at"),
        (timedelta(days=6 * 365), HOUR, "starts_at"),
        (HOUR, timedelta(0), "ends_at"),
        (HOUR, -timedelta(minutes=1), "ends_at"),
        (HOUR, timedelta(days=14, minutes=1), "ends_at"),
    ],
)
def test_which_times_an_event_may_have(
    start: timedelta, length: timedelta, field: str | None
) -> None:
    problem = rules.problem_with_times(NOW + start, NOW + start + length, NOW)
    assert (problem[0] if problem else None) == field


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, set()),
        ({"title": "Another name", "description": "x", "what_to_bring": ""}, set()),
        ({"time_zone": "Europe/Madrid"}, {rules.Change.TIME}),
        ({"place_address": "Praça Nova 2"}, {rules.Change.PLACE}),
        ({"starts_at": NOW + timedelta(days=8)}, {rules.Change.TIME}),
        (
            {"starts_at": NOW + timedelta(days=8), "place_name": "Town hall"},
            {rules.Change.TIME, rules.Change.PLACE},
        ),
    ],
)
def test_what_attendees_must_hear_of(changed: dict[str, Any], expected: set[rules.Change]) -> None:
    assert rules.changes(event_with(), event_facts(**changed)) == expected
