from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.engine import Engine
from sqlmodel import Session, select
from werkzeug.exceptions import TooManyRequests

from core.database import get_db
from core.rates import RateWindow, count_each, network, network_label, source, spend
from core.settings import Settings
from tests import processes
from tests.builders import make_user
from tests.conftest import Clock

SPEND = """
from core.rates import spend
from werkzeug.exceptions import TooManyRequests
allowed = 0
with app.app_context():
    for _ in range(30):
        try:
            spend("20/hour", "trial", "somebody")
            allowed += 1
        except TooManyRequests:
            pass
print(json.dumps(allowed))
"""


def test_the_limit_is_exact_across_processes(settings: Settings) -> None:
    workers = [processes.start(SPEND, settings) for _ in range(2)]
    assert sum(worker.result() for worker in workers) == 20


def test_a_window_ends_and_another_begins(app: Flask, clock_at: Clock) -> None:
    with app.app_context():
        for _ in range(2):
            for _ in range(3):
                spend("3/minute", "trial", "a")
            with pytest.raises(TooManyRequests):
                spend("3/minute", "trial", "a")
            spend("3/minute", "trial", "b")
            clock_at.move(timedelta(minutes=1, seconds=1))


def test_nothing_about_who_asked_lies_in_the_database(app: Flask, db: Session, now: Any) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": "203.0.113.77"}):
        spend("3/minute", "trial", source())
    (row,) = db.exec(select(RateWindow)).all()
    assert "203" not in row.key
    assert len(row.key) == 64


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.77", "203.0.113.77"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:203.0.113.77", "::ffff:203.0.113.77"),
        ("nonsense", "unknown"),
        ("", "unknown"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"])
def test_who_asks_is_an_address_or_an_ipv6_network(app: Flask, address: str, counted: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert source() in {counted, counted.replace("203.0.113.77", "cb00:714d")}


def test_counting_within_a_write_transaction_is_a_mistake_that_shows(app: Flask, now: Any) -> None:
    with app.test_request_context(method="POST"):
        make_user(get_db())
        with pytest.raises(RuntimeError, match="before"):
            spend("3/minute", "trial", "a")


def test_old_windows_are_forgotten(
    app: Flask, db: Session, engine: Engine, clock_at: Clock, run_job: Any
) -> None:
    with app.app_context():
        spend("3/minute", "trial", "a")
    assert run_job("forget-rates") == 0
    clock_at.move(timedelta(minutes=2))
    assert run_job("forget-rates") == 1
    assert db.exec(select(RateWindow)).all() == []


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("", "unknown"),
    ],
)
def test_a_network_is_a_neighbourhood(app: Flask, address: str, counted: str) -> None:
    with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
        assert network() == counted


def test_a_networks_label_says_nothing_and_differs_by_purpose(app: Flask) -> None:
    labels = set()
    for address, purpose in [("203.0.113.77", "a"), ("203.0.113.9", "a"), ("203.0.113.9", "b")]:
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            labels.add(network_label(purpose))
    assert len(labels) == 2
    assert all(len(label) == 16 for label in labels)


def test_uses_are_counted_for_limits_that_do_more_than_refuse(app: Flask, clock_at: Clock) -> None:
    with app.app_context():
        for number in range(1, 4):
            assert count_each(60, ("trial", "a"), ("trial", str(number))) == [number, 1]
        clock_at.move(timedelta(minutes=1, seconds=1))
        assert count_each(60, ("trial", "a")) == [1]
