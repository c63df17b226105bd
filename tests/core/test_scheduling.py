import threading
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.engine import Engine
from sqlmodel import Session, select

from core import scheduling
from core.database import open_session
from core.scheduling import Job, JobSlot, claim_slot
from core.settings import Settings
from tests import processes
from tests.builders import NOW
from tests.conftest import Clock


def nothing(_db: Session, _now: datetime) -> int:
    return 0


HOURLY = Job("hourly", nothing, every=timedelta(hours=1))


def test_one_of_many_schedulers_gets_a_slot(engine: Engine) -> None:
    won: list[bool] = []
    ready = threading.Barrier(4)

    def claim() -> None:
        with open_session(engine) as db:
            ready.wait()
            won.append(claim_slot(db, HOURLY, NOW))

    for _ in range(3):
        threads = [threading.Thread(target=claim) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(won) == [False] * 11 + [True]


def test_a_missed_slot_is_caught_up_once_and_time_never_runs_back(db: Session) -> None:
    assert claim_slot(db, HOURLY, NOW)
    assert not claim_slot(db, HOURLY, NOW + timedelta(minutes=59))
    assert claim_slot(db, HOURLY, NOW + timedelta(days=3))
    assert not claim_slot(db, HOURLY, NOW + timedelta(hours=1))
    assert len(db.exec(select(JobSlot)).all()) == 1


CLAIM = """
from datetime import UTC, datetime, timedelta
from core.database import get_engine, open_session
from core.scheduling import Job, claim_slot
start = datetime(2026, 1, 1, tzinfo=UTC)
job = Job("trial", lambda db, now: 0, every=timedelta(hours=1))
won = []
with app.app_context(), open_session(get_engine()) as db:
    for hour in range(40):
        if claim_slot(db, job, start + timedelta(hours=hour)):
            won.append(hour)
print(json.dumps(won))
"""


def test_two_processes_never_share_a_slot(settings: Settings) -> None:
    workers = [processes.start(CLAIM, settings) for _ in range(2)]
    first, second = (worker.result() for worker in workers)
    assert not set(first) & set(second)
    assert max(first + second) == 39


def failing(_db: Session, _now: datetime) -> int:
    raise ValueError("broken")


@pytest.mark.parametrize("database", ["sqlite"])
def test_a_failing_job_is_logged_and_stops_nothing(
    app: Flask, clock_at: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    job = Job("failing", failing, every=timedelta(hours=1))
    assert scheduling.run_job(app, job) == 0
    assert "job failing failed" in caplog.text
    with pytest.raises(ValueError, match="broken"):
        scheduling.run_job(app, job, forced=True)


@pytest.mark.parametrize("database", ["sqlite"])
def test_the_clock_runs_each_job_soon_after_its_start(app: Flask) -> None:
    ran: list[datetime] = []

    def note(_db: Session, now: datetime) -> int:
        ran.append(now)
        return 1

    app.extensions[scheduling.EXTENSION] = (Job("note", note, every=timedelta(hours=1)),)
    ticking = scheduling.start(app)
    try:
        deadline = time.monotonic() + 10
        while not ran and time.monotonic() < deadline:
            time.sleep(0.02)
    finally:
        ticking.shutdown(wait=True)
    assert len(ran) == 1


def test_the_newest_claim_is_the_last_tick(db: Session, now: Any) -> None:
    assert scheduling.last_tick(db) is None
    claim_slot(db, HOURLY, now)
    claim_slot(db, Job("daily", nothing, every=timedelta(days=1)), now + timedelta(minutes=5))
    assert scheduling.last_tick(db) == now + timedelta(minutes=5)
