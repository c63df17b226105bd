"""SQLite's write-ahead log: what was erased stands in its older pages until it is emptied."""

import sqlite3
from contextlib import closing
from datetime import datetime

from sqlmodel import Session

#: seconds for which readers are waited for, while others who write wait for us
PATIENCE = 0.2


def empty(db: Session, _now: datetime) -> int:
    """Move the log into the database, where erased rows are overwritten, and cut it off.

    Returns 1 if it is empty now; 0 if somebody read from it meanwhile, and on PostgreSQL, which
    looks after its log itself.
    """
    url = db.get_bind().engine.url
    if url.get_backend_name() != "sqlite" or not url.database:
        return 0
    with closing(sqlite3.connect(url.database, timeout=PATIENCE)) as connection:
        is_busy, *_ = connection.execute("pragma wal_checkpoint(truncate)").fetchone()
    return int(not is_busy)
