"""Many rows at once: in batches of bounded size, past the ORM, with keys that need not be kept."""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

#: rows held in memory at once
BATCH = 10_000
#: KiB of pages SQLite may hold: random keys touch the whole of an index with every batch
SQLITE_CACHE = 128 * 1024
Row = dict[str, Any]


def key(kind: str, number: int) -> UUID:
    """The key of a made-up row, the same every time, so that none has to be remembered."""
    digest = hashlib.blake2b(f"{kind}/{number}".encode(), digest_size=16).digest()
    return UUID(bytes=digest, version=4)


def make_room(db: Session) -> None:
    """Let SQLite keep more of its indexes in memory, on this connection."""
    if db.get_bind().dialect.name == "sqlite":
        db.connection().exec_driver_sql(f"pragma cache_size=-{SQLITE_CACHE}")


def batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        yield batch


def insert(db: Session, table: type[SQLModel], rows: list[Row]) -> None:
    """Insert rows that give every column."""
    if rows:
        db.connection().execute(sa.insert(sa.inspect(table).local_table), rows)


def add_to(db: Session, table: type[SQLModel], column: str, counts: dict[UUID, int]) -> None:
    """Raise a counter of each row by its number."""
    target = sa.inspect(table).local_table
    statement = (
        target.update()
        .where(target.c.id == sa.bindparam("row_id"))
        .values({column: target.c[column] + sa.bindparam("more")})
    )
    if counts:
        values = [{"row_id": row_id, "more": more} for row_id, more in counts.items()]
        db.connection().execute(statement, values)
