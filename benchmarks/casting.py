"""Casting a ballot over HTTP, durable before the answer, against raw writes of the same rows.

Every ballot comes from another member, signed in before. A secret one is sealed, and the answer is
the page with its receipt. The raw writes come from one connection on SQLite, which has one lock for
all writers, and from as many as our server has threads on PostgreSQL (benchmarks/raw.py); they are
of an open ballot in both cases.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlencode
from uuid import UUID

from sqlmodel import col, func, select

from accounts.models import User
from benchmarks import load, raw
from benchmarks.assembly import Assembly, assembled, databases, electors, sign_in
from benchmarks.measuring import Effort, asked_effort, cpu_seconds, in_turn, report
from benchmarks.places import OURS, UNDER, Server, served
from core import clock
from voting import secrecy, services
from voting.closing import EXTENSION
from voting.models import Ballot, Choice, SealedBallot

CONNECTIONS = 16
#: 2 workers of 4 threads
PG_WRITERS = (2, 4)
#: seconds until what was asked last is done
SETTLING = 1
#: no round casts more a second
MOST_PER_SECOND = 1500


@dataclass
class Target:
    """A vote on a running server, and who has not voted in it yet."""

    assembly: Assembly
    server: Server
    voters: Iterator[UUID]
    people: Sequence[UUID]
    processes: int
    writers: int
    status: str


def main() -> None:
    effort = asked_effort(__doc__)
    members = int((effort.rounds + 1) * effort.seconds * MOST_PER_SECOND)
    with databases() as urls:
        for name, fresh in urls.items():
            under, *_ = UNDER[name]
            for is_secret in (False, True):
                url = fresh()
                with assembled(members, is_secret=is_secret, database_url=url) as assembly:
                    _open(assembly)
                    with served(under, OURS, assembly.place.environment) as server:
                        voters = electors(assembly)
                        if is_secret:
                            _make_key(assembly, voters.pop())
                        writers = PG_WRITERS if url else (1, 1)
                        status = "200" if is_secret else "303"
                        target = Target(
                            assembly, server, iter(voters), voters[:1000], *writers, status
                        )
                        kind = "secret" if is_secret else "open"
                        _compare(f"{kind}, {name}, {under}", target, effort)


def _open(assembly: Assembly) -> None:
    with assembly.session() as db:
        services.open_voting(db, assembly.proposal(db), now=clock.now())
        db.commit()


def _make_key(assembly: Assembly, voter: UUID) -> None:
    """Cast the first ballot, for which the box gets its key: raw writes know nothing of keys."""
    with assembly.session() as db:
        proposal, actor = assembly.proposal(db), db.get_one(User, voter)
        keys = assembly.app.extensions[EXTENSION].keys
        secrecy.cast_secret(db, proposal, actor=actor, marks=Choice.YES, keys=keys, now=clock.now())
        db.commit()


def _compare(name: str, target: Target, effort: Effort) -> None:
    ours, bare = in_turn(
        effort.rounds,
        lambda: _cast(target, effort.seconds),
        lambda: raw.write(
            target.assembly.database,
            "ballot",
            target.assembly.proposal_id,
            people=target.people,
            processes=target.processes,
            writers=target.writers,
            seconds=effort.seconds,
        ),
    )
    for figure, unit, part in (
        ("ballots", "1/s", "per_second"),
        ("casting, 99 of 100 within", "ms", "p99"),
        ("casting, CPU without the database's", "ms/ballot", "cpu_ms"),
    ):
        values = ([getattr(one, part) for one in side] for side in (ours, bare))
        report(f"{figure}, {name}", unit, *values)


def _cast(target: Target, seconds: float) -> raw.Written:
    """Cast as fast as the server takes it, and see that no ballot was lost or doubled."""
    people = list(islice(target.voters, int(seconds * MOST_PER_SECOND)))
    requests = _requests(target.assembly, people)
    cast, used = _ballots(target.assembly), cpu_seconds(*target.server.pids)
    found = load.run(target.server.ports, requests, seconds=seconds, connections=CONNECTIONS)
    used = cpu_seconds(*target.server.pids) - used
    if set(found.statuses) != {target.status} or found.answers > len(people):
        raise RuntimeError(f"{len(people)} voters, casting answered {found.statuses}")
    cast = _ballots(target.assembly) - cast
    if not 0 <= cast - found.answers <= CONNECTIONS:
        raise RuntimeError(f"{found} were taken, {cast} are there")
    return raw.Written(found.per_second, used * 1000 / cast, found.p99)


def _ballots(assembly: Assembly) -> int:
    """How many the server was given; of the last, as many as there are connections may be late."""
    time.sleep(SETTLING)
    with assembly.session() as db:
        proposal = assembly.proposal(db)
        return sum(
            db.exec(select(func.count()).where(table.proposal_id == proposal.id, *named)).one()
            for table, named in (
                (Ballot, [col(Ballot.user_id).is_not(None)]),
                (SealedBallot, []),
            )
        )


def _requests(assembly: Assembly, people: Sequence[UUID]) -> list[str]:
    requests = []
    for cookie, token in sign_in(assembly, people):
        body = urlencode({"csrf_token": token, "choice": "yes"})
        requests.append(
            f"POST /decisions/{assembly.proposal_id}/ballot HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Cookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )
    return requests


if __name__ == "__main__":
    main()
