import gzip
import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from accounts.models import User
from audit.models import AuditEntry
from core.database import open_session
from core.errors import NotAllowed, RuleBroken
from guilds.models import Guild
from guilds.signals import guild_dissolved
from legislation import queries, services
from legislation.billstatus import BillFileError, read_billstatus
from legislation.models import Bill, BillAction, BillChange, Watch
from legislation.services import ImportOutcome
from legislation.stages import BillState, state
from notifications.models import Notice
from tests.builders import NOW, make_guild, make_user

OURS = Path(__file__).parent / "data"
SHARED = Path(__file__).parents[2].parent / "shared" / "data"
PASSED_HOUSE = (OURS / "hr77-passed-house.xml").read_bytes()
PRESENTED = (OURS / "hr77-presented.xml").read_bytes()
OLDER_SHAPE = (OURS / "hr77-passed-house-older-shape.xml").read_bytes()


def take(db: Session, data: bytes = PASSED_HOUSE) -> services.ImportResult:
    return services.import_bill(db, data, actor=None, now=NOW)


def told(db: Session) -> list[Notice]:
    return list(db.exec(select(Notice).where(Notice.kind == "legislation.bill_moved")))


def rows(db: Session, table: type) -> int:
    return db.exec(select(func.count()).select_from(table)).one()


def sample_files() -> list[object]:
    """Every published file; S 35 is there twice, in both shapes, the older one first."""
    manifest = SHARED / "legislation" / "manifest.json"
    if not manifest.exists():
        no_data = pytest.mark.skip("no shared data beside the checkout: legislation/manifest.json")
        return [pytest.param(None, marks=no_data)]
    bills = json.loads(manifest.read_text("utf-8"))["bills"]
    return [
        pytest.param(SHARED / bill["file"], id=bill["id"])
        for bill in bills
        if "us-billstatus" in str(bill["file"])
    ]


@pytest.mark.parametrize("path", sample_files())
def test_every_published_file_is_taken_as_it_stands(db: Session, path: Path) -> None:
    record = read_billstatus(path.read_bytes())
    result = take(db, path.read_bytes())
    db.commit()
    db.expire_all()
    bill = db.get_one(Bill, result.bill.id)
    assert result.outcome is ImportOutcome.NEW
    assert (bill.identifier, bill.title) == (record.identifier, record.title)
    assert bill.state == state(record)
    assert bill.file_updated_at == record.updated_at
    assert (bill.latest_action_on, bill.latest_action) == record.latest_action
    assert tuple(bill.laws) == record.laws
    kept = db.exec(select(BillAction).order_by(col(BillAction.position))).all()
    assert [(row.position, row.acted_on, row.text) for row in kept] == [
        (position, action.acted_on, action.text) for position, action in enumerate(record.actions)
    ]
    assert take(db, path.read_bytes()).outcome is ImportOutcome.UNCHANGED


def test_a_new_bill_tells_nobody_and_is_on_record(db: Session) -> None:
    result = take(db)
    db.commit()
    assert result.outcome is ImportOutcome.NEW
    assert (result.changes, result.told_count, told(db)) == ((), 0, [])
    entry = db.exec(select(AuditEntry)).one()
    assert entry.action == "legislation.bill_imported"
    assert entry.summary.startswith("HR 77 (130): ")


def test_a_newer_file_moves_the_stage_and_tells_each_watcher_once(db: Session) -> None:
    alice, bob, carol = (make_user(db, name) for name in ("alice", "bob", "carol"))
    make_user(db, "charlie")
    first = make_guild(db, admins=[alice], members=[bob])
    second = make_guild(db, organisers=[bob], members=[alice], slug="lantern-guild")
    bill = take(db).bill
    services.watch_bill(db, bill, actor=alice, guild=first, now=NOW)
    services.watch_bill(db, bill, actor=bob, guild=second, now=NOW)
    services.watch_bill(db, bill, actor=bob, now=NOW)
    services.watch_bill(db, bill, actor=carol, now=NOW)
    result = take(db, PRESENTED)
    assert result.outcome is ImportOutcome.UPDATED
    assert result.bill.id == bill.id
    assert result.bill.state == BillState.PRESENTED
    assert "Passed the Senate on 18 June 2047" in result.changes
    change = db.exec(select(BillChange)).one()
    assert change.changes == list(result.changes)
    assert result.told_count == 3
    notices = told(db)
    assert {notice.user_id for notice in notices} == {alice.id, bob.id, carol.id}
    assert len(notices) == 3
    assert {(notice.subject_id, notice.due_at) for notice in notices} == {(change.id, NOW)}
    assert rows(db, BillAction) == result.bill.action_count
    db.commit()
    assert "legislation.bill_updated" in db.exec(select(AuditEntry.action)).all()


def test_the_same_file_twice_does_nothing(db: Session) -> None:
    alice = make_user(db)
    bill = take(db, PRESENTED).bill
    services.watch_bill(db, bill, actor=alice, now=NOW)
    for data in (PRESENTED, gzip.compress(PRESENTED)):
        assert take(db, data).outcome is ImportOutcome.UNCHANGED
    db.commit()
    assert (rows(db, Bill), rows(db, BillChange), told(db)) == (1, 0, [])
    assert rows(db, AuditEntry) == 1


def test_a_newer_file_that_only_carries_a_newer_date_tells_nobody(db: Session) -> None:
    alice = make_user(db)
    bill = take(db, PRESENTED).bill
    services.watch_bill(db, bill, actor=alice, now=NOW)
    newer = PRESENTED.replace(b"2047-06-26T05:10:00Z", b"2047-06-30T05:10:00Z")
    result = take(db, newer)
    assert (result.outcome, result.changes, told(db)) == (ImportOutcome.UPDATED, (), [])
    assert result.bill.file_updated_at == datetime(2047, 6, 30, 5, 10, tzinfo=UTC)


def test_an_older_file_is_refused_with_both_dates(db: Session) -> None:
    bill = take(db, PRESENTED).bill
    with pytest.raises(RuleBroken) as refused:
        take(db)
    assert "of 26 June 2047, 05:10 UTC" in str(refused.value)
    older = read_billstatus(PASSED_HOUSE).updated_at
    assert f"of {older.day} {older:%B %Y, %H:%M} UTC" in str(refused.value)
    assert bill.state == BillState.PRESENTED


def test_both_shapes_of_a_file_are_one_bill(db: Session) -> None:
    assert take(db, OLDER_SHAPE).bill.id == take(db, PRESENTED).bill.id


def test_nothing_is_taken_of_a_file_that_cannot_be_read(db: Session) -> None:
    with pytest.raises(BillFileError):
        take(db, PASSED_HOUSE[:-200])
    assert rows(db, Bill) == 0


def test_more_sponsors_than_there_are_members_is_no_bill(
    db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_SPONSORS", 0)
    with pytest.raises(BillFileError, match="sponsors"):
        take(db)


@pytest.fixture
def alice(db: Session) -> User:
    return make_user(db)


@pytest.fixture
def guild(db: Session, alice: User) -> Guild:
    return make_guild(db, admins=[alice], members=[make_user(db, "bob")])


def test_a_guild_that_imports_a_bill_watches_it_and_is_not_told_of_that_file(
    db: Session, alice: User, guild: Guild
) -> None:
    take(db)
    for _ in range(2):
        services.import_bill(db, PRESENTED, actor=alice, guild=guild, now=NOW)
    db.commit()
    assert [bill.identifier for bill in queries.bills_of_guild(db, guild.id)] == ["HR 77"]
    assert told(db) == []
    seen = db.exec(select(AuditEntry.action).where(AuditEntry.guild_id == guild.id)).all()
    assert sorted(seen) == ["legislation.bill_updated", "legislation.bill_watched"]


def test_a_guild_may_import_without_watching(db: Session, alice: User, guild: Guild) -> None:
    services.import_bill(db, PRESENTED, actor=alice, guild=guild, is_watched=False, now=NOW)
    assert queries.bills_of_guild(db, guild.id) == []


def test_only_organisers_import_and_watch_for_a_guild(db: Session, guild: Guild) -> None:
    bill = take(db).bill
    bob = db.exec(select(User).where(User.handle == "bob")).one()
    for outsider in (bob, make_user(db, "charlie")):
        with pytest.raises(NotAllowed):
            services.import_bill(db, PRESENTED, actor=outsider, guild=guild, now=NOW)
        with pytest.raises(NotAllowed):
            services.watch_bill(db, bill, actor=outsider, guild=guild, now=NOW)
        with pytest.raises(NotAllowed):
            services.unwatch_bill(db, bill, actor=outsider, guild=guild, now=NOW)
    with pytest.raises(NotAllowed):
        services.import_bill(db, PRESENTED, actor=bob, now=NOW)
    assert (bill.state, rows(db, Watch)) == (BillState.PASSED_ONE_CHAMBER, 0)


def test_watching_begins_once_and_ends(db: Session, alice: User, guild: Guild) -> None:
    bill = take(db).bill
    assert services.watch_bill(db, bill, actor=alice, now=NOW)
    assert not services.watch_bill(db, bill, actor=alice, now=NOW)
    assert services.watch_bill(db, bill, actor=alice, guild=guild, now=NOW)
    assert queries.is_watching(db, bill.id, alice)
    assert services.unwatch_bill(db, bill, actor=alice, now=NOW)
    assert not services.unwatch_bill(db, bill, actor=alice, now=NOW)
    assert not queries.is_watching(db, bill.id, alice)
    assert rows(db, Watch) == 1
    assert services.unwatch_bill(db, bill, actor=alice, guild=guild, now=NOW)
    assert rows(db, Watch) == 0


def test_what_one_watches_in_private_is_not_on_record(db: Session, alice: User) -> None:
    bill = take(db).bill
    services.watch_bill(db, bill, actor=alice, now=NOW)
    db.commit()
    assert db.exec(select(AuditEntry.action)).all() == ["legislation.bill_imported"]


def test_a_dissolved_guild_watches_nothing(db: Session, alice: User, guild: Guild) -> None:
    services.import_bill(db, PRESENTED, actor=alice, guild=guild, now=NOW)
    with guild_dissolved.connected_to(services.stop_watching_for_guild):
        guild_dissolved.send(guild, db=db, now=NOW)
    assert rows(db, Watch) == 0


def test_my_data_names_the_bills_i_watch(db: Session, alice: User) -> None:
    bill = take(db).bill
    assert services.export_watches(alice, db=db) == ("legislation", [])
    services.watch_bill(db, bill, actor=alice, now=NOW)
    [watch] = services.export_watches(alice, db=db)[1]
    assert (watch["bill"], watch["legislative_session"]) == ("HR 77", "130")
    assert watch["watched_since"] == NOW.isoformat()


def test_many_watchers_are_told_in_few_statements(
    db: Session, alice: User, guild: Guild, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "TOLD_AT_ONCE", 2)
    bill = take(db).bill
    people = [make_user(db, f"person-{n}") for n in range(5)]
    for person in people:
        services.watch_bill(db, bill, actor=person, now=NOW)
    assert take(db, PRESENTED).told_count == 5
    assert {notice.user_id for notice in told(db)} == {person.id for person in people}


@pytest.mark.postgres
@pytest.mark.parametrize("known_before", [False, True])
def test_two_imports_at_once_end_in_one_bill_and_one_change(
    db: Session, alice: User, known_before: bool
) -> None:
    if known_before:
        services.watch_bill(db, take(db).bill, actor=alice, now=NOW)
    db.commit()
    together = threading.Barrier(4)
    outcomes: list[str] = []

    def bring_in() -> None:
        with open_session(db.get_bind().engine) as own:
            together.wait()
            result = services.import_bill(own, PRESENTED, actor=None, now=NOW)
            outcomes.append(result.outcome)
            own.commit()

    threads = [threading.Thread(target=bring_in) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    db.expire_all()
    first = ImportOutcome.UPDATED if known_before else ImportOutcome.NEW
    assert sorted(outcomes) == sorted([first, *[ImportOutcome.UNCHANGED] * 3])
    bill = db.exec(select(Bill)).one()
    assert rows(db, BillAction) == bill.action_count
    assert (rows(db, BillChange), len(told(db))) == ((1, 1) if known_before else (0, 0))
