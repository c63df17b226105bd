from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask, Response
from flask.testing import FlaskClient
from sqlmodel import Session

from core.database import EXTENSION
from core.security import public
from core.streaming import streamed

pytestmark = pytest.mark.parametrize("database", ["sqlite", "postgresql"])
LAST = 3000
NUMBERS = sa.text(
    "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < :last)"
    " SELECT n FROM number"
).execution_options(yield_per=100)


def numbers(db: Session) -> Iterator[str]:
    with db.connection().execute(NUMBERS, {"last": LAST}) as found:
        for (number,) in found:
            yield f"{number}\n"


@pytest.fixture
def path(app: Flask) -> str:
    @app.get("/numbers.txt")
    @public
    def told() -> Response:
        return streamed(numbers, "text/plain")

    return "/numbers.txt"


def checked_out(app: Flask) -> int:
    pool = app.extensions[EXTENSION].pool
    assert isinstance(pool, sa.QueuePool)
    return pool.checkedout()


def test_more_streams_than_the_pool_has_connections_are_whole(
    client: FlaskClient, app: Flask, path: str
) -> None:
    whole = "".join(f"{number}\n" for number in range(1, LAST + 1))
    for _ in range(8):
        slow, fast = client.get(path), client.get(path)
        assert fast.text == whole
        assert slow.text == whole
    assert checked_out(app) == 0


def test_a_reader_that_leaves_gives_the_connection_back(
    client: FlaskClient, app: Flask, path: str
) -> None:
    answer = client.get(path)
    assert next(answer.iter_encoded()) == b"1\n"
    assert checked_out(app) == 1
    answer.close()
    assert checked_out(app) == 0
