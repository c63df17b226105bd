"""What may go wrong in words for the person it happens to, and the pages that show it."""

import logging
import secrets
from typing import Any

import sqlalchemy.exc
from flask import Flask, g, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

log = logging.getLogger("guilds")


class RuleBroken(Exception):  # noqa: N818 - a broken rule is an answer, not a programming error
    """A deed the rules refuse. The text is shown to the person as it is. Status 409."""

    status = 409


class NotAllowed(RuleBroken):
    """A deed this person may not do. Status 403."""

    status = 403


NO_TOKEN = (
    "This form is no longer good",
    "You were signed out meanwhile, or your browser keeps no cookies: forms here need one. Nothing "
    "was changed. Go back first and copy what you typed; then open the page anew.",
)
TAKEN_MEANWHILE = "It was done or taken at this very moment. Go back, look again and try once more."

PAGES = {
    400: (
        "We could not read that request",
        "Go back and try again. What you see on the page before is unchanged.",
    ),
    403: ("That is not yours to do", "Ask an organiser of the guild if you think it should be."),
    404: ("Nothing is here", "The page may have moved, or it is not shown to you."),
    405: ("That is not how this page works", "Go back and use the button on the page."),
    409: ("That cannot be done now", "Nothing was changed."),
    413: ("That is too large", "Send a file of at most 4 MB. Nothing was saved."),
    422: ("Something needs another look", "Go back and check what you typed. Nothing was saved."),
    429: ("Too many tries in a short time", "Wait a few minutes, then try again. Nothing is lost."),
    500: (
        "Something broke on our side",
        "Nothing you typed was half-saved. Try again in a minute.",
    ),
    503: ("We are busy right now", "Your request was not carried out. Try again in a minute."),
}


def error_page(
    status: int,
    message: str | None = None,
    *,
    title: str | None = None,
    reference: str | None = None,
) -> tuple[str, int, dict[str, str]]:
    """The page for one status; `message` replaces the usual explanation, `title` its heading."""
    heading, usual = PAGES.get(status, PAGES[400 if status < 500 else 500])
    g.is_failing = status >= 500
    page = render_template(
        "errors/error.html",
        code=status,
        title=title or heading,
        message=message or usual,
        reference=reference,
    )
    headers = {"Retry-After": "60"} if status in {429, 503} else {}
    return page, status, headers


def _http(error: HTTPException) -> Any:
    if error.response is not None or error.code is None or error.code < 400:
        return error
    if isinstance(error, SecurityError):  # a host that is not ours: our pages have no address there
        return error.get_response(request.environ)
    page, status, headers = error_page(error.code)
    if error.code == 405:
        headers |= {"Allow": ", ".join(getattr(error, "valid_methods", None) or [])}
    return page, status, headers


def _no_token(_error: CSRFError) -> Any:
    title, message = NO_TOKEN
    return error_page(400, message, title=title)


def _rule(error: RuleBroken) -> Any:
    return error_page(error.status, str(error))


def _operational(error: OperationalError | sqlalchemy.exc.TimeoutError) -> Any:
    """A database that is locked or gone is a wait, not a fault of the request."""
    log.error("database unavailable: %s", error.__class__.__name__)
    return error_page(503)


def _integrity(error: IntegrityError) -> Any:
    """Of two who take the same unique place at once, the slower is told; all else is our fault."""
    taken = getattr(error.orig, "sqlstate", "") == "23505" or "UNIQUE" in str(error.orig)
    return error_page(409, TAKEN_MEANWHILE) if taken else _unexpected(error)


def _unexpected(error: Exception) -> Any:
    """No traceback reaches the page; the reference finds it in the log, which names no address."""
    reference = secrets.token_hex(4)
    log.error("error %s at %s", reference, request.endpoint, exc_info=error)
    return error_page(500, reference=reference)


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _no_token)
    app.register_error_handler(RuleBroken, _rule)
    app.register_error_handler(OperationalError, _operational)
    app.register_error_handler(sqlalchemy.exc.TimeoutError, _operational)
    app.register_error_handler(IntegrityError, _integrity)
    app.register_error_handler(Exception, _unexpected)
