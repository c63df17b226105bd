import fcntl
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from core import turns
from core.database import read_only
from core.rates import RateWindow
from core.wire import wire

pytestmark = pytest.mark.parametrize("database", ["sqlite"])
WRITE = sa.text("UPDATE rate_window SET hits = hits + 1")
COUNT = sa.select(sa.func.count(RateWindow.key))  # type: ignore[arg-type] # a column to SQLAlchemy


def queue_file(engine: Engine) -> Path:
    return Path(f"{engine.url.database}-turn")


def wait_until(is_true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def somebody_is_next(engine: Engine) -> bool:
    with queue_file(engine).open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_who_waited_first_writes_first(engine: Engine) -> None:
    done: list[str] = []

    def write_first() -> None:
        with engine.begin() as connection:
            connection.execute(WRITE)
            done.append("first")

    def write_second() -> None:
        with wire(engine) as line, line.transaction():
            line.run(WRITE, {})
            done.append("second")

    first = threading.Thread(target=write_first)
    second = threading.Thread(target=write_second)
    with engine.begin() as connection:
        connection.execute(WRITE)
        first.start()
        wait_until(lambda: somebody_is_next(engine))
        second.start()
        time.sleep(0.05)
        assert done == []
    first.join(10)
    second.join(10)
    assert done == ["first", "second"]


def test_who_waits_too_long_is_told_so_and_makes_room(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        connection.execute(WRITE)
        monkeypatch.setattr(turns, "PATIENCE", 0.02)
        with pytest.raises(sa.exc.OperationalError, match="locked"), engine.begin():
            pass
        assert not somebody_is_next(engine)
    with engine.begin() as connection:
        connection.execute(WRITE)


def test_reading_waits_for_nobody(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(WRITE)
        with read_only(engine).connect() as other:
            assert other.execute(COUNT).scalar_one() == 0
        with wire(engine) as line:
            assert line.run(COUNT, {}) == [(0,)]
