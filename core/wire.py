"""Statements by the thousand: built by SQLAlchemy once, then run by the database's driver itself.

Lending a connection and running a statement cost SQLAlchemy four times what they cost the driver,
so the few paths that thousands take at once go here (docs/decisions/0303). Errors are SQLAlchemy's.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache, lru_cache
from threading import Lock
from typing import Any, NamedTuple, TypeAlias, cast

import sqlalchemy as sa
from flask import g
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect, Engine
from sqlalchemy.sql.elements import KeyedColumnElement
from sqlmodel import Session

from core.database import TURN, begin_writing, get_engine, make_engine
from core.turns import Turn

Row: TypeAlias = tuple[Any, ...]
#: a statement with its values
Write: TypeAlias = tuple[sa.Executable, Mapping[str, Any]]
Convert: TypeAlias = Callable[[Any], Any]


class Built(NamedTuple):
    """A statement as the driver takes it."""

    text: str
    #: values that are part of the statement, as the driver takes them
    fixed: dict[str, Any]
    #: name -> what makes a value one of the driver's; of those that need it
    dump: tuple[tuple[str, Convert], ...]
    #: place in a row -> what makes a value of the driver's one of ours; of those that need it
    load: tuple[tuple[int, Convert], ...]
    #: names in the order of the places, where the driver has places
    places: tuple[str, ...]
    has_rows: bool

    def values(self, given: Mapping[str, Any]) -> Any:
        named = {**self.fixed, **given}
        for name, convert in self.dump:
            named[name] = convert(named[name])
        return tuple([named[name] for name in self.places]) if self.places else named

    def rows(self, found: list[Row]) -> list[Row]:
        if not self.load:
            return found
        return [self._row(row) for row in found]

    def _row(self, row: Row) -> Row:
        values = list(row)
        for place, convert in self.load:
            values[place] = convert(values[place])
        return tuple(values)


_built: dict[tuple[sa.Executable, str], Built] = {}


def build(statement: sa.Executable, dialect: Dialect) -> Built:
    """Build a statement, or find it built. What comes here lives as long as the process."""
    key = statement, dialect.name
    found = _built.get(key)
    if found is None:
        found = _built[key] = _compile(cast(Any, statement), dialect)
    return found


def _compile(statement: Any, dialect: Dialect) -> Built:
    compiled = statement.compile(dialect=dialect)
    fixed, dump = {}, []
    for name, bind in compiled.binds.items():
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if not bind.required:
            fixed[name] = convert(bind.value) if convert else bind.value
        elif convert:
            dump.append((name, convert))
    columns = list(getattr(statement, "exported_columns", ()))
    processors = (one.type.dialect_impl(dialect).result_processor(dialect, None) for one in columns)
    load = tuple((place, one) for place, one in enumerate(processors) if one)
    places = tuple(compiled.positiontup or ()) if compiled.positional else ()
    return Built(str(compiled), fixed, tuple(dump), load, places, has_rows=bool(columns))


def binds(columns: Iterable[KeyedColumnElement[Any]]) -> dict[str, sa.BindParameter[Any]]:
    """What stands for the values of columns; SQLAlchemy keeps the bare names for itself."""
    return {one.key: sa.bindparam(f"new_{one.key}", type_=one.type) for one in columns}


def new(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of `binds`."""
    return {f"new_{name}": value for name, value in values.items()}


class Wire:
    """One connection of the driver's, outside a transaction unless it has an owner.

    turn: in the queue of writers, on SQLite. owner: the connection of a session, which will commit.
    """

    def __init__(
        self, driver: Any, dialect: Dialect, turn: Turn | None, owner: Connection | None = None
    ) -> None:
        self._driver = driver
        self.dialect = dialect
        self._turn = turn
        self._owner = owner

    @property
    def is_owned(self) -> bool:
        return self._owner is not None

    @property
    def is_lost(self) -> bool:
        """Whether the server went away. SQLite has none."""
        return bool(getattr(self._driver, "closed", False))

    def run(self, statement: sa.Executable, values: Mapping[str, Any]) -> list[Row]:
        """Run a statement that is built once and kept; its rows, if it has any.

        Outside a transaction it is one itself on PostgreSQL; on SQLite it must then only read.
        Raises what SQLAlchemy raises, without the values, which may be personal.
        """
        built = build(statement, self.dialect)
        try:
            cursor = self._driver.execute(built.text, built.values(values))
            return built.rows(cursor.fetchall()) if built.has_rows else []
        except self.dialect.loaded_dbapi.Error as error:
            if self._owner is not None and self.is_lost:
                self._owner.invalidate()  # else the session would end with an error of its own
            raise _ours(self.dialect, built.text, error) from None

    def write(
        self, statement: sa.Executable, values: Mapping[str, Any], *, durable: bool = True
    ) -> list[Row]:
        """Run one statement as a transaction of its own.

        durable: whether SQLite waits for the disk. On PostgreSQL a statement that need not wait
        says so itself: set_config('synchronous_commit', 'off', true).
        """
        if self._turn is None:
            return self.run(statement, values)
        with self.transaction(durable=durable):
            return self.run(statement, values)

    def write_together(self, *writes: Write) -> None:
        """Within a transaction write to several tables; on PostgreSQL in one round trip.

        Each writes to another table, with values whose names differ; none sees what another does.
        """
        if self.dialect.name == "postgresql":
            together = {name: value for _, values in writes for name, value in values.items()}
            self.run(_as_one(tuple(statement for statement, _ in writes)), together)
            return
        for statement, values in writes:
            self.run(statement, values)

    @contextmanager
    def transaction(self, *, durable: bool = True) -> Iterator[None]:
        """All that is run within, or nothing of it; part of the session's, if one owns this."""
        if self.is_owned:
            yield
        elif self._turn is None:
            with _errors(self.dialect, "transaction"), self._driver.transaction():
                yield
        else:
            begin_writing(self._driver, self._turn, "full" if durable else "normal")
            try:
                yield
            except BaseException:
                self._driver.rollback()
                raise
            try:
                self._driver.commit()
            except self.dialect.loaded_dbapi.Error as error:
                self._driver.rollback()
                raise _ours(self.dialect, "COMMIT", error) from None


def _ours(dialect: Dialect, text: str, error: Any) -> Exception:
    """SQLAlchemy's error for one of the driver's, without the values.

    PostgreSQL tells them in the details, so of its words only the first are taken.
    """
    base = dialect.loaded_dbapi.Error
    first = getattr(getattr(error, "diag", None), "message_primary", None)
    bare = type(error)(first) if first else error
    told: Exception = sa.exc.DBAPIError.instance(
        text, None, bare, base, hide_parameters=True, dialect=dialect
    )
    return told


@contextmanager
def _errors(dialect: Dialect, what: str) -> Iterator[None]:
    try:
        yield
    except dialect.loaded_dbapi.Error as error:
        raise _ours(dialect, what, error) from None


@cache
def _as_one(statements: tuple[Any, ...]) -> sa.Executable:
    *others, last = statements
    ctes = [one.cte(f"step_{place}") for place, one in enumerate(others)]
    return cast(sa.Executable, last.add_cte(*ctes))


_lending = Lock()


@lru_cache(maxsize=8)
def _lender(engine: Engine) -> Engine:
    """Whose connections are lent: on PostgreSQL a pool that need not be set back after each use."""
    if engine.dialect.name != "postgresql":
        return engine
    url = engine.url.render_as_string(hide_password=False)
    lender = make_engine(url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None)
    event.listen(engine, "engine_disposed", lambda _engine: lender.dispose())
    return lender


@contextmanager
def wire(engine: Engine) -> Iterator[Wire]:
    """A connection outside any session. Raises OperationalError if there is no server."""
    with _lending:
        lender = _lender(engine)
    with _errors(lender.dialect, "connect"):
        lent = lender.raw_connection()
    line = Wire(lent.driver_connection, lender.dialect, lent.info.get(TURN))
    try:
        yield line
    finally:
        if line.is_lost:
            lent.invalidate()
        lent.close()


def get_wire() -> Wire:
    """The request's one wire, beside its session: lent when it is first asked for, or lost."""
    if "wire" in g and g.wire.is_lost:
        close_wire()
    if "wire" not in g:
        g.lent = ExitStack()
        g.wire = g.lent.enter_context(wire(get_engine()))
    return cast(Wire, g.wire)


def close_wire(_error: BaseException | None = None) -> None:
    if g.pop("wire", None) is not None:
        g.pop("lent").close()


def wire_of(db: Session | Wire) -> Wire:
    """What runs in a session's transaction, after what the session holds back; a wire is itself."""
    if isinstance(db, Wire):
        return db
    db.flush()
    connection = db.connection()
    driver = connection.connection.driver_connection
    return Wire(driver, connection.dialect, None, connection)
