from datetime import timedelta
from typing import Any

from sqlalchemy.engine import Engine

from core import migrating
from core.health import TICKED_WITHIN
from tests.conftest import Client, Clock


def test_alive_is_all_that_healthz_says(client: Client) -> None:
    assert client.get("/healthz").get_json() == {"alive": True}


def test_ready_means_migrated_and_ticking(client: Client, clock_at: Clock, run_job: Any) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json() == {"database": True, "migrations": True, "clock": False}
    run_job("forget-rates")
    assert client.get("/readyz").status_code == 200
    clock_at.move(TICKED_WITHIN + timedelta(seconds=1))
    assert client.get("/readyz").get_json()["clock"] is False


def test_a_database_behind_the_code_is_not_ready(
    client: Client, engine: Engine, db: Any, run_job: Any
) -> None:
    run_job("forget-rates")
    db.close()
    migrating.downgrade(engine, "base")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.get_json()["migrations"] is False
