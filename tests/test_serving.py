"""The tests' own server: a browser may hang up whenever it likes."""

import gc
import socket
import struct
import warnings

from flask import Flask, Response, send_file

from tests.serving import listen, served

ABORT = struct.pack("ii", 1, 0)


def test_a_browser_that_hangs_up_leaves_no_file_open() -> None:
    app = Flask(__name__)

    @app.get("/file")
    def file() -> Response:
        return send_file(__file__)

    with warnings.catch_warnings(record=True) as caught, listen() as listener:
        warnings.simplefilter("always", ResourceWarning)
        with served(app, listener):
            for _ in range(5):
                with socket.create_connection(listener.getsockname()) as browser:
                    browser.sendall(b"GET /file HTTP/1.1\r\nHost: localhost\r\n\r\n")
                    browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
                    assert browser.recv(12) == b"HTTP/1.1 200"
        gc.collect()
    assert [warning.message for warning in caught] == []
