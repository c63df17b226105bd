"""Migrations: bring a database to the newest schema, and say whether it is there.

The versions lie in migrations/versions. A run is one transaction on both databases: it happens
wholly or not at all, and of two processes that start together one waits for the other.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import autogenerate, command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine
from sqlmodel import SQLModel

from core.database import read_only

FOLDER = Path(__file__).resolve().parent.parent / "migrations"
#: any number will do, as long as every process of ours locks the same
LOCK = 7_215_004


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Migrate up to a revision; does nothing if the database is there already."""
    with _migrating(engine) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Migrate down; "base" leaves no table of ours."""
    with _migrating(engine) as connection:
        command.downgrade(_config(connection), revision)


def is_current(engine: Engine) -> bool:
    """Say whether the database has the newest schema this code knows."""
    with read_only(engine).connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == heads()


@cache
def heads() -> frozenset[str]:
    return frozenset(ScriptDirectory.from_config(_config(None)).get_heads())


def revisions() -> list[str]:
    """All revisions, the oldest first."""
    scripts = ScriptDirectory.from_config(_config(None)).walk_revisions()
    return [script.revision for script in scripts][::-1]


def drift(engine: Engine) -> list[Any]:
    """What autogenerate would change to make the database fit the tables; all must be imported."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=comparing())
        return list(autogenerate.compare_metadata(context, SQLModel.metadata))


def write_revision(engine: Engine, message: str, number: str) -> None:
    """Write versions/<number>_<message>.py: what the tables have and the database lacks."""
    with _migrating(engine) as connection:
        command.revision(_config(connection), message, autogenerate=True, rev_id=number)


def comparing() -> dict[str, Any]:
    """How tables are compared and written down, for env.py and for `drift`."""
    return {"compare_type": True, "render_as_batch": True, "render_item": _render_item}


def _render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Write SQLModel's types as the plain ones beneath: a migration must outlive SQLModel."""
    if kind == "type" and isinstance(item, sa.types.TypeDecorator):
        plain = item.impl_instance
        if isinstance(plain, sa.DateTime):
            return "sa.DateTime(timezone=True)"
        return f"sa.{plain!r}"
    return False


def _config(connection: Connection | None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """A connection in one transaction that nobody else migrates in."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            with _without_foreign_keys(connection):
                yield connection
        else:
            with connection.begin():
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
                yield connection


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """SQLite rebuilds a table by dropping it: with foreign keys on, that deletes all child rows."""
    driver = connection.connection.driver_connection
    assert driver is not None
    driver.execute("pragma foreign_keys=off")  # inside a transaction it would do nothing
    try:
        with connection.begin():
            yield
            broken = connection.exec_driver_sql("pragma foreign_key_check").fetchall()
            if broken:
                raise RuntimeError(f"a migration left {len(broken)} rows without their parent")
    finally:
        driver.execute("pragma foreign_keys=on")
