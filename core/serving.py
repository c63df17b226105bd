"""`python app.py`: web server and clock in one process, for a small place or a first look."""

import signal
from typing import Any

import waitress
from flask import Flask

from core import scheduling
from core.settings import Settings

#: a slow or silent connection costs little and is dropped after CHANNEL_TIMEOUT seconds
CONNECTIONS, CHANNEL_TIMEOUT, THREADS = 2000, 20, 4


def serve(app: Flask, settings: Settings) -> None:
    """Serve until SIGTERM or Ctrl-C; what was begun is finished first."""
    server = waitress.create_server(
        app,
        host=settings.host,
        port=settings.port,
        threads=THREADS,
        connection_limit=CONNECTIONS,
        channel_timeout=CHANNEL_TIMEOUT,
        ident=None,
    )
    signal.signal(signal.SIGTERM, _stop)
    clock = scheduling.start(app)
    try:
        server.run()
    finally:
        clock.shutdown(wait=True)


def _stop(_number: int, _frame: Any) -> None:
    raise SystemExit(0)
