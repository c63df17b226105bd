"""Signing a petition over HTTP, durable before the answer, against raw inserts of the same rows.

The raw inserts come from one connection on SQLite, which has one lock for all writers, and from as
many as our server has threads on PostgreSQL (benchmarks/raw.py).
"""

import re
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlencode
from uuid import UUID

import psycopg

from benchmarks import load, raw
from benchmarks.measuring import Effort, asked_effort, cpu_seconds, in_turn, report
from benchmarks.places import CHOSEN, OURS, Server, filled_place, petition_path, served
from tests import postgres

CONNECTIONS = 16
#: seconds without a new row after which none is under way
SETTLING = 0.5
#: 2 workers of 4 threads
PG_WRITERS = 8


@dataclass(frozen=True)
class Target:
    """A petition on a running server, and the database below it, for its own driver."""

    server: Server
    petition: str
    database: str
    writers: int

    @property
    def petition_id(self) -> UUID:
        return UUID(self.petition.rpartition("/")[2])

    def settled_count(self) -> int:
        """How many signatures there are, once the server has ended what it was asked last."""
        before, now = -1, self._count()
        while now != before:
            time.sleep(SETTLING)
            before, now = now, self._count()
        return now

    def _count(self) -> int:
        query = "SELECT count(*) FROM signature"
        if self.database.startswith("/"):
            with closing(sqlite3.connect(self.database)) as connection:
                return int(connection.execute(query).fetchone()[0])
        with psycopg.connect(self.database) as pg:
            row = pg.execute(query).fetchone()
            assert row is not None
            return int(row[0])


def main() -> None:
    effort = asked_effort(__doc__)
    with filled_place() as place, served(CHOSEN, OURS, place.environment) as server:
        database = str(place.data / "guilds.sqlite")
        _compare("SQLite", Target(server, petition_path(server), database, 1), effort)
    with postgres.running_server(durable=True) as pg:
        pg.create("guilds")
        with (
            filled_place(database_url=pg.url("guilds")) as place,
            served(CHOSEN, OURS, place.environment) as server,
        ):
            database = f"{pg.dsn} dbname=guilds"
            target = Target(server, petition_path(server), database, PG_WRITERS)
            _compare("PostgreSQL", target, effort)


def _compare(name: str, target: Target, effort: Effort) -> None:
    request, numbers = _request(target), count(1, 1_000_000)
    ours, bare = in_turn(
        effort.rounds,
        lambda: _sign(target, request, next(numbers), effort.seconds),
        lambda: raw.write(
            target.database,
            raw.signature(target.petition_id),
            writers=target.writers,
            seconds=effort.seconds,
        ),
    )
    for figure, unit, part in (
        ("signatures", "1/s", "per_second"),
        ("signing, 99 of 100 within", "ms", "p99"),
        ("signing, CPU without the database's", "ms/signature", "cpu_ms"),
    ):
        values = ([getattr(one, part) for one in side] for side in (ours, bare))
        report(f"{figure}, {name}", unit, *values)


def _request(target: Target) -> str:
    """A form as a browser would send it; each comes from another network and mailbox."""
    path = f"{target.petition}/sign"
    page, cookie = target.server.read(path)
    token = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    form = {"csrf_token": token[1].decode(), "name": "Somebody", "country": ""}
    body = f"{urlencode(form)}&address=person-%(n)010d%%40example.org"
    length = len(body % {"n": 0})
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
        "X-Forwarded-For: 2001:db8:%(lo)04x:%(hi)04x::1\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {length}\r\n\r\n{body}"
    )


def _sign(target: Target, request: str, first: int, seconds: float) -> raw.Written:
    """Sign as fast as the server takes it, and see that no signature was lost or doubled."""
    rows, used = target.settled_count(), cpu_seconds(*target.server.pids)
    found = load.run(
        target.server.ports, [request], seconds=seconds, connections=CONNECTIONS, first=first
    )
    if set(found.statuses) != {"303"}:
        raise RuntimeError(f"signing answered {found.statuses}")
    rows = target.settled_count() - rows
    used = cpu_seconds(*target.server.pids) - used
    if not 0 <= rows - found.answers <= CONNECTIONS:
        raise RuntimeError(f"{found} were taken, {rows} are there")
    return raw.Written(found.per_second, used * 1000 / rows, found.p99)


if __name__ == "__main__":
    main()
