"""What is said to the database: by SQLAlchemy, and past it by core.wire."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from core.wire import Row, Wire, build


@contextmanager
def collected(engine: Engine | Connection) -> Iterator[list[str]]:
    """The statements said meanwhile. Wires are listened to whatever their engine."""
    said: list[str] = []
    run = Wire.run

    def note(*execution: Any) -> None:
        said.append(execution[2])

    def noted(line: Wire, statement: sa.Executable, values: Mapping[str, Any]) -> list[Row]:
        said.append(build(statement, line.dialect).text)
        return run(line, statement, values)

    event.listen(engine, "before_cursor_execute", note)
    try:
        with mock.patch.object(Wire, "run", noted):
            yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)
