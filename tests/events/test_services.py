from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

import accounts.signals
from accounts.models import User
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from events import queries, rules, services
from events.models import Event, EventChange, EventState, Visibility
from guilds.models import Guild
from notifications.models import Notice
from tests.builders import NOW, event_facts, make_event, make_guest, make_guild, make_user
from tests.statements import collected

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
A_DAY, SOON = "events.starts_in_a_day", "events.starts_soon"


def owed(db: Session, event: Event, recipient_id: UUID | None = None) -> set[tuple[str, datetime]]:
    """Kind and time of what waits to be sent about an event."""
    query = select(Notice).where(Notice.subject_id == event.id, col(Notice.settled_at).is_(None))
    if recipient_id:
        query = query.where(Notice.recipient_id == recipient_id)
    return {(notice.kind, notice.due_at) for notice in db.exec(query)}


def reminders(event: Event) -> set[tuple[str, datetime]]:
    return {(A_DAY, event.starts_at - DAY), (SOON, event.starts_at - 2 * HOUR)}


def actions(db: Session, event: Event) -> list[str]:
    db.commit()
    query = select(AuditEntry).where(AuditEntry.subject_id == event.id)
    return [entry.action for entry in db.exec(query.order_by(col(AuditEntry.sequence)))]


def edit(db: Session, event: Event, actor: User, *, now: datetime = NOW, **changes: Any) -> Event:
    facts = event_facts(**changes)
    return services.edit_event(db, event, facts=facts, actor=actor, now=now)


def test_a_draft_is_published_and_both_are_on_record(
    db: Session, guild: Guild, alice: User
) -> None:
    event = services.create_event(db, guild, facts=event_facts(), actor=alice, now=NOW)
    assert event.state is EventState.DRAFT
    assert "<strong>dreams</strong>" in event.description_html
    services.publish_event(db, event, actor=alice, now=NOW)
    assert (event.state, event.sequence, event.attending_count) == (EventState.CONFIRMED, 0, 0)
    assert actions(db, event) == ["events.drafted", "events.published"]


def test_a_drafts_title_is_not_in_the_record_members_read(
    db: Session, guild: Guild, alice: User
) -> None:
    event = services.create_event(db, guild, facts=event_facts(), actor=alice, now=NOW)
    db.commit()
    entry = db.exec(select(AuditEntry).where(AuditEntry.subject_id == event.id)).one()
    assert event.title not in entry.summary


def test_members_change_publish_and_cancel_nothing_of_others(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    event = make_event(db, guild, alice)
    draft = make_event(db, guild, alice, state=EventState.DRAFT)
    charlie = make_user(db, "charlie")
    with pytest.raises(NotAllowed):
        services.create_event(db, guild, facts=event_facts(), actor=charlie, now=NOW)
    for outsider in (bob, charlie):
        with pytest.raises(NotAllowed):
            edit(db, draft, outsider)
        with pytest.raises(NotAllowed):
            services.publish_event(db, draft, actor=outsider, now=NOW)
        with pytest.raises(NotAllowed):
            edit(db, event, outsider)
        with pytest.raises(NotAllowed):
            services.cancel_event(db, event, actor=outsider, reason="", now=NOW)


def test_what_lies_in_the_past_is_refused(db: Session, guild: Guild, alice: User) -> None:
    facts = event_facts(starts_at=NOW - HOUR)
    with pytest.raises(RuleBroken):
        services.create_event(db, guild, facts=facts, actor=alice, now=NOW)
    event = make_event(db, guild, alice)
    with pytest.raises(RuleBroken):
        edit(db, event, alice, now=event.starts_at + HOUR)
    with pytest.raises(RuleBroken):
        services.cancel_event(db, event, actor=alice, reason="x", now=event.ends_at)


def test_a_guild_that_is_not_listed_calls_nobody_publicly(db: Session, alice: User) -> None:
    hidden = make_guild(db, admins=[alice], slug="hidden", listed=False)
    with pytest.raises(RuleBroken, match="not listed"):
        make_event(db, hidden, alice)
    assert make_event(db, hidden, alice, visibility=Visibility.LINK).visibility is Visibility.LINK


def test_a_moved_event_moves_its_reminders_and_tells_everyone_once(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    event = make_event(db, guild, alice, attendees=[alice, bob])
    guest = make_guest(db, event)
    later = event.starts_at + 3 * HOUR
    edit(db, event, alice, starts_at=later)
    assert (event.starts_at, event.sequence) == (later, 1)
    for recipient_id in (alice.id, bob.id, guest.id):
        assert owed(db, event, recipient_id) == reminders(event) | {("events.changed", NOW)}
    before = db.exec(select(EventChange)).one()
    assert (before.starts_at, before.at) == (later - 3 * HOUR, NOW)


def test_another_place_is_told_and_leaves_reminders_where_they_are(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    event = make_event(db, guild, alice, attendees=[bob])
    edit(db, event, alice, place_name="Town hall")
    assert event.sequence == 1
    assert owed(db, event) == reminders(event) | {("events.changed", NOW)}


def test_other_words_tell_nobody(db: Session, guild: Guild, alice: User, bob: User) -> None:
    event = make_event(db, guild, alice, attendees=[bob])
    edit(db, event, alice, title="March for sleep", now=NOW + HOUR)
    assert (event.title, event.sequence) == ("March for sleep", 0)
    assert event.changed_at == NOW + HOUR
    assert owed(db, event) == reminders(event)


def test_a_draft_changes_in_silence(db: Session, guild: Guild, alice: User) -> None:
    event = make_event(db, guild, alice, state=EventState.DRAFT)
    edit(db, event, alice, place_name="Town hall")
    assert event.sequence == 0
    assert db.exec(select(EventChange)).all() == []


def test_who_was_reminded_of_the_old_day_is_reminded_of_the_new_one(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    event = make_event(db, guild, alice, attendees=[bob])
    now = event.starts_at - 12 * HOUR
    sent = db.exec(select(Notice).where(Notice.kind == A_DAY)).one()
    sent.settled_at = now
    db.add(sent)
    edit(db, event, alice, starts_at=event.starts_at + 2 * DAY, now=now)
    assert owed(db, event, bob.id) == reminders(event) | {("events.changed", now)}


def test_a_reminder_whose_instant_is_past_after_the_move_is_dropped(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    event = make_event(db, guild, alice, attendees=[bob])
    edit(db, event, alice, starts_at=NOW + 5 * HOUR)
    assert owed(db, event) == {(SOON, NOW + 3 * HOUR), ("events.changed", NOW)}


def test_moving_there_and_back_ends_with_one_reminder_of_each_kind(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    event = make_event(db, guild, alice, attendees=[bob])
    start = event.starts_at
    edit(db, event, alice, starts_at=NOW + 5 * HOUR, now=NOW + timedelta(minutes=1))
    edit(db, event, alice, starts_at=start, now=NOW + timedelta(minutes=2))
    told = {notice for notice in owed(db, event) if notice[0] in rules.REMINDERS}
    assert told == reminders(event)
    assert event.sequence == 2


def test_a_cancelled_event_drops_reminders_and_tells_everyone_at_once(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    event = make_event(db, guild, alice, attendees=[bob])
    guest = make_guest(db, event)
    waiting = make_guest(db, event, "eve@example.org", confirmed=False)
    services.cancel_event(db, event, actor=alice, reason="Storm.", now=NOW + HOUR)
    assert (event.state, event.cancel_reason) == (EventState.CANCELLED, "Storm.")
    assert (event.sequence, event.attending_count) == (1, 2)
    for recipient_id in (bob.id, guest.id):
        assert owed(db, event, recipient_id) == {("events.cancelled", NOW + HOUR)}
    assert owed(db, event, waiting.id) == set()
    assert actions(db, event)[-1] == "events.cancelled"
    with pytest.raises(RuleBroken):
        services.cancel_event(db, event, actor=alice, reason="Again.", now=NOW + HOUR)


def test_telling_many_costs_no_more_statements_than_telling_one(
    db: Session, guild: Guild, alice: User
) -> None:
    def statements(size: int) -> int:
        people = [make_user(db, f"p{size}-{number}") for number in range(size)]
        event = make_event(db, guild, alice, attendees=people)
        db.commit()
        with collected(db.get_bind()) as seen:
            edit(db, event, alice, starts_at=event.starts_at + HOUR)
            services.cancel_event(db, event, actor=alice, reason="Storm.", now=NOW)
        return len(seen)

    assert statements(12) == statements(1)


def test_a_dissolved_guild_calls_off_what_lies_ahead(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    ahead = make_event(db, guild, alice, attendees=[bob])
    over = make_event(db, guild, alice, starts_at=NOW + HOUR)
    draft = make_event(db, guild, alice, state=EventState.DRAFT)
    now = over.ends_at
    services.cancel_events_of_guild(guild, db=db, now=now)
    assert ahead.state is EventState.CANCELLED
    assert owed(db, ahead, bob.id) == {("events.cancelled", now)}
    assert over.state is EventState.CONFIRMED
    assert draft.state is EventState.DRAFT


def test_lists_show_each_viewer_what_is_theirs_to_know(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    made = {
        kind: make_event(db, guild, alice, title=kind, visibility=Visibility(kind))
        for kind in ("public", "link", "guild")
    }
    make_event(db, guild, alice, title="draft", state=EventState.DRAFT)
    make_event(db, guild, alice, title="off", state=EventState.CANCELLED)

    def titles(viewer: User | None) -> set[str]:
        role = queries.get_role(db, guild.id, viewer)
        return {e.title for e in queries.upcoming_of_guild(db, guild, role, viewer, NOW, 9)}

    assert titles(None) == {"public", "off"}
    assert titles(bob) == {"public", "guild", "off"}
    assert titles(alice) == {"public", "guild", "off", "link", "draft"}
    assert [e.title for e, _ in queries.upcoming_public(db, NOW, 9)] == ["public"]
    for viewer, hidden in ((None, {"guild"}), (bob, set())):
        seen = {k for k, e in made.items() if queries.get_event(db, e.id, viewer)}
        assert seen == set(made) - hidden


def test_the_public_list_goes_on_after_the_last_event_seen(
    db: Session, guild: Guild, alice: User
) -> None:
    same_hour = [make_event(db, guild, alice, title=str(n)) for n in range(5)]
    walked: list[Event] = []
    place = None
    while rows := queries.upcoming_public(db, NOW, 2, after=place):
        walked += [event for event, _ in rows]
        place = (walked[-1].starts_at, walked[-1].id)
    assert walked == sorted(same_hour, key=lambda event: event.id)


def test_receivers_stand_in_the_table_of_reactions() -> None:
    import app

    listeners = {receiver.__name__ for _, receiver in app.REACTIONS}
    assert {"cancel_events_of_guild", "release_places", "release_places_in_guild"} <= listeners
    assert accounts.signals.account_erasing in {signal for signal, _ in app.REACTIONS}
