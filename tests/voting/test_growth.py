"""Pages of a vote send the same queries, and find rows as directly, with 20,000 members in it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, SQLModel, select

from accounts.models import User
from core.database import table_of
from core.paging import write_place
from guilds.charter import DecisionKind, Method
from guilds.models import Membership
from tests.builders import make_guild, make_user, make_vote
from voting import casting
from voting.models import Ballot, Elector, Proposal
from voting.question import OptionFacts

MANY = 20_000
#: tables of which a page may never read all
LARGE = ("ballot", "elector", "membership", "notice", "user")


NUMBERS = (
    f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {MANY})"
)
KEY = "lower(hex(randomblob(16)))"


def multiply(db: Session, row: SQLModel, **changes: str) -> None:
    """MANY more rows like one, in one statement. changes: column -> SQL of what it is in row n."""
    table = table_of(type(row))
    columns = {column.name: f'"{column.name}"' for column in table.columns}
    columns |= {"id": KEY, **changes}
    db.connection().exec_driver_sql(
        f'INSERT INTO "{table.name}" ({", ".join(columns)}) {NUMBERS} '
        f'SELECT {", ".join(columns.values())} FROM "{table.name}", numbers WHERE id = ?',
        (row.__dict__["id"].hex,),
    )


def add_masses(db: Session, vote: Proposal, voter: User) -> None:
    """As many more members, all of them electors, and ballots."""
    multiply(db, voter, id="printf('%032x', n)", handle="'m' || n", address_hash="'m' || n")
    user_id = "printf('%032x', n)"
    for table in (Membership, Elector):
        multiply(db, db.exec(select(table).where(table.user_id == voter.id)).one(), user_id=user_id)
    ballot = db.exec(select(Ballot).where(Ballot.user_id == voter.id)).one()
    multiply(db, ballot, user_id=user_id, nonce="printf('%032x', n)")
    vote.ballot_count += MANY
    vote.electorate_count = vote.member_count = MANY + 3
    db.add(vote)
    db.commit()


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.timeout(300)
@pytest.mark.parametrize("method", [Method.MAJORITY, Method.SCHULZE])
def test_pages_of_a_vote_do_not_grow_with_it(
    app: Flask,
    db: Session,
    sign_in: Callable[[FlaskClient, User], None],
    count_queries: Callable[[], AbstractContextManager[list[str]]],
    method: Method,
) -> None:
    people = [make_user(db, handle) for handle in ("alice", "bob", "dora")]
    guild = make_guild(db, admins=people[:1], members=people[1:], charter="affinity-group")
    names = ("Oak", "Elm") if method == Method.SCHULZE else ()
    options = tuple(OptionFacts(name) for name in names)
    kind = DecisionKind.RESOLUTION
    vote = make_vote(db, guild, people[0], kind=kind, method=method, options=options)
    marks = "12" if options else "yes"
    for person in people[:2]:
        casting.cast_ballot(db, vote, actor=person, marks=marks, now=vote.opens_at)
    first = db.exec(select(Ballot).where(Ballot.user_id == people[0].id)).one()
    place = write_place(first.cast_at, first.id)
    db.commit()
    client = app.test_client()
    sign_in(client, people[2])
    page = f"/decisions/{vote.id}"
    paths = [page, f"/guilds/{guild.slug}/decisions", f"{page}/ballots"]
    paths.append(f"{page}/ballots?after={place}")

    def sent() -> dict[str, list[str]]:
        found = {}
        for path in paths:
            with count_queries() as queries:
                answer = client.get(path)
            assert answer.status_code == 200, (path, answer.status)
            found[path] = [query for query in queries if query.startswith("SELECT")]
        return found

    before = sent()
    add_masses(db, vote, people[1])
    after = sent()
    assert {path: len(queries) for path, queries in after.items()} == {
        path: len(queries) for path, queries in before.items()
    }
    assert before[page]
    steps = {step for queries in after.values() for query in queries for step in plan(db, query)}
    assert not {step for step in steps for table in LARGE if step.startswith(f"SCAN {table} ")}
    assert not {step for step in steps for table in LARGE if step == f"SCAN {table}"}
    box = {step for path in paths[2:] for query in after[path] for step in plan(db, query)}
    assert not {step for step in box if "TEMP B-TREE" in step}, "sorts all ballots for one page"
    assert any("(cast_at,id)>" in step for step in box), "leads to a later page"


def plan(db: Session, query: str) -> list[str]:
    """How SQLite looks for it, step by step."""
    values = (None,) * query.count("?")
    rows = db.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)
    return [str(row[3]) for row in rows]
