"""Rounds in turn, medians, and what a process and its children used."""

import argparse
import json
import os
import statistics
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

ROUNDS, SECONDS = 7, 2.0
#: state of a socket in /proc/net/tcp
LISTENING = "0A"
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Effort:
    """How long to measure: rounds of each thing, and seconds a round under load."""

    rounds: int
    seconds: float


def asked_effort(about: str | None) -> Effort:
    """What the command line asks for; fewer than seven rounds are for trying out only."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    given = parser.parse_args()
    return Effort(given.rounds, given.seconds)


def in_turn(rounds: int, *measures: Callable[[], Result]) -> list[list[Result]]:
    """Run each measure once a round, every second round backwards; one list a measure.

    One round more is run first and forgotten: caches fill in it.
    """
    found: list[list[Result]] = [[] for _ in measures]
    for number in range(rounds + 1):
        order = list(enumerate(measures))
        for place, measure in order if number % 2 else reversed(order):
            result = measure()
            if number:
                found[place].append(result)
    return found


def report(figure: str, unit: str, ours: list[float], limit: list[float]) -> None:
    """Print one figure. `ratio` is the median of the rounds' own ratios, `spread` their range."""
    ratios = [own / bare for own, bare in zip(ours, limit, strict=True)]
    ratio = statistics.median(ratios)
    line = {
        "figure": figure,
        "value": _short(statistics.median(ours)),
        "unit": unit,
        "limit": _short(statistics.median(limit)),
        "ratio": _short(ratio),
        "rounds": len(ratios),
        "spread": _short((max(ratios) - min(ratios)) / ratio) if ratio else 0.0,
    }
    print(json.dumps(line), flush=True)


def _short(number: float) -> float:
    return float(f"{number:.3g}") if abs(number) < 100 else round(number)


# --- processes, as Linux tells of them ---


def family(*pids: int) -> list[int]:
    """Processes and all below them."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        fields = _stat(path)
        if fields:
            parents[int(path.parent.name)] = int(fields[1])
    found, waiting = [], list(pids)
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += [child for child, parent in parents.items() if parent == one]
    return found


def cpu_seconds(*pids: int) -> float:
    """What processes and all below them have used of the processor so far, in steps of a tick."""
    used = 0
    for one in family(*pids):
        fields = _stat(Path(f"/proc/{one}/stat"))
        used += sum(int(number) for number in fields[11:13])
    return used / TICK


def memory_mib(*pids: int) -> float:
    """Memory of processes and all below them, pages shared with others counted by share (PSS)."""
    held = 0
    for one in family(*pids):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                held += int(line.split()[1])
    return held / 1024


def listening_ports(pid: int) -> set[int]:
    """TCP ports on which a process or one below it listens: whether an answer comes from it."""
    sockets = set()
    for one in family(pid):
        with suppress(OSError):
            sockets |= {os.readlink(link) for link in Path(f"/proc/{one}/fd").iterdir()}
    ports = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[3] == LISTENING and f"socket:[{fields[9]}]" in sockets:
            ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def _stat(path: Path) -> list[str]:
    """Fields of /proc/<pid>/stat after the name, which may hold blanks; none if it is gone."""
    try:
        return path.read_text().rpartition(")")[2].split()
    except OSError:
        return []
