"""Mail: plain-text messages over one reused SMTP connection, or .eml files where no SMTP is set."""

import logging
import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self
from uuid import UUID

import idna

from core.settings import Settings, Smtp
from core.vault import Vault

log = logging.getLogger("guilds.mail")
#: seconds until a silent SMTP server is given up; a claim on a notice must last longer
SMTP_TIMEOUT = 20


@dataclass(frozen=True)
class Message:
    """One mail to one person. `path` is where its one link leads, from the site's root."""

    subject: str
    body: str
    path: str
    #: address; empty means the account the notice belongs to
    to: str = ""
    #: what a stranger looking over the shoulder may read, for who did not ask for full mails
    discreet_subject: str | None = None
    discreet_body: str | None = None


class Due(Protocol):
    """What a composer needs to know of the notice that fell due."""

    subject_id: UUID
    user_id: UUID | None
    due_at: datetime


@dataclass(frozen=True)
class Writer:
    """What composing a mail needs: templates, the public address for links, and the vault."""

    render: Callable[..., str]
    public_url: str
    vault: Vault

    def message(
        self,
        template: str,
        *,
        subject: str,
        path: str,
        to: str = "",
        discreet_subject: str | None = None,
        discreet_path: str | None = None,
        **facts: Any,
    ) -> Message:
        """Render templates/emails/<template>.txt, which gets `link`, `discreet` and the facts.

        With a `discreet_subject` it is rendered twice, the second time with `discreet` true and,
        where `path` itself would tell, with a link to `discreet_path`.
        """
        known = {"link": self.public_url + path, "public_url": self.public_url, **facts}
        quiet = {**known, "link": self.public_url + (discreet_path or path)}
        name = f"emails/{template}.txt"
        return Message(
            subject=subject,
            body=self.render(name, discreet=False, **known),
            path=path,
            to=to,
            discreet_subject=discreet_subject,
            discreet_body=self.render(name, discreet=True, **quiet) if discreet_subject else None,
        )


class MailRefused(Exception):  # noqa: N818 - the server's answer, not a fault of ours
    """One message cannot be delivered; the others can."""


class MailDelayed(Exception):  # noqa: N818 - as above
    """The server asks to bring this one message later; the others may go."""


def _verdict(code: int) -> MailRefused | MailDelayed:
    """What an SMTP reply to one message means: 5xx is for good, 4xx for now (RFC 5321 §4.2.1)."""
    if code >= 500:
        return MailRefused(f"refused by the server: {code}")
    return MailDelayed(f"put off by the server: {code}")


@lru_cache(maxsize=64)
def _header(name: str, text: str) -> Any:
    """A header that many mails share: parsing it anew was a third of building a mail."""
    return SMTP.header_factory(name, text)


def build(
    *, to: str, subject: str, body: str, sender: str, message_id: str, at: datetime
) -> EmailMessage:
    """The mail itself. Line breaks in a subject become spaces: no header can be smuggled in."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = _header("Subject", " ".join(subject.split()))
    mail["From"] = _header("From", sender)
    local, _, domain = to.rpartition("@")
    if not local or not domain:
        raise ValueError("not an address")
    # as every server takes it; what stands before the @ may still need one that speaks SMTPUTF8
    plain = domain if domain.isascii() else idna.encode(domain).decode()
    mail["To"] = Address(username=local, domain=plain)
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id
    mail["Auto-Submitted"] = _header("Auto-Submitted", "auto-generated")
    mail.set_content(body, cte="quoted-printable" if not body.isascii() else None)
    return mail


def message_id(row_id: UUID, host: str) -> str:
    """Stable for the row, so that a copy sent after a crash can be recognised as one."""
    return f"<{row_id}@{host.partition(':')[0]}>"


class Mailer:
    """A way out for mail; use as a context manager: one connection for all that is sent inside."""

    def __init__(self, settings: Settings) -> None:
        self.sender = settings.mail_from
        self.host = settings.public_host
        self.smtp: Smtp | None = settings.smtp
        self.folder: Path = settings.data / "mail"
        self._connection: smtplib.SMTP | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._hang_up()

    def send(self, *, to: str, subject: str, body: str, row_id: UUID, at: datetime) -> None:
        """Hand one mail over.

        Raises MailRefused or MailDelayed for this mail, OSError or SMTPException for the server.
        """
        identity = message_id(row_id, self.host)
        try:
            mail = build(
                to=to, subject=subject, body=body, sender=self.sender, message_id=identity, at=at
            )
        except (ValueError, IndexError) as error:
            raise MailRefused(f"unusable address: {error.__class__.__name__}") from error
        if self.smtp is None:
            self._write(mail, row_id, at)
        else:
            self._hand_over(mail)

    def _write(self, mail: EmailMessage, row_id: UUID, at: datetime) -> None:
        self.folder.mkdir(mode=0o700, exist_ok=True)
        path = self.folder / f"{at:%Y%m%d-%H%M%S}-{row_id}.eml"
        path.write_bytes(mail.as_bytes())
        log.warning("no SMTP is set; a mail lies in %s", path)

    def _hand_over(self, mail: EmailMessage) -> None:
        connection = self._connect()
        try:
            connection.send_message(mail)
        except smtplib.SMTPRecipientsRefused as error:
            raise _verdict(next(iter(error.recipients.values()))[0]) from error
        except smtplib.SMTPDataError as error:
            raise _verdict(error.smtp_code) from error
        except smtplib.SMTPNotSupportedError as error:  # said before anything is sent
            raise MailRefused("the server takes no internationalised addresses") from error
        except (smtplib.SMTPException, OSError):
            self._connection = None  # in an unknown state: the next mail opens a new one
            connection.close()
            raise

    def _connect(self) -> smtplib.SMTP:
        if self._connection is None:
            assert self.smtp is not None
            self._connection = _connect(self.smtp)
        return self._connection

    def _hang_up(self) -> None:
        if self._connection is not None:
            with suppress(smtplib.SMTPException, OSError):
                self._connection.quit()
            self._connection = None


def _connect(smtp: Smtp) -> smtplib.SMTP:
    """An open connection, encrypted where possible; a password never travels in clear."""
    trust = ssl.create_default_context()
    if smtp.tls:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            smtp.host, smtp.port, timeout=SMTP_TIMEOUT, context=trust
        )
    else:
        connection = smtplib.SMTP(smtp.host, smtp.port, timeout=SMTP_TIMEOUT)
        connection.ehlo()
        if connection.has_extn("starttls"):
            connection.starttls(context=trust)
        elif smtp.user is not None and smtp.host not in {"127.0.0.1", "::1", "localhost"}:
            connection.close()
            raise smtplib.SMTPNotSupportedError("the server offers no encryption for the password")
    if smtp.user is not None:
        connection.login(smtp.user, smtp.password or "")
    return connection
