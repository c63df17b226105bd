"""Rounds in turn, medians, and what a process and its children used."""

import argparse
import json
import os
import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

Result = TypeVar("Result")

ROUNDS, SECONDS = 7, 2.0
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
        "spread": _short((max(ratios) - min(ratios)) / ratio),
    }
    print(json.dumps(line), flush=True)


def _short(number: float) -> float:
    return float(f"{number:.3g}") if abs(number) < 100 else round(number)


# --- processes, as Linux tells of them ---


def family(pid: int) -> list[int]:
    """A process and all below it."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        fields = _stat(path)
        if fields:
            parents[int(path.parent.name)] = int(fields[1])
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += [child for child, parent in parents.items() if parent == one]
    return found


def cpu_seconds(pid: int) -> float:
    """What a process and all below it have used of the processor so far, in steps of a tick."""
    used = 0
    for one in family(pid):
        fields = _stat(Path(f"/proc/{one}/stat"))
        used += sum(int(number) for number in fields[11:13])
    return used / TICK


def memory_mib(pid: int) -> float:
    """Memory of a process and all below it, pages shared with others counted by share (PSS)."""
    held = 0
    for one in family(pid):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                held += int(line.split()[1])
    return held / 1024


def _stat(path: Path) -> list[str]:
    """Fields of /proc/<pid>/stat after the name, which may hold blanks; none if it is gone."""
    try:
        return path.read_text().rpartition(")")[2].split()
    except OSError:
        return []
