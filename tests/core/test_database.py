from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core import database


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
