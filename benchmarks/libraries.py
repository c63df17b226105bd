"""Our count from the database to the result against libraries' count of the same ballots.

The libraries are those of requirements-oracle.txt, in the environment that `make test-oracles`
makes; without it nothing is measured. Both sides start with an open database and end with the names
elected; what a library takes to be imported is left out, and so is the box's root hash, which no
library makes: a second figure has it on our side. `value` is theirs, `ratio` how many times ours.
That both elect the same is what `make test-oracles` holds; here ties may be broken differently.
"""

import json
import subprocess
from pathlib import Path

from benchmarks.assembly import Assembly, assembled, lay_ballots
from benchmarks.counting import SEATS, count, used
from benchmarks.library_counts import BY_METHOD, REFUSED
from benchmarks.measuring import Effort, asked_effort, in_turn, report
from guilds.charter import Method

PYTHON = Path("var/oracles/bin/python")
SIZES = (10_000, 100_000)


def main() -> None:
    effort = asked_effort(__doc__)
    if not PYTHON.exists():
        print(f"Nothing is measured: there is no {PYTHON}. `make test-oracles` makes it.")
        return
    for size in SIZES:
        with assembled(1, method=Method.SCHULZE) as assembly:
            lay_ballots(assembly, size, [])
            for method, libraries in BY_METHOD.items():
                for library in libraries:
                    _compare(assembly, Method(method), library, size, effort)


def _compare(assembly: Assembly, method: Method, library: str, size: int, effort: Effort) -> None:
    figure = f"{method} by {library}, {size:,} ballots x 20"
    if _by_library(assembly, method, library) is None:
        print(json.dumps({"figure": figure, "refused": "a tie"}), flush=True)
        return
    theirs, ours, with_root = in_turn(
        effort.rounds,
        lambda: _by_library(assembly, method, library) or 0.0,
        lambda: used(lambda: count(assembly, method)),
        lambda: used(lambda: count(assembly, method, with_root=True)),
    )
    report(f"{figure}, against our count", "ms CPU", theirs, ours)
    report(f"{figure}, against our count and root hash", "ms CPU", theirs, with_root)


def _by_library(assembly: Assembly, method: Method, library: str) -> float | None:
    """Milliseconds of the processor; None if it refuses to count these ballots."""
    arguments = [assembly.database, assembly.proposal_id.hex, method, SEATS.get(method, 1), library]
    command = [str(PYTHON), "-m", "benchmarks.library_counts", *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return None if done.stdout.strip() == REFUSED else float(done.stdout)


if __name__ == "__main__":
    main()
