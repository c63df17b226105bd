"""The rows of a signature, or of a ballot, written by the database's driver alone.

In as many transactions as our pages have. Of a signature: two windows of the source and one of the
mailbox, which do not wait for the disk, then signature and notice together, durably. Of a ballot:
two windows, then the ballot, its elector, the membership and the proposal's counters.
"""

import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import repeat
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import psycopg

WINDOW = (
    "INSERT INTO rate_window (key, hits, ends_at) VALUES (?, 1, ?) "
    "ON CONFLICT (key) DO UPDATE SET hits = rate_window.hits + 1"
)
SIGNATURE = (
    "INSERT INTO signature (id, petition_id, name, name_is_public, address_sealed, address_hash, "
    "country, wants_updates, state, signed_at, mailed_at, mail_count) "
    "VALUES (?, ?, 'Somebody', ?, ?, ?, '', ?, 'pending', ?, ?, 1)"
)
NOTICE = (
    "INSERT INTO notice (id, recipient_id, kind, subject_id, due_at, attempts, headline, path) "
    "VALUES (?, ?, 'petitions.confirm_signature', ?, ?, 0, '', '')"
)
BALLOT = (
    "INSERT INTO ballot (id, proposal_id, user_id, round, marks, reason, nonce, weight, cast_at) "
    "VALUES (?, ?, NULL, 1, 'yes', '', ?, 1, ?)"
)
ELECTOR = "UPDATE elector SET has_voted = ? WHERE proposal_id = ? AND user_id = ?"
MEMBER = "UPDATE membership SET active_on = ? WHERE user_id = ?"
COUNTERS = (
    "UPDATE proposal SET ballot_count = ballot_count + 1, yes_count = yes_count + 1 WHERE id = ?"
)
#: as many bytes as a sealed address has, in base64
SEALED = "A" * 72


@dataclass(frozen=True)
class Written:
    """What raw inserts reached; each latency is that of one whole signature, in milliseconds."""

    per_second: float
    cpu_ms: float
    p99: float


#: (how a key is written, now, an hour later) -> statements of one deed, transaction by transaction
Deed: TypeAlias = Callable[[Callable[[UUID], Any], Any, Any], Iterator[list[tuple[str, Any]]]]


def write(database: str, deed: Deed, *, writers: int, seconds: float) -> Written:
    """Write from so many connections at once. `database`: a file, or what psycopg connects to."""
    latencies: list[float] = []
    work = _on_sqlite if database.startswith("/") else _on_postgresql
    used, began = time.process_time(), time.perf_counter()
    threads = [
        threading.Thread(target=work, args=(database, deed, began + seconds, latencies))
        for _ in repeat(None, writers)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken, used = time.perf_counter() - began, time.process_time() - used
    count = len(latencies)
    p99 = sorted(latencies)[count * 99 // 100] * 1000
    return Written(count / taken, used * 1000 / count, p99)


def signature(petition_id: UUID) -> Deed:
    """Signing a petition."""

    def steps(key: Callable[[UUID], Any], now: Any, later: Any) -> Iterator[list[tuple[str, Any]]]:
        for _ in range(3):
            yield [(WINDOW, (secrets.token_hex(32), later))]
        row, petition = key(uuid4()), key(petition_id)
        values = (row, petition, False, SEALED, secrets.token_hex(32), False, now, now)
        yield [(SIGNATURE, values), (NOTICE, (key(uuid4()), row, row, now))]

    return steps


def ballot(proposal_id: UUID, voters: Iterator[UUID]) -> Deed:
    """Casting a ballot of yes; it has no name, as the voters come again and again."""

    def steps(key: Callable[[UUID], Any], now: Any, later: Any) -> Iterator[list[tuple[str, Any]]]:
        for _ in range(2):
            yield [(WINDOW, (secrets.token_hex(32), later))]
        proposal, voter = key(proposal_id), key(next(voters))
        yield [
            (COUNTERS, (proposal,)),
            (BALLOT, (key(uuid4()), proposal, secrets.token_hex(16), now)),
            (ELECTOR, (False, proposal, voter)),  # who comes again may still vote on our page
            (MEMBER, (now[:10] if isinstance(now, str) else now.date(), voter)),
        ]

    return steps


def _on_sqlite(path: str, deed: Deed, until: float, latencies: list[float]) -> None:
    now, later = (str(at) for at in _times())
    with closing(sqlite3.connect(path, timeout=15, isolation_level=None)) as connection:
        for pragma in ("foreign_keys=on", "secure_delete=on"):
            connection.execute(f"pragma {pragma}")
        while (began := time.perf_counter()) < until:
            for statements in deed(lambda key: key.hex, now, later):
                waiting = "normal" if len(statements) == 1 else "full"
                connection.execute(f"pragma synchronous={waiting}")
                connection.execute("BEGIN IMMEDIATE")
                for statement, values in statements:
                    connection.execute(statement, values)
                connection.execute("COMMIT")
            latencies.append(time.perf_counter() - began)


def _on_postgresql(dsn: str, deed: Deed, until: float, latencies: list[float]) -> None:
    now, later = _times()
    with psycopg.connect(dsn) as connection:
        while (began := time.perf_counter()) < until:
            for statements in deed(lambda key: key, now, later):
                if len(statements) == 1:
                    connection.execute("SET LOCAL synchronous_commit = off")
                for statement, values in statements:
                    connection.execute(statement.replace("?", "%s").encode(), values)
                connection.commit()
            latencies.append(time.perf_counter() - began)


def _times() -> tuple[datetime, datetime]:
    now = datetime.now(UTC).replace(tzinfo=None)  # noqa: TID251 - rows like ours, without our code
    return now, now + timedelta(hours=1)
