"""The servers we could run under: our pages in turn under each, and while slow connections stay.

The limit of a figure is the best of the three in the same round; of a page among slow connections,
the same page without them. `answered` is the share of connections that got any answer.
"""

from contextlib import ExitStack
from dataclasses import dataclass

from benchmarks import load
from benchmarks.measuring import Effort, asked_effort, cpu_seconds, in_turn, memory_mib, report
from benchmarks.places import OURS, SERVERS, Server, filled_place, petition_path, served
from benchmarks.slow import slow_connections

SLOW = 120
#: connections that ask while slow ones are held open
PATIENT = 4


@dataclass(frozen=True)
class Pace:
    per_second: float
    cpu_ms: float
    p99: float
    memory: float


def main() -> None:
    effort = asked_effort(__doc__)
    with (
        filled_place(people=300, guilds=30, events=100, signatures=5000, bills=50) as place,
        ExitStack() as stack,
    ):
        servers = {
            name: stack.enter_context(served(name, OURS, place.environment)) for name in SERVERS
        }
        petition = petition_path(next(iter(servers.values())))
        pages = ["/", petition, "/petitions", f"{petition}/count"]
        _under_load(servers, pages, effort)
        for name, server in servers.items():
            _among_slow_ones(name, server, petition, effort)


def _under_load(servers: dict[str, Server], pages: list[str], effort: Effort) -> None:
    requests = [load.get(page) for page in pages]
    found = in_turn(
        effort.rounds, *(lambda s=server: _pace(s, requests, effort) for server in servers.values())
    )
    for part, unit, best in (
        ("per_second", "requests/s", max),
        ("cpu_ms", "ms/request", min),
        ("p99", "ms, 99 of 100 within", min),
        ("memory", "MiB", min),
    ):
        values = [[getattr(pace, part) for pace in paces] for paces in found]
        limit = [best(one) for one in zip(*values, strict=True)]
        for name, own in zip(servers, values, strict=True):
            report(f"{name}, {part}", unit, own, limit)


def _pace(server: Server, requests: list[str], effort: Effort) -> Pace:
    used = cpu_seconds(*server.pids)
    found = load.run(server.ports, requests, seconds=effort.seconds)
    used = cpu_seconds(*server.pids) - used
    if set(found.statuses) != {"200"}:
        raise RuntimeError(f"answered {found.statuses}")
    return Pace(found.per_second, used * 1000 / found.answers, found.p99, memory_mib(*server.pids))


def _among_slow_ones(name: str, server: Server, page: str, effort: Effort) -> None:
    def wait() -> load.Found:
        return load.run(server.ports, [load.get(page)], seconds=effort.seconds, connections=PATIENT)

    free = [wait() for _ in range(effort.rounds)]
    with slow_connections(server.ports, SLOW, f"{page}/sign"):
        crowded = [wait() for _ in range(effort.rounds)]
    for part, unit in (("longest", "ms"), ("per_second", "requests/s")):
        values = ([getattr(found, part) for found in side] for side in (crowded, free))
        report(f"{name}, {part} among {SLOW} slow connections", unit, *values)


if __name__ == "__main__":
    main()
