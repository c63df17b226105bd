"""Pages that strangers see, against a bare Flask page of as many bytes under the same server."""

from dataclasses import dataclass

from benchmarks import load
from benchmarks.measuring import Effort, asked_effort, cpu_seconds, in_turn, report
from benchmarks.places import BARE, CHOSEN, OURS, Server, filled_place, petition_path, served


@dataclass(frozen=True)
class Pace:
    per_second: float
    cpu_ms: float


def main() -> None:
    effort = asked_effort(__doc__)
    with (
        filled_place(people=300, guilds=30, events=100, signatures=5000, bills=50) as place,
        served(CHOSEN, OURS, place.environment) as ours,
        served(CHOSEN, BARE, place.environment) as bare,
    ):
        petition = petition_path(ours)
        for name, path in (
            ("landing page", "/"),
            ("petition page", petition),
            ("petition count", f"{petition}/count"),
            ("list of petitions", "/petitions"),
            ("list of events", "/events"),
        ):
            _compare(name, path, ours, bare, effort)


def _compare(name: str, path: str, ours: Server, bare: Server, effort: Effort) -> None:
    size = len(ours.read(path)[0])
    own, least = in_turn(
        effort.rounds,
        lambda: _pace(ours, path, effort),
        lambda: _pace(bare, f"/rows/{size}", effort),
    )
    rates = [[pace.per_second for pace in paces] for paces in (own, least)]
    costs = [[pace.cpu_ms for pace in paces] for paces in (own, least)]
    report(f"{name}, {size / 1024:.0f} KiB", "requests/s", *rates)
    report(f"{name}, server CPU", "ms/request", *costs)


def _pace(server: Server, path: str, effort: Effort) -> Pace:
    before = cpu_seconds(*server.pids)
    found = load.run(server.ports, [load.get(path)], seconds=effort.seconds)
    used = cpu_seconds(*server.pids) - before
    if set(found.statuses) != {"200"}:
        raise RuntimeError(f"{path} answered {found.statuses}")
    return Pace(found.per_second, used * 1000 / found.answers)


if __name__ == "__main__":
    main()
