"""Opening a vote for very many members, and closing it, against bare statements of the same rows.

Each is done up to its commit and taken back, so that it can be done again. The limit of opening is
the electorate and its two notices an elector, inserted by one statement each; that of closing is
reading the ballots in one piece and inserting a notice a member.
"""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import psycopg

from benchmarks.assembly import Assembly, assembled, databases, electors, lay_ballots
from benchmarks.measuring import Effort, asked_effort, in_turn, report
from core import clock
from guilds.charter import Method
from voting import services
from voting.closing import EXTENSION, close_proposal

SIZES = (1_000, 100_000)
FRESH = {"sqlite": "lower(hex(randomblob(16)))", "postgresql": "gen_random_uuid()"}
ELECTORS = (
    "INSERT INTO elector (id, proposal_id, user_id, has_voted) SELECT {fresh}, '{proposal}', "
    "user_id, false FROM membership WHERE true"
)
NOTICES = (
    "INSERT INTO notice (id, recipient_id, user_id, kind, subject_id, due_at, attempts, headline, "
    "path) SELECT {fresh}, user_id, user_id, '{kind}', '{proposal}', '2100-01-01', 0, '', '' "
    "FROM membership WHERE true ON CONFLICT DO NOTHING"
)
BOX = {"sqlite": "SELECT group_concat(marks, '') FROM ballot WHERE round = 1"}
BOX["postgresql"] = BOX["sqlite"].replace("group_concat", "string_agg")


def main() -> None:
    effort = asked_effort(__doc__)
    with databases() as urls:
        for name, fresh in urls.items():
            for size in SIZES:
                with assembled(size, method=Method.SCHULZE, database_url=fresh()) as assembly:
                    _compare(name, assembly, size, effort)


def _compare(name: str, assembly: Assembly, size: int, effort: Effort) -> None:
    kind = "postgresql" if "postgresql" in assembly.database else "sqlite"
    words = {"fresh": FRESH[kind], "proposal": assembly.proposal_id.hex}
    notices = [NOTICES.format(kind=f"bench.{number}", **words) for number in range(2)]
    opening, bare = in_turn(
        effort.rounds,
        lambda: _timed(lambda: _open(assembly, is_kept=False)),
        lambda: _bare(assembly, [ELECTORS.format(**words), *notices]),
    )
    report(f"opening a vote, {size:,} members, {name}", "ms", opening, bare)
    _open(assembly, is_kept=True)
    lay_ballots(assembly, size, electors(assembly))
    counting, bare = in_turn(
        effort.rounds,
        lambda: _timed(lambda: _close(assembly)),
        lambda: _bare(assembly, [BOX[kind], notices[0]]),
    )
    report(f"closing a vote by Schulze, {size:,} ballots, {name}", "ms", counting, bare)


def _open(assembly: Assembly, *, is_kept: bool) -> None:
    with assembly.session() as db:
        if not services.open_voting(db, assembly.proposal(db), now=clock.now()):
            raise RuntimeError("voting was not opened")
        if is_kept:
            db.commit()


def _close(assembly: Assembly) -> None:
    with assembly.session() as db:
        now = clock.now() + timedelta(days=30)
        means = assembly.app.extensions[EXTENSION]
        if not close_proposal(db, assembly.proposal(db), means, now=now):
            raise RuntimeError("the vote was not closed")


def _bare(assembly: Assembly, statements: list[str]) -> float:
    """The statements in one transaction that is taken back."""
    if assembly.database.startswith("/"):
        with closing(sqlite3.connect(assembly.database, isolation_level=None)) as connection:
            for before in ("pragma secure_delete=on", "BEGIN IMMEDIATE"):
                connection.execute(before)
            return _timed(lambda: [connection.execute(one).fetchall() for one in statements])
    with psycopg.connect(assembly.database) as pg:
        taken = _timed(lambda: [pg.execute(one.encode()) for one in statements])
        pg.rollback()
        return taken


def _timed(deed: Callable[[], object]) -> float:
    began = time.perf_counter()
    deed()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
