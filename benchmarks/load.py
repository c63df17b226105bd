"""An HTTP client in a process of its own: asks as fast as it is answered, or by a timetable.

By a timetable (open loop) a latency counts from the moment the request was due, whether or not a
connection was free then; whoever is not answered in time keeps nobody else from asking.

Reads a plan as JSON on standard input, writes what it found as JSON. A request may hold `%(n)010d`
and `%(hi)04x`/`%(lo)04x`: the number of the request, so that each one differs at the same length.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter, deque
from dataclasses import dataclass
from itertools import cycle
from typing import Any

END_OF_HEAD = b"\r\n\r\n"
LENGTH = b"content-length:"
#: connections of a timetable; beyond them requests wait for an answer, and their latency tells
MOST_CONNECTIONS = 100
#: seconds until the last answers of a timetable are given up
PATIENCE = 120


@dataclass(frozen=True)
class Found:
    """What a load met; latencies in milliseconds, those of requests still waiting included."""

    answers: int
    seconds: float
    statuses: dict[str, int]
    broken: int
    p50: float
    p99: float
    longest: float

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds


def run(
    ports: list[int], requests: list[str], *, seconds: float, connections: int = 16, first: int = 0
) -> Found:
    """Load a server on this machine; ports and requests take turns, numbered from `first` on."""
    plan = {
        "ports": ports,
        "requests": requests,
        "seconds": seconds,
        "connections": connections,
        "first": first,
    }
    return _carry_out(plan)


def run_timetable(
    ports: list[int], requests: list[str], times: list[float], *, first: int = 0
) -> Found:
    """Send a request at each of the times (seconds from the start, ascending), in turn."""
    return _carry_out({"ports": ports, "requests": requests, "times": times, "first": first})


def steady(per_second: float, seconds: float) -> list[float]:
    """A timetable of one request each so often."""
    return [number / per_second for number in range(round(per_second * seconds))]


def _carry_out(plan: dict[str, Any]) -> Found:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load"],
        input=json.dumps(plan),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Found(**json.loads(done.stdout))


def get(path: str) -> str:
    """The request for a page."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


class Load:
    """All connections together."""

    def __init__(self, plan: dict[str, Any]) -> None:
        self.ports = cycle(plan["ports"])
        self.requests: list[bytes] = [text.encode() for text in plan["requests"]]
        self.number: int = plan["first"]
        self.latencies: list[float] = []
        self.statuses: Counter[str] = Counter()
        self.broken = 0
        self.callers: set[Caller] = set()
        self.is_over = False
        #: by a timetable: when requests were due that wait for a connection, and free connections
        self.due: deque[float] | None = deque() if "times" in plan else None
        self.free: list[Caller] = []

    def next_request(self) -> bytes:
        self.number += 1
        template = self.requests[self.number % len(self.requests)]
        if b"%(" not in template:
            return template
        hi, lo = divmod(self.number, 65536)
        return template % {b"n": self.number, b"hi": hi, b"lo": lo}

    async def connect(self) -> None:
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: Caller(self), "127.0.0.1", next(self.ports)
            )
        except OSError:
            self.broken += 1

    async def run(self, seconds: float, connections: int) -> dict[str, Any]:
        began = time.perf_counter()
        for _ in range(connections):
            await self.connect()
        await asyncio.sleep(seconds)
        return self._found(began)

    async def run_timetable(self, times: list[float]) -> dict[str, Any]:
        assert self.due is not None
        began, opening = time.perf_counter(), set[asyncio.Task[None]]()
        for at in times:
            if (early := began + at - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            self.due.append(began + at)
            if self.free:
                self.free.pop().ask()
            elif len(self.callers) + len(opening) < MOST_CONNECTIONS:
                # only now: a server of threads would wait for the first word of a silent one
                opening.add(task := asyncio.create_task(self.connect()))
                task.add_done_callback(opening.discard)
        deadline = time.perf_counter() + PATIENCE
        while len(self.latencies) < len(times) and time.perf_counter() < deadline:
            await asyncio.sleep(0.01)
        return self._found(began)

    def _found(self, began: float) -> dict[str, Any]:
        self.is_over = True
        now = time.perf_counter()
        answers = len(self.latencies)
        asking = (caller for caller in self.callers if caller not in self.free)
        waits = sorted([*self.latencies, *(now - caller.asked_at for caller in asking)])
        return {
            "answers": answers,
            "seconds": now - began,
            "statuses": self.statuses,
            "broken": self.broken,
            "p50": waits[len(waits) // 2] * 1000,
            "p99": waits[len(waits) * 99 // 100] * 1000,
            "longest": waits[-1] * 1000,
        }


class Caller(asyncio.Protocol):
    """One connection: asks, waits for the whole answer, asks again."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.answer = b""
        self.wanted = 0
        self.asked_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.load.callers.add(self)
        self.ask()

    def ask(self) -> None:
        """Ask what is next; by a timetable, once something is due."""
        self.answer, self.wanted = b"", 0
        if self.load.due is None:
            self.asked_at = time.perf_counter()
        elif self.load.due:
            self.asked_at = self.load.due.popleft()
        else:
            self.load.free.append(self)
            return
        self.transport.write(self.load.next_request())

    def data_received(self, data: bytes) -> None:
        self.answer += data
        if not self.wanted:
            end = self.answer.find(END_OF_HEAD)
            if end < 0:
                return
            self.head = self.answer[:end].lower() + b"\r\n"
            _, _, rest = self.head.partition(LENGTH)
            self.wanted = end + len(END_OF_HEAD) + int(rest.partition(b"\r\n")[0] or b"0")
        if len(self.answer) >= self.wanted and not self.load.is_over:
            self._answered()

    def _answered(self) -> None:
        self.load.latencies.append(time.perf_counter() - self.asked_at)
        self.load.statuses[self.answer[9:12].decode()] += 1
        if b"connection: close" in self.head:
            self.wanted = -1
            self.transport.close()
        else:
            self.ask()

    def connection_lost(self, _error: Exception | None) -> None:
        self.load.callers.discard(self)
        if self in self.load.free:
            self.load.free.remove(self)
            self.wanted = -1  # it had nothing to wait for
        if self.load.is_over:
            return
        if self.wanted != -1:
            self.load.broken += 1
        if self.load.due is not None and not self.load.due:
            return
        asyncio.ensure_future(self.load.connect())  # noqa: RUF006 - it ends with the loop


async def main() -> None:
    plan = json.load(sys.stdin)
    load = Load(plan)
    if "times" in plan:
        found = await load.run_timetable(plan["times"])
    else:
        found = await load.run(plan["seconds"], plan["connections"])
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    asyncio.run(main())
