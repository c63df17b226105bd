import threading
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from audit import services
from audit.models import AuditEntry
from audit.queries import entries_of_guild
from core.database import open_session
from tests.builders import NOW, make_guild, make_user


def deed(db: Session, number: int = 0, **options: Any) -> None:
    services.record(
        db,
        "trials.done",
        actor=None,
        subject=("trial", uuid4()),
        now=NOW,
        summary=f"deed {number}",
        **options,
    )


@pytest.fixture
def five(db: Session) -> Session:
    """A record of five deeds, in three transactions."""
    for number in (1, 2):
        deed(db, number)
    db.commit()
    for number in (3, 4):
        deed(db, number, reason="because")
    db.commit()
    deed(db, 5)
    db.commit()
    return db


def test_a_record_as_it_was_written_is_whole(five: Session) -> None:
    assert list(services.problems(five)) == []
    entries = five.exec(select(AuditEntry).order_by(col(AuditEntry.sequence))).all()
    assert [entry.sequence for entry in entries] == [1, 2, 3, 4, 5]
    assert [entry.summary for entry in entries] == [f"deed {n}" for n in range(1, 6)]


def test_an_empty_record_is_whole(db: Session) -> None:
    assert list(services.problems(db)) == []


@pytest.mark.parametrize(
    ("tampering", "told"),
    [
        ("update audit_entry set summary = 'other' where sequence = 3", "entry 3 was changed"),
        ("update audit_entry set actor_id = subject_id where sequence = 1", "entry 1 was changed"),
        ("update audit_entry set reason = '' where sequence = 4", "entry 4 was changed"),
        ("delete from audit_entry where sequence = 2", "entry 2 is missing"),
        ("delete from audit_entry where sequence = 1", "entry 1 is missing"),
        ("delete from audit_entry where sequence = 5", "record ends at entry 4"),
        ("delete from audit_entry where sequence > 2", "record ends at entry 2"),
        ("delete from audit_entry", "record ends at entry 0"),
        ("delete from audit_head", "its head tells of 0"),
    ],
)
def test_what_was_changed_or_removed_is_found(five: Session, tampering: str, told: str) -> None:
    five.connection().execute(text(tampering))
    five.commit()
    assert told in "\n".join(services.problems(five))


def test_entries_that_changed_places_are_found(five: Session) -> None:
    for here, there in ((2, 99), (3, 2), (99, 3)):
        five.connection().execute(
            text("update audit_entry set sequence = :there where sequence = :here"),
            {"here": here, "there": there},
        )
    five.commit()
    assert len(list(services.problems(five))) >= 2


def test_an_entry_changed_with_its_hash_breaks_the_next(five: Session) -> None:
    entry = five.exec(select(AuditEntry).where(AuditEntry.sequence == 3)).one()
    entry.summary = "other"
    entry.entry_hash = services.entry_hash(services._fields(entry), entry.previous_hash)
    five.add(entry)
    five.commit()
    assert list(services.problems(five)) == ["entry 4 does not follow the entry before it"]


def test_a_deed_undone_leaves_no_entry(db: Session) -> None:
    deed(db)
    db.rollback()
    deed(db, 2)
    db.commit()
    (entry,) = db.exec(select(AuditEntry)).all()
    assert (entry.sequence, entry.summary) == (1, "deed 2")
    assert list(services.problems(db)) == []


def test_writers_at_once_keep_a_chain_without_gaps(engine: Engine) -> None:
    errors: list[Exception] = []
    ready = threading.Barrier(4)

    def write() -> None:
        ready.wait()
        try:
            for number in range(10):
                with open_session(engine) as db:
                    deed(db, number)
                    db.commit()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with open_session(engine) as db:
        assert list(services.problems(db)) == []
        sequences = db.exec(select(AuditEntry.sequence).order_by(col(AuditEntry.sequence))).all()
        assert list(sequences) == list(range(1, 41))


def test_members_read_their_guild_s_own_entries_alone(db: Session) -> None:
    alice = make_user(db)
    here, there = make_guild(db), make_guild(db, slug="hill-guild")
    for guild in (here, there):
        services.record(
            db,
            "guilds.founded",
            actor=alice,
            subject=("guild", guild.id),
            now=NOW,
            guild_id=guild.id,
            summary=guild.name,
        )
    db.commit()
    ((entry, actor),) = entries_of_guild(db, here.id)
    assert entry.summary == here.name
    assert actor is not None
    assert actor.id == alice.id
    db.delete(alice)
    db.commit()
    ((entry, actor),) = entries_of_guild(db, here.id)
    assert actor is None
    assert list(services.problems(db)) == []


def test_the_command_says_whether_the_record_is_whole(app: Flask, five: Session) -> None:
    runner = app.test_cli_runner()
    five.commit()
    whole = runner.invoke(args=["audit", "verify"])
    assert (whole.exit_code, whole.output) == (0, "The record is whole.\n")
    five.connection().execute(text("delete from audit_entry where sequence = 2"))
    five.commit()
    broken = runner.invoke(args=["audit", "verify"])
    assert broken.exit_code == 1
    assert "entry 2 is missing" in broken.output
