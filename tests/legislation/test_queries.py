from datetime import date, timedelta

import pytest
from sqlmodel import Session

from guilds.models import GuildState, Role
from legislation import queries
from legislation.models import Bill, BillChange
from legislation.stages import BillState
from tests.builders import NOW, make_bill, make_guild, make_user


def names(found: list[queries.BillLine]) -> list[str]:
    return [bill.identifier for bill in found]


def test_the_bill_that_moved_last_comes_first(db: Session) -> None:
    for number in range(3):
        make_bill(db, f"HR {number}", latest_action_on=date(2026, 2, 1 + number))
    assert names(queries.bills(db)) == ["HR 2", "HR 1", "HR 0"]


def test_bills_may_be_filtered_by_where_they_stand(db: Session) -> None:
    make_bill(db, "HR 1", state=BillState.ENACTED)
    make_bill(db, "HR 2")
    assert names(queries.bills(db, state=BillState.ENACTED)) == ["HR 1"]
    assert queries.bills(db, state=BillState.VETOED) == []


def test_pages_of_bills_of_one_day_leave_none_out(
    db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    made = {make_bill(db, f"HR {number}").id for number in range(7)}
    seen: list[queries.BillLine] = []
    while page := queries.bills(
        db, before=(seen[-1].latest_action_on, seen[-1].id) if seen else None
    ):
        seen += page[: queries.PAGE]
    assert len(seen) == 7
    assert {bill.id for bill in seen} == made


def test_a_guild_sees_what_it_watches_itself(db: Session) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    guild = make_guild(db, admins=[alice])
    make_bill(db, "HR 1", watched_by=[guild, bob])
    make_bill(db, "HR 2", watched_by=[bob])
    make_bill(db, "HR 3")
    assert names(queries.bills_of_guild(db, guild.id)) == ["HR 1"]


def test_the_latest_moves_come_first(db: Session) -> None:
    bills = [make_bill(db, f"HR {number}") for number in range(3)]
    for hours, bill in enumerate(bills):
        found_at = NOW - timedelta(hours=hours)
        db.add(BillChange(bill_id=bill.id, found_at=found_at, changes=[f"Moved {hours}"]))
    db.flush()
    moves = queries.recently_moved(db, 2)
    assert [(move.bill.identifier, move.changes) for move in moves] == [
        ("HR 0", ["Moved 0"]),
        ("HR 1", ["Moved 1"]),
    ]


def test_the_record_is_read_newest_first_in_pages(
    db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "ACTIONS_PAGE", 2)
    bill = make_bill(db, action_count=4)
    assert [row.position for row in queries.actions(db, bill.id)] == [3, 2, 1]
    assert [row.position for row in queries.actions(db, bill.id, before=2)] == [1, 0]


def test_my_guilds_are_those_that_watch_or_could_by_my_word(db: Session) -> None:
    bob = make_user(db, "bob")
    watching = make_guild(db, members=[bob], slug="a-watching")
    organised = make_guild(db, organisers=[bob], slug="b-organised")
    make_guild(db, members=[bob], slug="c-elsewhere")
    of_others = make_guild(db, slug="d-of-others")
    gone = make_guild(db, admins=[bob], slug="e-gone")
    gone.state = GuildState.DISSOLVED
    bill = make_bill(db, watched_by=[watching, of_others])
    make_bill(db, "HR 78", watched_by=[organised])
    found = queries.my_guilds_and(db, bill.id, bob)
    assert [(each.guild.slug, each.role, each.is_watching) for each in found] == [
        (watching.slug, Role.MEMBER, True),
        (organised.slug, Role.ORGANISER, False),
    ]


def test_everyone_who_watches_is_named_once(db: Session) -> None:
    alice, bob, carol = (make_user(db, name) for name in ("alice", "bob", "carol"))
    make_user(db, "charlie")
    first = make_guild(db, admins=[alice], members=[bob])
    second = make_guild(db, members=[alice, bob], slug="lantern-guild")
    bill: Bill = make_bill(db, watched_by=[first, second, alice, carol])
    assert sorted(queries.watcher_ids(db, bill.id)) == sorted([alice.id, bob.id, carol.id])
