"""The database: engine, sessions, the base of tables, and where SQLite and PostgreSQL differ."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from functools import cache, lru_cache
from typing import Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from flask import current_app, g, has_request_context, request
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Engine
from sqlmodel import Field, Session, SQLModel

from core.turns import PATIENCE, Turn

EXTENSION = "guilds.engine"
#: seconds after which a connection that lay idle is asked whether its server is still there
IDLE = 1.0
#: twenty a second
WAL_TRIES = 200
READING = {"GET", "HEAD", "OPTIONS"}

# Set before the first table exists: migrations need every constraint to have a name.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Model(SQLModel):
    """Base of every table: a random key, so that nothing in a URL can be counted or guessed."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)


def enum_type(states: type[StrEnum]) -> Any:
    """Column type for a StrEnum: its value, guarded by a CHECK (a new state needs a migration)."""
    return sa.Enum(
        states,
        values_callable=lambda e: [member.value for member in e],
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=32,
        name=states.__name__.lower(),
    )


#: execution option: the transactions cannot write
READS = "guilds_reads"
#: key of a connection's place in the queue of writers
TURN = "guilds_turn"


def make_engine(url: str, **options: Any) -> Engine:
    """An engine on which a write is durable before it is acknowledged and never silently lost.

    options: more of SQLAlchemy's.
    """
    if url.startswith("sqlite:///"):
        options["max_overflow"] = -1  # a request may hold three; they cost nothing
    engine = sa.create_engine(url, **options)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        event.listen(engine, "close", _leave_turns)
    else:
        event.listen(engine, "checkin", _note_time)
        event.listen(engine, "checkout", _ask_idle(engine))
    return engine


def _note_time(_connection: Any, record: Any) -> None:
    record.info["left_at"] = time.monotonic()


def _ask_idle(engine: Engine) -> Any:
    """Before a connection is lent: the pool takes a new one if its server went away meanwhile.

    To ask each time would cost a busy server a question for every one that is meant.
    """

    def ask(connection: Any, record: Any, _proxy: Any) -> None:
        if time.monotonic() - record.info.get("left_at", time.monotonic()) < IDLE:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise sa.exc.DisconnectionError from error

    return ask


def _prepare_sqlite(connection: Any, record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN loses updates (stack.md §1.1)
    _use_wal(connection)
    for pragma in (
        "synchronous=full",  # an acknowledged signature survives a power cut
        "foreign_keys=on",
        f"busy_timeout={round(PATIENCE * 1000)}",
        "secure_delete=on",  # what was erased is overwritten, not only forgotten
    ):
        connection.execute(f"pragma {pragma}")
    (_, _, file), *_ = connection.execute("pragma database_list")
    record.info[TURN] = Turn(file)


def _leave_turns(_connection: Any, record: Any) -> None:
    turn: Turn | None = record.info.pop(TURN, None)
    if turn is not None:
        turn.close()


def _use_wal(connection: Any) -> None:
    """Choose the write-ahead log; of processes that open a fresh file together only one gets to.

    SQLite does not wait for the others here, whatever its busy timeout: so we do.
    """
    for _ in range(WAL_TRIES):
        try:
            connection.execute("pragma journal_mode=wal")
            return
        except sqlite3.OperationalError:
            time.sleep(0.05)
    connection.execute("pragma journal_mode=wal")


def _begin_sqlite(connection: Connection) -> None:
    lent = connection.connection.driver_connection
    assert lent is not None
    if connection.get_execution_options().get(READS):
        lent.execute("pragma query_only=1")
        lent.execute("BEGIN")
    else:
        begin_writing(lent, connection.info[TURN])


def begin_writing(connection: Any, turn: Turn, synchronous: str = "full") -> None:
    """Begin a transaction on a connection of the driver's, once it is its turn.

    synchronous: "normal" for what nobody misses after a power cut. Raises SQLAlchemy's
    OperationalError if the lock stays taken.
    """
    connection.execute("pragma query_only=0")
    connection.execute(f"pragma synchronous={synchronous}")
    try:
        turn.begin(connection)
    except sqlite3.OperationalError as error:
        raise sa.exc.OperationalError("BEGIN IMMEDIATE", None, error) from error


@lru_cache(maxsize=8)
def read_only(engine: Engine) -> Engine:
    """The same pool, in transactions that cannot write."""
    option = "postgresql_readonly" if engine.dialect.name == "postgresql" else READS
    return engine.execution_options(**{option: True})


def open_session(engine: Engine) -> Session:
    return Session(engine, expire_on_commit=False)


def get_engine() -> Engine:
    return cast(Engine, current_app.extensions[EXTENSION])


def get_db() -> Session:
    """The request's one session: read-only for GET, else a write transaction from first use on.

    On SQLite it then holds the only write lock: hash passwords and count rate limits before.
    """
    if "db" not in g:
        engine = get_engine()
        reading = has_request_context() and request.method in READING
        g.db = open_session(read_only(engine) if reading else engine)
    return cast(Session, g.db)


@contextmanager
def reading() -> Iterator[Session]:
    """A short read-only session of its own, for what must be known before the write transaction."""
    with open_session(read_only(get_engine())) as db:
        yield db


def close_db(_error: BaseException | None = None) -> None:
    db = g.pop("db", None)
    if db is not None:
        db.close()


def table_of(model: type[SQLModel]) -> sa.Table:
    """The Core table of a model, for sets of rows."""
    return cast(sa.Table, sa.inspect(model).local_table)


def fresh_key(db: Session) -> sa.ColumnElement[Any]:
    """A random key of each row that a statement makes, as Model makes one of each object."""
    if db.get_bind().dialect.name == "postgresql":
        return sa.func.gen_random_uuid()
    return sa.func.lower(sa.func.hex(sa.func.randomblob(16)))


def insert_from(
    db: Session, table: type[SQLModel], columns: dict[str, Any], *where: sa.ColumnElement[bool]
) -> int:
    """Insert a row for each that is selected, passing over taken unique keys; says how many.

    columns: column -> what is selected for it; there must be a condition. One statement, however
    many rows: nothing is read into memory.
    """
    bind = table_of(table)
    dialect = db.get_bind().dialect.name
    insert = postgresql.insert(bind) if dialect == "postgresql" else sqlite.insert(bind)
    chosen = sa.select(*columns.values()).where(*where)
    statement = insert.from_select(list(columns), chosen).on_conflict_do_nothing()
    return db.connection().execute(statement.execution_options(preserve_rowcount=True)).rowcount


def insert_new(db: Session, table: type[SQLModel], rows: list[dict[str, Any]]) -> int:
    """Insert rows, passing over those whose unique key is taken; say how many are new.

    Core knows no Python defaults of SQLModel's: give every column, `id` included.
    """
    if not rows:
        return 0
    statement = _insert_new(table, db.get_bind().dialect.name)
    one_or_many = rows[0] if len(rows) == 1 else rows
    return db.connection().execute(statement, one_or_many).rowcount


@cache
def _insert_new(table: type[SQLModel], dialect: str) -> sa.Executable:
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(table_of(table))
    # the count would be -1 on PostgreSQL
    return insert.on_conflict_do_nothing().execution_options(preserve_rowcount=True)
