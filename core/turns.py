"""Who may write to SQLite next: whoever waited longest.

SQLite lets a waiting writer sleep and look again, ever longer, so under load one is overtaken for
seconds. Here one at a time waits for the lock, closely, and all others queue behind it, threads and
processes alike: in a lock of the kernel on a file beside the database.
"""

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

try:
    import fcntl
except ImportError:  # Windows: there SQLite's own waiting has to do
    fcntl = None  # type: ignore[assignment] # a module, else

#: seconds a writer waits for the lock once it is first, and between two looks
PATIENCE, BETWEEN = 15.0, 0.0006


class Turn:
    """A place in the queue of writers, for one connection."""

    def __init__(self, database: str) -> None:
        self._file: int | None = None
        if fcntl is not None and database and Path(database).exists():
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            self._file = os.open(f"{database}-turn", flags, 0o600)

    def begin(self, connection: Any) -> None:
        """Begin a write transaction. Raises sqlite3.OperationalError if the lock stays taken."""
        if self._file is None:
            connection.execute("BEGIN IMMEDIATE")
            return
        fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            _wait(connection)
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


def _wait(connection: Any) -> None:
    connection.execute("pragma busy_timeout=0")
    deadline = time.monotonic() + PATIENCE
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                is_taken = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
                if not is_taken or time.monotonic() > deadline:
                    raise
            time.sleep(BETWEEN)
    finally:
        connection.execute(f"pragma busy_timeout={round(PATIENCE * 1000)}")
