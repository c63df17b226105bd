"""The app behind a real socket, in a thread of the test, so that a browser can use it."""

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from flask import Flask
from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


BODY = "tests.body"


class Quiet(WSGIRequestHandler):
    """Logs nothing: pytest would show every request of a failed test."""

    def log_request(self, *_args: Any) -> None:
        pass

    def connection_dropped(
        self, _error: BaseException, environ: "WSGIEnvironment | None" = None
    ) -> None:
        """Close the answer: Werkzeug forgets to when a browser hangs up after the last byte."""
        if environ and hasattr(environ.get(BODY), "close"):
            environ[BODY].close()


class Patient(ThreadedWSGIServer):
    """Ends when its last answer is written, not amid it."""

    daemon_threads = False


def keeping_the_body(app: Flask) -> "WSGIApplication":
    """The app, its answers kept where `Quiet.connection_dropped` finds them."""

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        environ[BODY] = app(environ, start_response)
        return cast("Iterable[bytes]", environ[BODY])

    return application


def listen() -> socket.socket:
    """A socket on a free port, bound before the app is made: the app must know its own address."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)
    return listener


@contextmanager
def served(app: Flask, listener: socket.socket) -> Iterator[None]:
    host, port = listener.getsockname()
    server = Patient(host, port, keeping_the_body(app), Quiet, fd=listener.fileno())
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
