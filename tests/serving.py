"""The app behind a real socket, in a thread of the test, so that a browser can use it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server


class Quiet(WSGIRequestHandler):
    """Logs nothing: pytest would show every request of a failed test."""

    def log_request(self, *_args: Any) -> None:
        pass


def listen() -> socket.socket:
    """A socket on a free port, bound before the app is made: the app must know its own address."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener


@contextmanager
def served(app: Flask, listener: socket.socket) -> Iterator[None]:
    server = make_server(
        "127.0.0.1",
        listener.getsockname()[1],
        app,
        threaded=True,
        request_handler=Quiet,
        fd=listener.fileno(),
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
