from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from core.database import make_engine, open_session, table_of
from core.rates import RateWindow, spend
from core.wire import Wire, get_wire, wire, wire_of
from petitions.models import Petition, PetitionState
from tests.builders import NOW, make_guild, make_petition, make_sign_in, make_user

_window, _petition = table_of(RateWindow), table_of(Petition)
COUNT = sa.select(sa.func.count(_window.c.key))
PUT = _window.insert().values(key=sa.bindparam("new_key"), hits=1, ends_at=NOW)
SYNCHRONOUS = sa.text("PRAGMA synchronous").columns(sa.column("level", sa.Integer))
FOUND = sa.select(
    _petition.c.id,
    _petition.c.state,
    _petition.c.closes_on,
    _petition.c.regions,
    _petition.c.opened_at,
).where(_petition.c.id == sa.bindparam("petition"), _petition.c.state == PetitionState.OPEN)
CHANGE = (
    _petition.update()
    .where(_petition.c.id == sa.bindparam("petition"))
    .values(state=sa.bindparam("new_state", type_=_petition.c.state.type))
    .returning(_petition.c.state)
)


def count(engine: Engine) -> int:
    with wire(engine) as line:
        ((number,),) = line.run(COUNT, {})
    return int(number)


def test_values_come_and_go_as_sqlalchemy_would_bring_them(engine: Engine, db: Session) -> None:
    guild = make_guild(db)
    petition = make_petition(db, guild)
    petition.regions, petition.opened_at = ["North", "South"], NOW
    db.commit()
    with wire(engine) as line:
        (row,) = line.run(FOUND, {"petition": petition.id})
        told = line.write(CHANGE, {"petition": petition.id, "new_state": PetitionState.CLOSED})
        assert line.run(FOUND, {"petition": petition.id}) == []
    assert isinstance(row[0], UUID)
    assert row[1:] == (PetitionState.OPEN, petition.closes_on, ["North", "South"], NOW)
    assert told == [(PetitionState.CLOSED,)]


def _put_twice(line: Wire) -> None:
    with line.transaction():
        line.run(PUT, {"new_key": "b"})
        line.run(PUT, {"new_key": "a"})


def test_a_transaction_is_kept_whole_or_not_at_all(engine: Engine) -> None:
    with wire(engine) as line:
        with line.transaction():
            line.run(PUT, {"new_key": "a"})
        with pytest.raises(sa.exc.IntegrityError):
            _put_twice(line)
        line.write(PUT, {"new_key": "c"})
    assert count(engine) == 2


def test_errors_are_sqlalchemys_and_hold_no_values(engine: Engine) -> None:
    with wire(engine) as line:
        line.write(PUT, {"new_key": "somebody@example.org"})
        with pytest.raises(sa.exc.IntegrityError) as raised:
            line.write(PUT, {"new_key": "somebody@example.org"})
        assert "somebody" not in f"{raised.value} {raised.value.orig} {raised.value.params}"
        line.write(PUT, {"new_key": "b"})
    assert count(engine) == 2


def test_in_a_session_it_is_part_of_what_the_session_commits(engine: Engine, db: Session) -> None:
    db.add(RateWindow(key="held back by the session", hits=1, ends_at=NOW))
    line = wire_of(db)
    with line.transaction():
        line.run(PUT, {"new_key": "a"})
    assert line.run(COUNT, {}) == [(2,)]
    assert wire_of(line) is line
    db.rollback()
    assert count(engine) == 0


def test_reading_leaves_nothing_open(app: Flask, db: Session) -> None:
    with app.app_context():
        line = get_wire()
        assert line.run(COUNT, {}) == [(0,)]
        spend("3/minute", "trial", "a")  # neither holds up the other
        assert line.run(COUNT, {}) == [(1,)]
    assert len(db.exec(select(RateWindow)).all()) == 1


@pytest.mark.parametrize("database", ["sqlite"])
def test_only_who_says_so_does_not_wait_for_the_disk(engine: Engine) -> None:
    with wire(engine) as line:
        for durable, level in ((False, 1), (True, 2), (False, 1)):
            with line.transaction(durable=durable):
                assert line.run(SYNCHRONOUS, {}) == [(level,)]
    with open_session(engine) as db:
        assert db.connection().exec_driver_sql("pragma synchronous").scalar_one() == 2


OWN = sa.text("SELECT pg_backend_pid()").columns(sa.column("pid", sa.Integer))


def end_server_of(line: Wire, engine: Engine) -> int:
    """As a restart of PostgreSQL would; says which it was."""
    ((number,),) = line.run(OWN, {})
    with engine.connect() as other:
        other.execute(sa.text("SELECT pg_terminate_backend(:n)"), {"n": number})
    return int(number)


@pytest.mark.postgres
def test_a_connection_whose_server_ended_is_not_lent_again(pg_engine: Engine) -> None:
    with wire(pg_engine) as line:
        number = end_server_of(line, pg_engine)
    with pytest.raises(sa.exc.OperationalError), wire(pg_engine) as line:
        line.run(OWN, {})
    with wire(pg_engine) as line:
        ((another,),) = line.run(OWN, {})
    assert another != number


def _begin(line: Wire, _engine: Engine) -> None:
    with line.transaction():
        pytest.fail("it began")


def _commit(line: Wire, engine: Engine) -> None:
    with line.transaction():
        end_server_of(line, engine)


@pytest.mark.postgres
@pytest.mark.parametrize(("deed", "is_lost_before"), [(_begin, True), (_commit, False)])
def test_a_server_that_ended_is_told_by_sqlalchemys_error_also_around_a_transaction(
    pg_engine: Engine, deed: Callable[[Wire, Engine], None], *, is_lost_before: bool
) -> None:
    with wire(pg_engine) as line:
        if is_lost_before:
            end_server_of(line, pg_engine)
        with pytest.raises(sa.exc.OperationalError):
            deed(line, pg_engine)


@pytest.mark.postgres
def test_a_session_whose_server_ended_closes_in_peace(pg_engine: Engine) -> None:
    with open_session(pg_engine) as db:
        line = wire_of(db)
        end_server_of(line, pg_engine)
        with pytest.raises(sa.exc.OperationalError):
            line.run(OWN, {})
    with open_session(pg_engine) as db:
        assert wire_of(db).run(COUNT, {}) == [(0,)]


@pytest.mark.parametrize("url", ["postgresql+psycopg://nobody@127.0.0.1:1/x", "sqlite:///{}/no/x"])
def test_no_database_is_sqlalchemys_error(url: str, tmp_path: Path) -> None:
    with pytest.raises(sa.exc.OperationalError), wire(make_engine(url.format(tmp_path))):
        pass


@pytest.mark.parametrize("database", ["postgresql"])
def test_who_is_signed_in_is_told_to_wait_while_the_database_restarts(
    app: Flask, db: Session
) -> None:
    token = make_sign_in(db, make_user(db, "alice"))
    db.commit()
    client = app.test_client()
    with client.session_transaction() as session:
        session.update(_user_id=token, _fresh=True)
    assert client.get("/").status_code == 200
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    end = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
    db.connection().execute(sa.text(end))
    db.commit()
    answers = [client.get("/").status_code for _ in range(4)]
    assert set(answers) <= {200, 503}
    assert answers[-1] == 200
