"""Pages that are kept: those of somebody of whom we know nothing, who all see the same.

By proxies and browsers, and by this process, which draws a page anew only when its tag moves.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from threading import Lock
from uuid import UUID

from flask import current_app, make_response, request
from werkzeug.wrappers import Response

from core import clock
from core.wire import get_wire
from petitions import progress

#: how long a public page may be kept, and how long the same tag stands for it: of what changes on
#: a page without moving its petition's row, nobody sees less than the sum of both
PAGE_KEPT = timedelta(seconds=15)
TAG_KEPT = timedelta(minutes=1)
#: pages a process keeps drawn, some 20 kB each
PAGES_MOST = 64

_drawn: OrderedDict[str, str] = OrderedDict()
_drawing = Lock()


def is_unknown() -> bool:
    """Whether the request brings no session: no person, no message left for them, no form token."""
    return current_app.config["SESSION_COOKIE_NAME"] not in request.cookies


def page_tag(petition_id: UUID) -> str | None:
    """What the public page of a petition is known by, from its one row; None if it has none."""
    counted = progress.read_counted(get_wire(), petition_id)
    if counted is None:
        return None
    minute = int(clock.now().timestamp() // TAG_KEPT.total_seconds())
    return sha256(repr((petition_id, counted, minute)).encode()).hexdigest()[:20]


def drawn(tag: str, draw: Callable[[], str]) -> str:
    """The page a tag stands for, drawn now if this process has not done it."""
    with _drawing:
        page = _drawn.get(tag)
    if page is None:
        page = draw()
        with _drawing:
            _drawn[tag] = page
            while len(_drawn) > PAGES_MOST:
                _drawn.popitem(last=False)
    return page


def is_known(tag: str | None) -> bool:
    """Whether the asker has what this tag stands for."""
    return tag is not None and request.if_none_match.contains_weak(tag)


def for_everyone(
    page: str | Response, kept: timedelta = PAGE_KEPT, tag: str | None = None
) -> Response:
    """Let proxies keep a page, if it was made for somebody unknown."""
    response: Response = make_response(page)
    if is_unknown():
        response.cache_control.public = True
        response.cache_control.max_age = int(kept.total_seconds())
        response.vary.add("Cookie")
        if tag is not None:
            response.set_etag(tag, weak=True)
    return response


def unchanged(tag: str, kept: timedelta = PAGE_KEPT) -> Response:
    """The answer to who has it already."""
    response = for_everyone("", kept, tag)
    response.status_code = 304
    return response
