"""A real SMTP server for the tests, which keeps what it gets and can be told to be difficult."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from core.settings import Smtp


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class PostOffice:
    """What arrived, in order; `answers` maps an address to what its RCPT gets instead of 250."""

    def __init__(self, port: int) -> None:
        self.smtp = Smtp(host="127.0.0.1", port=port, user=None, password=None, tls=False)
        self.mails: list[EmailMessage] = []
        self.answers: dict[str, str] = {}
        self._controller: Controller | None = None

    def open(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.smtp.port)
        self._controller.start()

    def speak_ascii(self) -> None:
        """Be a server without SMTPUTF8, as many relays are."""
        self.close()
        port = self.smtp.port
        self._controller = Controller(self, "127.0.0.1", port, enable_SMTPUTF8=False)
        self._controller.start()

    def close(self) -> None:
        """Stop answering, as a mail server that is down."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(  # noqa: N802 - aiosmtpd asks for this name
        self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - as above
        self.mails.append(read_mail(envelope.content))
        return "250 OK"


def read_mail(content: bytes) -> EmailMessage:
    mail = message_from_bytes(content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


@contextmanager
def open_post_office() -> Iterator[PostOffice]:
    office = PostOffice(free_port())
    office.open()
    try:
        yield office
    finally:
        office.close()
