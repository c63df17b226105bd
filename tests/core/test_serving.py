import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any
from urllib.request import Request, urlopen

import pytest
from flask import Flask, request

from app import create_app
from core import serving
from core.security import public
from core.settings import Settings
from core.streaming import streamed

pytestmark = pytest.mark.parametrize("database", ["sqlite"])


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def serve(app: Flask, settings: Settings, stack: ExitStack) -> str:
    """The address of a server that ends with the stack."""
    server: Any = serving.make_server(app, replace(settings, port=0))
    threading.Thread(target=server.run, daemon=True).start()
    stack.callback(server.close)
    return f"http://127.0.0.1:{server.effective_port}"


def test_more_silent_connections_than_select_can_watch_hold_up_nobody(
    strict_app: Flask, settings: Settings, stack: ExitStack
) -> None:
    address = serve(strict_app, settings, stack)
    port = int(address.rpartition(":")[2])
    for _ in range(1100):
        silent = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        silent.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
    with urlopen(f"{address}/healthz", timeout=10) as answer:
        assert answer.status == 200


def test_who_does_not_read_a_large_answer_holds_up_nobody(
    strict_app: Flask, settings: Settings, stack: ExitStack
) -> None:
    piece = "x" * 2**20
    strict_app.add_url_rule(
        "/large", "large", public(lambda: streamed(lambda _: [piece] * 40, "text/plain"))
    )
    address = serve(strict_app, settings, stack)
    port = int(address.rpartition(":")[2])
    for _ in range(serving.THREADS):
        silent = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        silent.sendall(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        silent.recv(1)
    with urlopen(f"{address}/healthz", timeout=20) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(("proxies", "seen"), [(0, "127.0.0.1"), (1, "203.0.113.7")])
def test_who_asks_is_what_our_own_proxy_says(
    settings: Settings, stack: ExitStack, proxies: int, seen: str
) -> None:
    settings = replace(settings, proxies=proxies)
    app = create_app(settings)
    app.add_url_rule("/who", "who", public(lambda: request.remote_addr))
    asked = Request(
        f"{serve(app, settings, stack)}/who", headers={"X-Forwarded-For": "203.0.113.7"}
    )
    with urlopen(asked, timeout=10) as answer:
        assert answer.read().decode() == seen
