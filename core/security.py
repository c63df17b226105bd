"""The door: sign-in unless @public, CSRF, the origin of a POST, and the headers of every answer."""

import secrets
from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, redirect, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect

View = TypeVar("View", bound=Callable[..., Any])

csrf = CSRFProtect()

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # never no-referrer: browsers would then post `Origin: null` and every form would be refused
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "Cache-Control": "no-store",
}
HSTS = "Strict-Transport-Security"
SAFE = {"GET", "HEAD", "OPTIONS"}


def public(view: View) -> View:
    """Declare that strangers may reach this route; every other route asks them to sign in."""
    view.is_public = True  # type: ignore[attr-defined] # functions carry attributes; Callable does not say so
    return view


def is_public(app: Flask, endpoint: str) -> bool:
    return endpoint == "static" or getattr(app.view_functions[endpoint], "is_public", False)


def safe_path(path: str | None) -> str | None:
    """`path` if it leads to a page of our own, else None: nothing that tricks a browser."""
    if not path or not path.startswith("/") or path[1:2] in {"/", "\\"}:
        return None
    if "\\" in path or any(ord(character) < 33 for character in path) or len(path) > 500:
        return None
    return path


def _keep_strangers_out(app: Flask) -> Any:
    if request.endpoint is None or is_public(app, request.endpoint):
        return None
    if current_user.is_authenticated:
        return None
    if request.method not in SAFE:
        abort(403)
    return redirect(url_for("accounts.sign_in", next=safe_path(request.full_path.rstrip("?"))))


def _refuse_nul() -> None:
    """No name of ours holds a NUL, and PostgreSQL cannot even be asked for one."""
    if "\0" in request.path:
        abort(404)


def _refuse_other_origins() -> None:
    """A browser that says where a POST comes from must say: from here."""
    if request.method in SAFE:
        return
    origin = request.headers.get("Origin")
    if origin is not None and _host_of(origin) != request.host:
        abort(403)
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        abort(403)


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # such as "http://["
        return None


def _set_headers(response: Response, https: bool) -> Response:
    given = {name.lower() for name, _ in response.headers}
    response.headers.extend(
        [
            (name, value)
            for name, value in HEADERS.items()
            if name.lower() not in given and (https or name != HSTS)
        ]
    )
    return response


def init_app(app: Flask, *, https: bool) -> None:
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,  # would be dropped on plain-http onion addresses
        SESSION_COOKIE_NAME="__Host-guilds" if https else "guilds",
        # we remember nobody by a second cookie; junk in one of the usual name breaks Flask-Login
        REMEMBER_COOKIE_NAME=secrets.token_hex(16),
        WTF_CSRF_TIME_LIMIT=None,  # a long form must not expire while someone writes it
        WTF_CSRF_SSL_STRICT=False,  # _refuse_other_origins does it without needing a Referer
    )
    app.before_request(_refuse_nul)
    app.before_request(_refuse_other_origins)
    csrf.init_app(app)
    app.before_request(lambda: _keep_strangers_out(app))
    app.after_request(lambda response: _set_headers(response, https))
