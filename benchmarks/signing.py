"""Signing a petition over HTTP, durable before the answer, against raw inserts of the same rows.

The raw inserts come from one connection on SQLite, which has one lock for all writers, and from as
many processes and connections as our server has on PostgreSQL (benchmarks/raw.py).
"""

import time
from dataclasses import dataclass
from itertools import count

from benchmarks import load, raw
from benchmarks.assembly import databases
from benchmarks.measuring import Effort, asked_effort, cpu_seconds, in_turn, report
from benchmarks.open_petition import Laid, laid_petitions
from benchmarks.places import OURS, UNDER, Server, served

CONNECTIONS = 16
#: seconds without a new row after which none is under way
SETTLING = 0.5
#: processes and connections of each: as our server has them
WRITERS = {"SQLite": (1, 1), "PostgreSQL": (2, 4)}


@dataclass(frozen=True)
class Target:
    """A petition on a running server, and who else writes to the same database."""

    laid: Laid
    server: Server
    processes: int
    writers: int

    def settled_count(self) -> int:
        """How many signatures there are, once the server has ended what it was asked last."""
        before, now = -1, self.laid.counts()[0]
        while now != before:
            time.sleep(SETTLING)
            before, now = now, self.laid.counts()[0]
        return now


def main() -> None:
    effort = asked_effort(__doc__)
    with databases() as urls:
        for name, fresh in urls.items():
            with laid_petitions(fresh()) as laid:
                numbers = count(1, 1_000_000)
                for under in UNDER[name]:
                    with served(under, OURS, laid.place.environment) as server:
                        target = Target(laid, server, *WRITERS[name])
                        compare(f"{name}, {under}", target, numbers, effort)


def compare(name: str, target: Target, numbers: "count[int]", effort: Effort) -> None:
    request = target.laid.sign_request(target.server)
    ours, bare = in_turn(
        effort.rounds,
        lambda: _sign(target, request, next(numbers), effort.seconds),
        lambda: raw.write(
            target.laid.database,
            "signature",
            target.laid.petition_id,
            processes=target.processes,
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
