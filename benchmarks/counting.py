"""Counting a box from the database to the result, against reading its bytes and nothing else.

The limit is the driver reading the marks of all ballots in one piece, and numpy adding them up. The
plain count, as recount.py does it, is measured on the boxes it is meant for and a bit above. The
root hash of a box, which a close also works out, stands apart; its limit is hashing its entries.
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
from voting import ballots, box, queries, results
from voting.closing import cast_in
from voting.models import Proposal, Tally

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
            _compare_roots(assembly, size, effort)


def _compare(assembly: Assembly, method: Method, size: int, effort: Effort) -> None:
    ours, bare = in_turn(
        effort.rounds,
        lambda: _timed(lambda: _count(assembly, method)),
        lambda: _timed(lambda: _read(assembly)),
    )
    report(f"{method}, {size:,} ballots x 20", "ms CPU", ours, bare)
    if size <= MOST_PLAIN:
        few = min(effort.rounds, 3)
        plain, ours = in_turn(
            few,
            lambda: _timed(lambda: _count(assembly, method, plainly=True)),
            lambda: _timed(lambda: _count(assembly, method)),
        )
        report(f"{method} counted plainly, {size:,} ballots x 20", "ms CPU", plain, ours)


def _count(assembly: Assembly, method: Method, *, plainly: bool = False) -> None:
    """All that a close does from the ballots to the outcome."""
    with assembly.session() as db:
        proposal = assembly.proposal(db)
        db.expunge(proposal)
        proposal.method, proposal.seats = method, SEATS.get(method, 1)
        paper = queries.paper(db, proposal)
        cast = ballots.counted_marks(db, proposal) if plainly else cast_in(db, proposal, paper)
        tally = Tally(0, 0, proposal.ballot_count, proposal.ballot_count, None)
        results.run(method, paper, cast, proposal=proposal, tally=tally, root=ROOT)


def _read(assembly: Assembly) -> None:
    query = "SELECT group_concat(marks, '') FROM ballot WHERE proposal_id = ? AND round = 1"
    with closing(sqlite3.connect(assembly.database)) as connection:
        (marks,) = connection.execute(query, (assembly.proposal_id.hex,)).fetchone()
    np.frombuffer(marks.encode("ascii"), np.uint8).sum()


def _compare_roots(assembly: Assembly, size: int, effort: Effort) -> None:
    def entries() -> list[bytes]:
        with assembly.session() as db:
            proposal: Proposal = assembly.proposal(db)
            return ballots.entries(db, proposal)

    known = entries()
    ours, bare = in_turn(
        effort.rounds,
        lambda: _timed(lambda: box.root_of(entries())),
        lambda: _timed(lambda: [sha256(one).digest() for one in known]),
    )
    report(f"root hash of a box, {size:,} ballots", "ms CPU", ours, bare)


def _timed(deed: Callable[[], object]) -> float:
    """What it takes of the processor, in milliseconds: SQLite works in this process too."""
    began = time.process_time()
    deed()
    return (time.process_time() - began) * 1000


if __name__ == "__main__":
    main()
