"""The web server: `flask --app app web`, and with the clock in one process `python app.py`.

Waitress reads a whole request before it takes a thread, and keeps a whole answer for who reads
slowly, so neither holds up anybody (docs/decisions/0008).
"""

import signal
import sys
from contextlib import suppress
from typing import Any

import click
import waitress
from flask import Flask, current_app

import core.settings
from core import scheduling
from core.settings import Settings

#: a slow or silent connection costs little and is dropped after CHANNEL_TIMEOUT seconds
CONNECTIONS, CHANNEL_TIMEOUT, THREADS = 2000, 20, 4
#: open files besides connections: database, templates, mail
OTHER_FILES = 200
#: a little above what Flask refuses with a page of ours; beyond it nothing is read at all
BODY_MOST = 5 * 1024 * 1024
#: of an answer nobody has read yet, beyond the first it lies in a file; only beyond the other a
#: thread waits for who asked. The largest is the bundle of a million ballots.
IN_MEMORY, UNREAD_MOST = 1024 * 1024, 1024 * 1024 * 1024


def make_server(app: Flask, settings: Settings) -> Any:
    """A waitress server that listens already; `run()` serves until SystemExit.

    An address that cannot be had ends the process with one line.
    """
    _allow_files(CONNECTIONS + OTHER_FILES)
    try:
        return _listen(app, settings)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        sys.exit(f"GUILDS_BIND: cannot listen on {settings.host}:{settings.port}: {reason}")


def _listen(app: Flask, settings: Settings) -> Any:
    return waitress.create_server(
        app,
        host=settings.host,
        port=settings.port,
        threads=THREADS,
        connection_limit=CONNECTIONS,
        channel_timeout=CHANNEL_TIMEOUT,
        asyncore_use_poll=True,  # select() ends the process at the 1,024th open file
        max_request_body_size=BODY_MOST,
        outbuf_overflow=IN_MEMORY,
        outbuf_high_watermark=UNREAD_MOST,
        clear_untrusted_proxy_headers=not settings.proxies,  # else ProxyFix reads them, in app.py
        ident=None,
    )


def _allow_files(count: int) -> None:
    """Raise this process's own limit of open files as far as the system lets us."""
    with suppress(ImportError):  # Windows has no such limit
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        if resource.RLIM_INFINITY not in {soft, hard}:
            wanted = max(soft, min(count, hard))
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def serve(app: Flask, settings: Settings) -> None:
    """Serve and tick until SIGTERM or Ctrl-C; what was begun is finished first."""
    server = make_server(app, settings)
    signal.signal(signal.SIGTERM, _stop)
    clock = scheduling.start(app)
    try:
        server.run()
    finally:
        clock.shutdown(wait=True)


def _stop(_number: int, _frame: Any) -> None:
    raise SystemExit(0)


@click.command("web")
def command() -> None:
    """Serve pages at GUILDS_BIND, without the clock; run one process a processor core."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # the app behind the proxy: threads outlive this context
    server = make_server(app, core.settings.load())
    signal.signal(signal.SIGTERM, _stop)
    server.run()
