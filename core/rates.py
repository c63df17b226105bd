"""Rate limits that count across processes and keep nothing about anybody on the disk.

Counts lie in the database under keys hashed with a secret that lives in memory only (tmpfs where
the system has one): once the machine is off, a row says nothing about an address.
"""

import hashlib
import hmac
import os
import secrets
from datetime import datetime, timedelta
from functools import cache
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import current_app, g, request
from limits import parse_many
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Engine
from sqlmodel import Field, Session, SQLModel, col, delete
from werkzeug.exceptions import TooManyRequests

from core import clock
from core.database import hurried, table_of
from core.settings import Settings

EXTENSION = "guilds.rates"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - tmpfs on purpose: it is gone when the machine is off


class RateWindow(SQLModel, table=True):
    """How often one hashed key was used in the window that ends at `ends_at`."""

    __tablename__ = "rate_window"
    key: str = Field(primary_key=True, max_length=64)
    hits: int
    ends_at: datetime = Field(index=True)


class DatabaseStorage(Storage):
    """Fixed windows for the `limits` library, one atomic statement a hit."""

    STORAGE_SCHEME = None  # made by hand, never from a URI

    def __init__(self, engine: Engine, secret: bytes) -> None:
        super().__init__()
        self.engine = engine
        self.secret = secret

    @property
    def base_exceptions(self) -> type[Exception]:
        return sa.exc.SQLAlchemyError

    def _key(self, key: str) -> str:
        return hmac.new(self.secret, key.encode(), hashlib.sha256).hexdigest()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = clock.now()
        row = {"key": self._key(key), "hits": amount, "ends_at": now + timedelta(seconds=expiry)}
        statement = _hit(self.engine.dialect.name)
        with hurried(self.engine).begin() as connection:  # a count lost at a power cut is no harm
            return int(connection.execute(statement, {**row, "now": now}).scalar_one())

    def _row(self, key: str) -> tuple[int, datetime] | None:
        table = table_of(RateWindow)
        query = sa.select(table.c.hits, table.c.ends_at).where(table.c.key == self._key(key))
        with self.engine.begin() as connection:
            row = connection.execute(query).first()
        return (row[0], row[1]) if row and row[1] > clock.now() else None

    def get(self, key: str) -> int:
        row = self._row(key)
        return row[0] if row else 0

    def get_expiry(self, key: str) -> float:
        row = self._row(key)
        return row[1].timestamp() if row else clock.now().timestamp()

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        with self.engine.begin() as connection:
            return connection.execute(table_of(RateWindow).delete()).rowcount

    def clear(self, key: str) -> None:
        table = table_of(RateWindow)
        with self.engine.begin() as connection:
            connection.execute(table.delete().where(table.c.key == self._key(key)))


@cache
def _hit(dialect: str) -> sa.Executable:
    """One statement that begins a window, counts in it, or begins it anew once it is over."""
    insert = (postgresql.insert if dialect == "postgresql" else sqlite.insert)(RateWindow)
    old, new = table_of(RateWindow).c, insert.excluded
    over = old.ends_at <= sa.bindparam("now", type_=old.ends_at.type)
    changes = {
        "hits": sa.case((over, new.hits), else_=old.hits + new.hits),
        "ends_at": sa.case((over, new.ends_at), else_=old.ends_at),
    }
    return insert.on_conflict_do_update(index_elements=["key"], set_=changes).returning(old.hits)


def source() -> str:
    """Who is asking, as far as the network says: an IPv4 address or an IPv6 /64."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)


def spend(limit: str, *key: str) -> None:
    """Count one use of `key` against a limit such as "5/minute;30/hour"; 429 when it is used up.

    Runs in a transaction of its own, so it must come before the request's write transaction: on
    SQLite the two would wait for each other.
    """
    if "db" in g and g.db.in_transaction():
        raise RuntimeError("count the rate limit before the first get_db() of a writing request")
    limiter: FixedWindowRateLimiter = current_app.extensions[EXTENSION]
    allowed = [limiter.hit(item, *key) for item in parse_many(limit)]
    if not all(allowed):
        raise TooManyRequests


def may_spend(limit: str, *key: str) -> bool:
    """Count one use and say whether it was left: for limits whose end must not show on the page."""
    try:
        spend(limit, *key)
    except TooManyRequests:
        return False
    return True


def forget_old_windows(db: Session, now: datetime) -> int:
    """Delete counts whose window is over."""
    forgotten = db.exec(delete(RateWindow).where(col(RateWindow.ends_at) <= now)).rowcount
    db.commit()
    return forgotten


def _boot_secret(settings: Settings) -> bytes:
    """The secret all processes of this boot share; this process's own where there is no tmpfs."""
    if not SHARED_MEMORY.is_dir():
        return secrets.token_bytes(32)
    name = hashlib.sha256(settings.master_secret).hexdigest()[:24]
    path = SHARED_MEMORY / f"guilds-{os.getuid()}-{name}"
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    fresh.touch(mode=0o600)
    fresh.write_bytes(secrets.token_bytes(32))
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass  # made by another process of this boot
    finally:
        fresh.unlink()
    return path.read_bytes()


def init_app(app: Any, engine: Engine, settings: Settings) -> None:
    storage = DatabaseStorage(engine, _boot_secret(settings))
    app.extensions[EXTENSION] = FixedWindowRateLimiter(storage)
