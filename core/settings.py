"""Settings: read once from the environment, frozen, refused with one clear line when unsafe."""

import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "GUILDS_"
NAMES = ("DATA", "DATABASE_URL", "BIND", "PUBLIC_URL", "SMTP_URL", "MAIL_FROM", "PROXIES")
#: bytes of the master secret, from which every other key is derived
SECRET_LENGTH = 32


class SettingsError(ValueError):
    """A setting is missing, unknown or unsafe; the text says which and what to do."""


@dataclass(frozen=True)
class Smtp:
    """Where mail is handed over; `starttls` for smtp://user…, `tls` for smtps://."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool


@dataclass(frozen=True)
class Settings:
    """Everything an operator may choose; `master_secret` lives in the data folder alone."""

    data: Path
    database_url: str
    host: str
    port: int
    public_url: str
    smtp: Smtp | None
    mail_from: str
    proxies: int
    master_secret: bytes

    @property
    def public_host(self) -> str:
        return urlsplit(self.public_url).netloc

    @property
    def https(self) -> bool:
        return self.public_url.startswith("https://")


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings; creates the data folder (0700) and its secret on first run.

    Raises SettingsError with one line for the operator.
    """
    env = os.environ if environ is None else environ
    _refuse_unknown(env)
    data = Path(env.get("GUILDS_DATA") or "var").resolve()
    _prepare_folder(data)
    host, port = _bind(env.get("GUILDS_BIND") or "127.0.0.1:8000")
    _refuse_public_debug(env, host)
    public_url = _public_url(env.get("GUILDS_PUBLIC_URL"), host, port)
    return Settings(
        data=data,
        database_url=_database_url(env.get("GUILDS_DATABASE_URL"), data),
        host=host,
        port=port,
        public_url=public_url,
        smtp=_smtp(env.get("GUILDS_SMTP_URL")),
        mail_from=_mail_from(env.get("GUILDS_MAIL_FROM"), public_url),
        proxies=_proxies(env.get("GUILDS_PROXIES") or "0"),
        master_secret=_master_secret(data / "secret.key"),
    )


def _refuse_unknown(env: Mapping[str, str]) -> None:
    known = {PREFIX + name for name in NAMES}
    for name in sorted(env):
        if name.startswith(PREFIX) and name not in known:
            raise SettingsError(f"{name} is not a setting; there are {', '.join(sorted(known))}")


def _prepare_folder(data: Path) -> None:
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"GUILDS_DATA: cannot create {data}: {error.strerror}") from error
    if not data.is_dir():
        raise SettingsError(f"GUILDS_DATA: {data} is not a folder")
    if os.name == "posix" and stat.S_IMODE(data.stat().st_mode) & 0o077:
        raise SettingsError(f"GUILDS_DATA: others may read {data}; run: chmod 700 {data}")


def _bind(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.strip("[]")
    if not host or not port.isdecimal() or not 0 <= int(port) <= 65535:
        raise SettingsError(
            f"GUILDS_BIND: expected host:port, for example 127.0.0.1:8000, not {text!r}"
        )
    return host, int(port)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _refuse_public_debug(env: Mapping[str, str], host: str) -> None:
    debug = env.get("FLASK_DEBUG", "0").lower() not in {"", "0", "false", "no"}
    if debug and not _is_loopback(host):
        raise SettingsError("FLASK_DEBUG shows secrets to visitors: unset it, or bind to 127.0.0.1")


def _public_url(text: str | None, host: str, port: int) -> str:
    if not text:
        if not _is_loopback(host):
            raise SettingsError(
                "GUILDS_PUBLIC_URL: say under which address people reach this server"
            )
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{port}"
    try:
        parts = urlsplit(text)
        reachable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError as error:
        raise SettingsError(f"GUILDS_PUBLIC_URL: {error}") from error
    if not reachable:
        raise SettingsError(f"GUILDS_PUBLIC_URL: expected https://host, not {text!r}")
    if "@" in parts.netloc or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingsError("GUILDS_PUBLIC_URL: https://host and no more, without a path")
    assert parts.hostname
    if parts.scheme == "http" and not (
        _is_loopback(parts.hostname) or parts.hostname.endswith(".onion")
    ):
        raise SettingsError(
            "GUILDS_PUBLIC_URL: use https:// (plain http is for 127.0.0.1 and .onion)"
        )
    return f"{parts.scheme}://{parts.netloc}"


def _database_url(text: str | None, data: Path) -> str:
    if not text:
        return f"sqlite:///{data / 'guilds.sqlite'}"
    if not text.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        raise SettingsError("GUILDS_DATABASE_URL: expected postgresql://… or sqlite:///…")
    try:
        make_url(text)
    except (ValueError, ArgumentError) as error:  # never the text itself: it holds a password
        raise SettingsError("GUILDS_DATABASE_URL: cannot be read; is the port a number?") from error
    return text


def _smtp(text: str | None) -> Smtp | None:
    if not text:
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise SettingsError(f"GUILDS_SMTP_URL: {error}") from error
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise SettingsError("GUILDS_SMTP_URL: expected smtp://user:password@host:port")
    tls = parts.scheme == "smtps"
    return Smtp(
        host=parts.hostname,
        port=port or (465 if tls else 25),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        tls=tls,
    )


def _mail_from(text: str | None, public_url: str) -> str:
    address = text or f"Dream Guilds <guilds@{urlsplit(public_url).hostname}>"
    if "@" not in address or "\n" in address or "\r" in address:
        raise SettingsError(f"GUILDS_MAIL_FROM: expected an address, not {address!r}")
    return address


def _proxies(text: str) -> int:
    if not text.isdecimal() or int(text) > 10:
        raise SettingsError(
            f"GUILDS_PROXIES: expected how many proxies stand before us, not {text!r}"
        )
    return int(text)


def _master_secret(path: Path) -> bytes:
    """Read the secret, or make it once: two processes that start together end with the same one."""
    if not path.exists():
        fresh = path.with_name(f".{secrets.token_hex(8)}.key")
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets.token_bytes(SECRET_LENGTH))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass  # another process was first; its secret is the one
        finally:
            fresh.unlink()
    secret = path.read_bytes()
    if len(secret) != SECRET_LENGTH:
        raise SettingsError(f"{path} is damaged: it must hold {SECRET_LENGTH} bytes")
    return secret
