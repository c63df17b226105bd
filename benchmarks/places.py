"""Where measuring happens: throw-away folders, filled databases, and servers started on them."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import listening_ports

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
#: seconds a server may take to its first answer, or to stop
PATIENCE = 30
#: the petition of the story that gets all signatures asked for beyond the story
PETITION = "No advertisements in our dreams"

OURS, BARE = "app:create_app()", "benchmarks.bare:create_app()"
#: name -> processes of it, and the command of one; two processor cores are busy under each
SERVERS = {
    "gunicorn": (
        1,
        "gunicorn --bind 127.0.0.1:{port} --workers 2 --worker-class gthread --threads 4 "
        "--log-level error {app}",
    ),
    "granian": (
        1,
        "granian --interface wsgi --host 127.0.0.1 --port {port} --workers 2 "
        "--blocking-threads 4 --log-level error --factory {factory}",
    ),
    "waitress": (
        2,
        "waitress-serve --listen 127.0.0.1:{port} --threads 4 --connection-limit 2000 "
        "--channel-timeout 20 --asyncore-use-poll --no-clear-untrusted-proxy-headers "
        "--call {factory}",
    ),
}
#: docs/decisions/0008
CHOSEN = "waitress"
#: what the hot writes are measured under: what is chosen; on PostgreSQL two that many have
UNDER = {"SQLite": (CHOSEN,), "PostgreSQL": ("gunicorn", "granian")}


@dataclass(frozen=True)
class Place:
    """A data folder with a filled database, and the environment in which the app finds it."""

    data: Path
    environment: dict[str, str]


@dataclass(frozen=True)
class Server:
    """One server: its processes, and the ports they answer on."""

    pids: list[int]
    ports: list[int]

    def read(self, path: str, headers: dict[str, str] | None = None) -> tuple[bytes, str]:
        """The body of a page, and the cookie it sets."""
        address = f"http://127.0.0.1:{self.ports[0]}{path}"
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers or {})) as page:
            return page.read(), page.headers.get("Set-Cookie", "").partition(";")[0]


@contextmanager
def filled_place(*, database_url: str = "", **masses: int) -> Iterator[Place]:
    """The demo's story and what more is asked for: people=300 is `demo --people 300`."""
    with tempfile.TemporaryDirectory(prefix="guilds-bench-") as folder:
        place = Place(Path(folder), environment_of(folder, database_url))
        command = [
            str(BIN / "flask"),
            "--app",
            "app",
            "demo",
            "--password",
            "a dream of many people",
        ]
        for kind, number in masses.items():
            command += [f"--{kind}", str(number)]
        done = subprocess.run(
            command, cwd=ROOT, env=place.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(done.stderr)
        yield place


def environment_of(folder: str, database_url: str) -> dict[str, str]:
    """No settings of the operator's; one proxy, so that requests may say where they come from."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("GUILDS_")}
    kept |= {"GUILDS_DATA": folder, "GUILDS_PROXIES": "1", "PYTHONPATH": str(ROOT)}
    if database_url:
        kept["GUILDS_DATABASE_URL"] = database_url
    return kept


@contextmanager
def served(name: str, app: str, environment: dict[str, str]) -> Iterator[Server]:
    """An app behind one of SERVERS, from its first answer until the block ends."""
    count, command = SERVERS[name]
    with ExitStack() as stack:
        ports = [free_port() for _ in range(count)]
        pids = [
            stack.enter_context(
                _process(
                    command.format(port=port, app=app, factory=app.removesuffix("()")),
                    port,
                    environment,
                )
            )
            for port in ports
        ]
        yield Server(pids, ports)


@contextmanager
def _process(command: str, port: int, environment: dict[str, str]) -> Iterator[int]:
    name, *words = command.split()
    process = subprocess.Popen(
        [str(BIN / name), *words],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(process, port)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait for the first answer, and see that it is this process that gives it."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        if port in listening_ports(process.pid):
            with suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
                return
        time.sleep(0.1)
    raise RuntimeError(f"no answer on port {port}")


def petition_path(server: Server) -> str:
    """The path of the story's petition with the most signatures."""
    page, _ = server.read("/petitions")
    found = re.search(rf'href="(/petitions/[0-9a-f-]{{36}})"><bdi>{PETITION}', page.decode())
    if found is None:
        raise RuntimeError(f"the list shows no petition called {PETITION!r}")
    return found[1]
