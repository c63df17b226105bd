"""The rows of a signature, or of a ballot, written by the database's driver alone.

In the same transactions as our pages have, from as many processes and connections. Of a signature:
windows of its source, network, mailbox and petition in one statement, which does not wait for the
disk, then signature and notice together, durably. Of a ballot: two windows, then the ballot, its
elector, the membership and the proposal's counters. Run as a module, it reads a plan as JSON and
writes so.
"""

import json
import secrets
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from typing import Any, TypeAlias
from uuid import UUID, uuid4

import psycopg

WINDOWS = (
    "INSERT INTO rate_window (key, hits, ends_at) VALUES {} "
    "ON CONFLICT (key) DO UPDATE SET hits = rate_window.hits + 1 RETURNING hits"
)
UNHURRIED = ", set_config('synchronous_commit', 'off', true)"
SIGNATURE = (
    "INSERT INTO signature (id, petition_id, name, name_is_public, name_is_handed_over, "
    "address_sealed, address_hash, domain_hash, network_hash, country, region, wants_updates, "
    "state, hold, signed_at, mailed_at, mail_count) "
    "VALUES (?, ?, 'Somebody', ?, ?, ?, ?, ?, ?, '', '', ?, 'pending', 'none', ?, ?, 1)"
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


#: (how a key is written, now, an hour later) -> what a deed writes without waiting for the disk,
#: and then durably, in one transaction
Deed: TypeAlias = Callable[
    [Callable[[UUID], Any], Any, Any], tuple[list[Any], list[tuple[str, tuple[Any, ...]]]]
]


def write(
    database: str,
    deed: str,
    subject_id: UUID,
    *,
    seconds: float,
    processes: int = 1,
    writers: int = 1,
    people: Sequence[UUID] = (),
) -> Written:
    """Write from so many processes, each with so many connections, all at once.

    database: a file, or what psycopg connects to. deed: a name of DEEDS. people: who votes.
    """
    plan = {
        "database": database,
        "deed": deed,
        "subject": str(subject_id),
        "seconds": seconds,
        "writers": writers,
    }
    shares = [[str(one) for one in people[at::processes]] for at in range(processes)]
    command = [sys.executable, "-m", "benchmarks.raw"]
    with ThreadPoolExecutor(processes) as pool:
        done = list(
            pool.map(
                lambda share: subprocess.run(
                    command,
                    input=json.dumps(plan | {"people": share}),
                    capture_output=True,
                    text=True,
                    check=True,
                ),
                shares,
            )
        )
    found = [json.loads(one.stdout) for one in done]
    latencies = sorted(latency for one in found for latency in one["latencies"])
    return Written(
        per_second=sum(len(one["latencies"]) / one["taken"] for one in found),
        cpu_ms=sum(one["used"] for one in found) * 1000 / len(latencies),
        p99=latencies[len(latencies) * 99 // 100] * 1000,
    )


def _carry_out(plan: dict[str, Any]) -> dict[str, Any]:
    deed = DEEDS[plan["deed"]](UUID(plan["subject"]), [UUID(one) for one in plan["people"]])
    latencies: list[float] = []
    work = _on_sqlite if plan["database"].startswith("/") else _on_postgresql
    used, began = time.process_time(), time.perf_counter()
    until = began + plan["seconds"]
    threads = [
        threading.Thread(target=work, args=(plan["database"], deed, until, latencies))
        for _ in range(plan["writers"])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "taken": time.perf_counter() - began,
        "used": time.process_time() - used,
        "latencies": latencies,
    }


def _signature(petition_id: UUID, _people: Sequence[UUID]) -> Deed:
    """Signing a petition."""

    def steps(key: Callable[[UUID], Any], now: Any, later: Any) -> Any:
        row, petition = key(uuid4()), key(petition_id)
        of_whom = (SEALED, secrets.token_hex(32), secrets.token_hex(8), secrets.token_hex(8))
        values = (row, petition, False, False, *of_whom, False, now, now)
        return _windows(4, later), [
            (SIGNATURE, values),
            (NOTICE, (key(uuid4()), row, row, now)),
        ]

    return steps


def _ballot(proposal_id: UUID, people: Sequence[UUID]) -> Deed:
    """Casting a ballot of yes; it has no name, as the voters come again and again."""
    voters = cycle(people)

    def steps(key: Callable[[UUID], Any], now: Any, later: Any) -> Any:
        proposal, voter = key(proposal_id), key(next(voters))
        return (
            _windows(2, later),
            [
                (COUNTERS, (proposal,)),
                (BALLOT, (key(uuid4()), proposal, secrets.token_hex(16), now)),
                (ELECTOR, (False, proposal, voter)),  # who comes again may still vote on our page
                (MEMBER, (now[:10] if isinstance(now, str) else now.date(), voter)),
            ],
        )

    return steps


DEEDS: dict[str, Callable[[UUID, Sequence[UUID]], Deed]] = {
    "signature": _signature,
    "ballot": _ballot,
}


def _windows(number: int, later: Any) -> list[Any]:
    return [part for _ in range(number) for part in (secrets.token_hex(32), later)]


def _on_sqlite(path: str, deed: Deed, until: float, latencies: list[float]) -> None:
    now, later = (str(at) for at in _times())
    with closing(sqlite3.connect(path, timeout=15, isolation_level=None)) as connection:
        for pragma in ("foreign_keys=on", "secure_delete=on"):
            connection.execute(f"pragma {pragma}")
        while (began := time.perf_counter()) < until:
            windows, statements = deed(lambda key: key.hex, now, later)
            connection.execute("pragma synchronous=normal")
            rows = ", ".join(["(?, 1, ?)"] * (len(windows) // 2))
            connection.execute(WINDOWS.format(rows), windows).fetchall()
            connection.execute("pragma synchronous=full")
            connection.execute("BEGIN IMMEDIATE")
            for statement, values in statements:
                connection.execute(statement, values)
            connection.execute("COMMIT")
            latencies.append(time.perf_counter() - began)


def _on_postgresql(dsn: str, deed: Deed, until: float, latencies: list[float]) -> None:
    now, later = _times()
    with psycopg.connect(dsn, autocommit=True) as connection:
        while (began := time.perf_counter()) < until:
            windows, statements = deed(lambda key: key, now, later)
            rows = ", ".join(["(%s, 1, %s)"] * (len(windows) // 2))
            connection.execute((WINDOWS.format(rows) + UNHURRIED).encode(), windows)
            with connection.transaction():
                for statement, values in statements:
                    connection.execute(statement.replace("?", "%s").encode(), values)
            latencies.append(time.perf_counter() - began)


def _times() -> tuple[datetime, datetime]:
    now = datetime.now(UTC).replace(tzinfo=None)  # noqa: TID251 - rows like ours, without our code
    return now, now + timedelta(hours=1)


if __name__ == "__main__":
    json.dump(_carry_out(json.load(sys.stdin)), sys.stdout)
