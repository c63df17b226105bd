"""Counting a box from the database to the result, against reading its bytes and nothing else.

The limit is the driver reading the marks of all ballots in one piece, and numpy adding them up. The
plain count, as recount.py does it, is measured on the boxes it is meant for and a bit above. The
whole result, on the wall, has the root hash of the box as well, by which ties are broken; its limit
is reading the entries and hashing each once. benchmarks.libraries counts the same by libraries.
"""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256

import numpy as np

from benchmarks.assembly import Assembly, assembled, lay_ballots
from benchmarks.measuring import Effort, asked_effort, in_turn, report
from guilds.charter import Method
from voting import ballots, queries, results
from voting.closing import cast_in, root_of
from voting.models import Tally

SIZES = (1_000, 100_000, 1_000_000)
#: ballots that are counted plainly too
MOST_PLAIN = 100_000
SEATS = {Method.STV: 3}
METHODS = (Method.SCHULZE, Method.RANKED_PAIRS, Method.IRV, Method.STV)
ROOT = b"root"


def main() -> None:
    effort = asked_effort(__doc__)
    for size in SIZES:
        with assembled(1, method=Method.SCHULZE) as assembly:
            lay_ballots(assembly, size, [])
            for method in METHODS:
                _compare(assembly, method, size, effort)
                _compare_whole(assembly, method, size, effort)


def _compare(assembly: Assembly, method: Method, size: int, effort: Effort) -> None:
    ours, bare = in_turn(
        effort.rounds,
        lambda: used(lambda: count(assembly, method)),
        lambda: used(lambda: _read(assembly)),
    )
    report(f"{method}, {size:,} ballots x 20", "ms CPU", ours, bare)
    if size <= MOST_PLAIN:
        few = min(effort.rounds, 3)
        plain, ours = in_turn(
            few,
            lambda: used(lambda: count(assembly, method, plainly=True)),
            lambda: used(lambda: count(assembly, method)),
        )
        report(f"{method} counted plainly, {size:,} ballots x 20", "ms CPU", plain, ours)


def _compare_whole(assembly: Assembly, method: Method, size: int, effort: Effort) -> None:
    ours, bare = in_turn(
        effort.rounds,
        lambda: _taken(lambda: count(assembly, method, with_root=True)),
        lambda: _taken(lambda: _hash(assembly)),
    )
    report(f"{method} and the root hash, {size:,} ballots x 20", "ms", ours, bare)


def count(
    assembly: Assembly, method: Method, *, plainly: bool = False, with_root: bool = False
) -> tuple[str, ...]:
    """All that a close does from the ballots to the outcome; the names of who is elected."""
    with assembly.session() as db:
        proposal = assembly.proposal(db)
        db.expunge(proposal)
        proposal.method, proposal.seats = method, SEATS.get(method, 1)
        paper = queries.paper(db, proposal)
        cast = ballots.counted_marks(db, proposal) if plainly else cast_in(db, proposal, paper)
        root = root_of(db, proposal, cast) if with_root else ROOT
        tally = Tally(0, 0, proposal.ballot_count, proposal.ballot_count, None)
        outcome = results.run(method, paper, cast, proposal=proposal, tally=tally, root=root)
        return tuple(paper.names[winner] for winner in outcome.winners)


def _read(assembly: Assembly) -> None:
    (marks,) = _asked(assembly, "group_concat(marks, '')")
    np.frombuffer(marks.encode("ascii"), np.uint8).sum()


def _hash(assembly: Assembly) -> None:
    (entries,) = _asked(assembly, "group_concat(nonce || ':1:' || marks, ' ')")
    for entry in entries.encode("ascii").split():
        sha256(entry).digest()


def _asked(assembly: Assembly, what: str) -> tuple[str, ...]:
    query = f"SELECT {what} FROM ballot WHERE proposal_id = ? AND round = 1"
    with closing(sqlite3.connect(assembly.database)) as connection:
        row: tuple[str, ...] = connection.execute(query, (assembly.proposal_id.hex,)).fetchone()
        return row


def _taken(deed: Callable[[], object]) -> float:
    """Milliseconds on the wall."""
    began = time.perf_counter()
    deed()
    return (time.perf_counter() - began) * 1000


def used(deed: Callable[[], object]) -> float:
    """What it takes of the processor, in milliseconds: SQLite works in this process too."""
    began = time.process_time()
    deed()
    return (time.process_time() - began) * 1000


if __name__ == "__main__":
    main()
