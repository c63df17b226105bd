"""The write-ahead log keeps nothing that was erased."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Engine
from sqlmodel import Session

from core import write_log
from core.database import open_session, read_only
from petitions import erasing
from tests.builders import NOW, make_guild, make_petition, make_signature

NAME = b"Ottoline Plovermark"


def traces(url: str) -> list[str]:
    """Files beside the database that hold the name."""
    folder = Path(url.removeprefix("sqlite:///")).parent
    return [path.name for path in folder.iterdir() if path.is_file() and NAME in path.read_bytes()]


@pytest.mark.parametrize("database", ["sqlite"])
def test_after_an_erasure_no_file_holds_the_name(db: Session, database_url: str) -> None:
    petition = make_petition(db, make_guild(db))
    make_signature(db, petition, name=NAME.decode())
    db.commit()
    assert erasing.erase_some(db, petition.id) == 1
    db.commit()
    assert traces(database_url), "older pages of the log hold it still"
    assert write_log.empty(db, NOW) == 1
    assert traces(database_url) == []


@pytest.mark.parametrize("database", ["sqlite"])
def test_who_reads_is_not_disturbed_and_the_next_round_does_it(
    db: Session, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_log, "PATIENCE", 0)
    with open_session(read_only(engine)) as reader:
        make_guild(db)
        db.commit()
        seen = reader.connection().execute(text("SELECT count(*) FROM guild")).scalar()
        make_guild(db, slug="another")
        db.commit()
        assert write_log.empty(db, NOW) == 0
        again = reader.connection().execute(text("SELECT count(*) FROM guild")).scalar()
        assert seen == again == 1
    assert write_log.empty(db, NOW) == 1


@pytest.mark.postgres
def test_postgresql_looks_after_its_own(db: Session) -> None:
    assert write_log.empty(db, NOW) == 0
