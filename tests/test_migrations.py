"""Migrations on both databases: up from nothing, no drift, child rows survive, down to nothing."""

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy.engine import Engine
from sqlmodel import Session, SQLModel, select

from app import MODELS
from core import migrating
from core.database import make_engine, table_of
from guilds.models import Guild, Membership
from petitions.models import (
    Petition,
    PetitionHour,
    PetitionPlace,
    PetitionUpdate,
    SignatureState,
    Telling,
)
from petitions.paper_models import PaperBatch
from petitions.telling import tell_signatories
from petitions.updates import POSTED
from tests import builders
from tests.postgres import Server


@pytest.fixture(autouse=True)
def tables() -> None:
    for name in MODELS:
        import_module(name)


@pytest.fixture
def empty(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any table."""
    if database == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}")
        yield engine
        engine.dispose()
        return
    server: Server = request.getfixturevalue("pg_server")
    with server.clone("template0") as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


def test_up_from_nothing_is_current_without_drift(empty: Engine) -> None:
    assert not migrating.is_current(empty)
    migrating.upgrade(empty)
    assert migrating.is_current(empty)
    assert migrating.drift(empty) == []


def constraints(engine: Engine) -> dict[str, Any]:
    """What autogenerate does not compare: checks and the other constraints, by table."""
    inspector = sa.inspect(engine)
    return {
        table: {
            "checks": sorted(
                (str(check["name"]), check["sqltext"])
                for check in inspector.get_check_constraints(table)
            ),
            "unique": sorted(
                (str(unique["name"]), tuple(unique["column_names"]))
                for unique in inspector.get_unique_constraints(table)
            ),
            "keys": sorted(
                (str(key["name"]), str(key["options"])) for key in inspector.get_foreign_keys(table)
            ),
            "indexes": sorted(
                (
                    str(index["name"]),
                    sorted((k, str(v)) for k, v in index.get("dialect_options", {}).items()),
                )
                for index in inspector.get_indexes(table)
            ),
            "options": {
                name: value
                for name, value in inspector.get_table_options(table).items()
                if value is not None
            },
        }
        for table in inspector.get_table_names()
        if table != "alembic_version"
    }


def test_migrated_and_created_tables_have_the_same_constraints(
    empty: Engine, engine: Engine
) -> None:
    SQLModel.metadata.create_all(empty)
    assert constraints(engine) == constraints(empty)


def test_down_to_nothing_and_up_again(empty: Engine) -> None:
    migrating.upgrade(empty)
    migrating.downgrade(empty, "base")
    assert sa.inspect(empty).get_table_names() == ["alembic_version"]
    migrating.upgrade(empty)
    assert migrating.is_current(empty)


def test_a_second_run_changes_nothing(db: Session, engine: Engine) -> None:
    builders.make_guild(db, admins=[builders.make_user(db)])
    db.commit()
    migrating.upgrade(engine)
    assert len(db.exec(select(Membership)).all()) == 1


@pytest.mark.parametrize("database", ["sqlite"])
def test_child_rows_survive_the_rebuilding_of_their_parent(db: Session, engine: Engine) -> None:
    """What a batch migration does on SQLite: the parent is copied, dropped and renamed."""
    builders.make_guild(db, admins=[builders.make_user(db)])
    db.commit()
    with migrating._migrating(engine) as connection:
        operations = Operations(MigrationContext.configure(connection))
        with operations.batch_alter_table("guild", recreate="always") as guild:
            guild.add_column(sa.Column("motto", sa.String(80), nullable=True))
    assert "motto" in {column["name"] for column in sa.inspect(engine).get_columns("guild")}
    assert len(db.exec(select(Guild)).all()) == 1
    assert len(db.exec(select(Membership)).all()) == 1
    db.rollback()
    with engine.connect() as connection:
        assert connection.exec_driver_sql("pragma foreign_keys").scalar_one() == 1


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_migration_that_orphans_rows_is_undone(db: Session, engine: Engine) -> None:
    builders.make_guild(db, admins=[builders.make_user(db)])
    db.commit()
    with (
        pytest.raises(RuntimeError, match="without their parent"),
        migrating._migrating(engine) as connection,
    ):
        connection.exec_driver_sql('delete from "user"')
    assert len(db.exec(select(Membership)).all()) == 1


def test_what_was_signed_before_hours_and_places_were_counted_is_in_them(
    db: Session, engine: Engine
) -> None:
    petition = builders.make_petition(db, builders.make_guild(db))
    for number, country in enumerate(("PT", "PT", "FR", "")):
        at = builders.NOW - timedelta(minutes=40 * number)
        builders.make_signature(db, petition, f"{number}@example.org", country=country, at=at)
    builders.make_signature(db, petition, "late@example.org", state=SignatureState.PENDING)

    def counted() -> tuple[set[Any], set[Any], int]:
        hours = {(one.hour, one.step) for one in db.exec(select(PetitionHour))}
        rows = db.exec(select(PetitionPlace))
        places = {(one.country, one.region, one.signature_count) for one in rows}
        return hours, places, db.exec(select(Petition.signature_count)).one()

    before = counted()
    db.commit()
    migrating.downgrade(engine, "0001")
    migrating.upgrade(engine)
    db.expire_all()
    assert counted() == before
    builders.make_signature(db, db.get_one(Petition, petition.id), "new@example.org", country="PT")
    assert ("PT", "", 3) in counted()[1]


def test_news_that_was_told_in_part_goes_on_where_it_stood(db: Session, engine: Engine) -> None:
    petition = builders.make_petition(db, builders.make_guild(db))
    news = [
        PetitionUpdate(
            petition_id=petition.id, title=title, text="", text_html="", posted_at=builders.NOW
        )
        for title in ("Told to all", "On its way", "Not begun")
    ]
    db.add_all(news)
    db.flush()
    through = {news[1].id: uuid4(), news[2].id: None}
    for subject_id, reached in through.items():
        tell_signatories(db, POSTED, petition.id, subject_id=subject_id, now=builders.NOW)
        mine = table_of(Telling).c.subject_id == subject_id
        db.connection().execute(table_of(Telling).update().where(mine).values(told_through=reached))
    db.commit()
    migrating.downgrade(engine, "0002")
    migrating.upgrade(engine)
    db.expire_all()
    tellings = db.exec(select(Telling)).all()
    assert {one.subject_id: one.told_through for one in tellings} == through
    assert {(one.kind, one.began_at) for one in tellings} == {(POSTED, builders.NOW)}


def test_before_0003_sheets_stand_once_with_the_batch_that_counts(
    db: Session, engine: Engine
) -> None:
    petition = builders.make_petition(db, builders.make_guild(db))
    told = {"place": "Hall", "collected_on": builders.NOW.date(), "witness": "Wim"}
    for sheets, numbers in (("ab" * 32, (40, 41, -42)), ("cd" * 32, (7,)), ("ef" * 32, (1, 2))):
        for number in numbers:
            db.add(
                PaperBatch(
                    petition_id=petition.id, signature_count=abs(number), sheet_hash=sheets,
                    entered_at=builders.NOW, struck_at=builders.NOW if number > 0 else None, **told,
                )
            )  # fmt: skip
    db.commit()
    migrating.downgrade(engine, "0002")
    migrating.upgrade(engine)
    db.expire_all()
    left = sorted(batch.signature_count for batch in db.exec(select(PaperBatch)))
    assert left in ([1, 7, 42], [2, 7, 42])


def test_two_processes_that_start_together_migrate_once(empty: Engine) -> None:
    ready, errors = Barrier(2), []

    def start() -> None:
        engine = make_engine(empty.url.render_as_string(hide_password=False))
        ready.wait()
        try:
            migrating.upgrade(engine)
        except Exception as error:
            errors.append(error)
        finally:
            engine.dispose()

    threads = [Thread(target=start) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert migrating.is_current(empty)
