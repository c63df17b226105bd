from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from core import database
from core.database import glance, hurried, open_session
from core.rates import RateWindow, spend


@pytest.mark.parametrize("database", ["sqlite"])
def test_only_what_is_hurried_does_not_wait_for_the_disk(engine: Engine) -> None:
    with hurried(engine).begin() as connection:
        assert connection.exec_driver_sql("pragma synchronous").scalar_one() == 1
    with open_session(engine) as db:
        assert db.connection().exec_driver_sql("pragma synchronous").scalar_one() == 2


@pytest.mark.postgres
def test_a_statement_that_need_not_wait_for_the_disk_says_so_of_itself_alone(
    pg_engine: Engine,
) -> None:
    show = sa.text("SHOW synchronous_commit")
    with pg_engine.connect() as connection:
        connection.execute(sa.text("SET SESSION synchronous_commit = on"))
        off = sa.func.set_config("synchronous_commit", "off", True)
        assert connection.execute(sa.select(off)).scalar_one() == "off"
        assert connection.execute(show).scalar_one() == "off"
        connection.commit()
        assert connection.execute(show).scalar_one() == "on"


def test_a_glance_cannot_leave_anything_open(app: Flask, db: Session) -> None:
    with app.app_context(), glance() as connection:
        assert connection.execute(sa.select(sa.func.count(RateWindow.key))).scalar_one() == 0
        spend("3/minute", "trial", "a")  # neither holds up the other
        assert connection.execute(sa.select(sa.func.count(RateWindow.key))).scalar_one() == 1
    assert len(db.exec(select(RateWindow)).all()) == 1


@pytest.mark.postgres
def test_a_connection_that_lay_idle_while_its_server_ended_is_replaced(
    pg_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def own_number() -> Any:
        with pg_engine.connect() as connection:
            return connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()

    number = own_number()
    assert own_number() == number
    with pg_engine.connect(), pg_engine.connect() as other:
        other.execute(sa.text("SELECT pg_terminate_backend(:n)"), {"n": number})
    monkeypatch.setattr(database, "IDLE", 0.0)
    assert own_number() != number
