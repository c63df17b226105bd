"""Rate limits that count across processes and keep nothing about anybody on the disk.

Counts lie in the database under keys hashed with a secret that lives in memory only (tmpfs where
the system has one): once the machine is off, a row says nothing about an address.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from flask import current_app, g, request
from limits import RateLimitItem, RateLimitItemPerSecond, parse_many
from sqlmodel import Field, Session, SQLModel, col, delete
from werkzeug.exceptions import TooManyRequests

from core import clock
from core.database import table_of
from core.settings import Settings
from core.wire import get_wire

EXTENSION = "guilds.rates"
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - tmpfs on purpose: it is gone when the machine is off


class RateWindow(SQLModel, table=True):
    """How often one hashed key was used in the window that ends at `ends_at`."""

    __tablename__ = "rate_window"
    key: str = Field(primary_key=True, max_length=64)
    hits: int
    ends_at: datetime = Field(index=True)


class Limits:
    """Counts uses in the database under keys that say nothing."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def hit(self, uses: Sequence[tuple[str, ...]], now: datetime) -> list[bool]:
        """Count each use (limit, *key) in all its windows; says of each whether it was left."""
        windows = [[(item, self._key(item, key)) for item in _parsed(text)] for text, *key in uses]
        rows = sorted((key, item.get_expiry()) for use in windows for item, key in use)
        hits = self._count(rows, now)
        return [all(hits[key] <= item.amount for item, key in use) for use in windows]

    def count(self, seconds: int, keys: Sequence[tuple[str, ...]], now: datetime) -> list[int]:
        """Count each key in a window of so many seconds; says how often it was used in it."""
        window = RateLimitItemPerSecond(1, seconds)
        hashed = [self._key(window, list(key)) for key in keys]
        hits = self._count(sorted((key, seconds) for key in hashed), now)
        return [hits[key] for key in hashed]

    def _key(self, item: RateLimitItem, key: list[str]) -> str:
        return hmac.digest(self._secret, item.key_for(*key).encode(), "sha256").hex()

    def label(self, *key: str) -> str:
        """16 hex digits that stand for `key` until this machine is switched off."""
        return hmac.digest(self._secret, "\0".join(key).encode(), "sha256").hex()[:16]

    def _count(self, rows: list[tuple[str, int]], now: datetime) -> dict[str, int]:
        """Key -> hits, after this one. Rows are sorted, so that two requests cannot interlock."""
        values: dict[str, Any] = {"now": now}
        for at, (key, seconds) in enumerate(rows):
            values |= {f"key_{at}": key, f"ends_at_{at}": now + timedelta(seconds=seconds)}
        line = get_wire()
        statement = _hits(line.dialect.name, len(rows))
        # a count lost at a power cut is no harm
        return {row[0]: row[1] for row in line.write(statement, values, durable=False)}


@cache
def _parsed(limit: str) -> list[RateLimitItem]:
    return parse_many(limit)


@cache
def _hits(dialect: str, number: int) -> sa.Executable:
    """One statement that begins windows, counts in them, or begins them anew once they are over.

    As text, because SQLAlchemy would compile an insert of several rows each time.
    """
    durable = ", set_config('synchronous_commit', 'off', true)" if dialect == "postgresql" else ""
    statement = sa.text(
        f"INSERT INTO rate_window (key, hits, ends_at) "  # noqa: S608 - numbers and words of ours
        f"VALUES {', '.join(f'(:key_{at}, 1, :ends_at_{at})' for at in range(number))} "
        "ON CONFLICT (key) DO UPDATE SET "
        "hits = CASE WHEN rate_window.ends_at <= :now THEN 1 ELSE rate_window.hits + 1 END, "
        "ends_at = CASE WHEN rate_window.ends_at <= :now THEN excluded.ends_at "
        "ELSE rate_window.ends_at END "
        f"RETURNING key, hits{durable}"
    )
    times = ["now", *(f"ends_at_{at}" for at in range(number))]
    when = table_of(RateWindow).c.ends_at.type
    told = statement.bindparams(*(sa.bindparam(name, type_=when) for name in times))
    return told.columns(sa.column("key", sa.String), sa.column("hits", sa.Integer))


def source() -> str:
    """Who is asking, as far as the network says: an IPv4 address or an IPv6 /64."""
    return _place().source


def network() -> str:
    """The neighbourhood of who is asking: an IPv4 /24 or an IPv6 /48."""
    return _place().network


class _Place(NamedTuple):
    """Where a request comes from."""

    source: str
    network: str


def _place() -> _Place:
    if "place" not in g:
        g.place = _place_of(request.remote_addr or "")
    return cast(_Place, g.place)


def _place_of(text: str) -> _Place:
    try:
        address = ip_address(text)
    except ValueError:
        return _Place("unknown", "unknown")
    four = address.ipv4_mapped if isinstance(address, IPv6Address) else address
    if four is None:
        number = int(address)
        subnet, site = (IPv6Address(number >> bits << bits) for bits in (64, 80))
        return _Place(str(subnet), f"{site}/48")
    return _Place(str(address), f"{str(four).rpartition('.')[0]}.0/24")


def network_label(*key: str) -> str:
    """What may be kept of `network()`: the same for a purpose until a reboot, and says nothing."""
    limits: Limits = current_app.extensions[EXTENSION]
    return limits.label("network", network(), *key)


def spend_each(*uses: tuple[str, ...]) -> list[bool]:
    """Count a use of each (limit, *key), all in one statement; says of each whether it was left.

    limit: such as "5/minute;30/hour". Runs in a transaction of its own, so it must come before the
    request's write transaction: on SQLite the two would wait for each other.
    """
    _refuse_within_a_transaction()
    limits: Limits = current_app.extensions[EXTENSION]
    return limits.hit(uses, clock.now())


def count_each(seconds: int, *keys: tuple[str, ...]) -> list[int]:
    """How often each key was used in its window of so many seconds, this use included.

    For limits that do more than refuse. In one statement, before the first get_db(), as spend_each.
    """
    _refuse_within_a_transaction()
    limits: Limits = current_app.extensions[EXTENSION]
    return limits.count(seconds, keys, clock.now())


def _refuse_within_a_transaction() -> None:
    if "db" in g and g.db.in_transaction():
        raise RuntimeError("count the rate limit before the first get_db() of a writing request")


def spend(limit: str, *key: str) -> None:
    """Count one use of `key` against a limit; 429 when it is used up. As spend_each otherwise."""
    if not may_spend(limit, *key):
        raise TooManyRequests


def may_spend(limit: str, *key: str) -> bool:
    """Count one use and say whether it was left: for limits whose end must not show on the page."""
    (is_left,) = spend_each((limit, *key))
    return is_left


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


def init_app(app: Any, settings: Settings) -> None:
    app.extensions[EXTENSION] = Limits(_boot_secret(settings))
