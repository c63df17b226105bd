"""Pages that are kept: those of somebody of whom we know nothing, who all see the same.

By proxies and browsers, and by this process, which draws a page anew only when its tag moves.
"""

from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from threading import Lock
from time import monotonic
from typing import TypeVar
from uuid import UUID

from flask import current_app, make_response, request
from werkzeug.wrappers import Response

from core import clock
from core.wire import get_wire
from petitions import progress
from petitions.progress import Counted

#: how long a public page may be kept, and how long the same tag stands for it: of what changes on
#: a page without moving its petition's row, nobody sees less than the sum of both
PAGE_KEPT = timedelta(seconds=15)
TAG_KEPT = timedelta(minutes=1)
#: pages a process keeps drawn, some 20 kB each
PAGES_MOST = 64

#: seconds for which counters that were read are answered from: a crowd asks once a second
FRESH = 1.0

Key = TypeVar("Key")
Value = TypeVar("Value")
_drawn: OrderedDict[str, str] = OrderedDict()
_counted: OrderedDict[UUID, tuple[float, Counted]] = OrderedDict()
_drawing = Lock()


def is_unknown() -> bool:
    """Whether the request brings no session: no person, no message left for them, no form token."""
    return current_app.config["SESSION_COOKIE_NAME"] not in request.cookies


def counted_lately(petition_id: UUID) -> Counted | None:
    """The counters of a public petition, read by this process within FRESH seconds."""
    now = monotonic()
    with _drawing:
        found = _counted.get(petition_id)
    if found is not None and found[0] > now - FRESH:
        return found[1]
    counted = progress.read_counted(get_wire(), petition_id)
    if counted is not None:
        _keep(_counted, petition_id, (now, counted))
    return counted


def page_tag(petition_id: UUID) -> str | None:
    """What the public page of a petition is known by, from its one row; None if it has none."""
    counted = counted_lately(petition_id)
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
        _keep(_drawn, tag, page)
    return page


def _keep(kept: OrderedDict[Key, Value], key: Key, value: Value) -> None:
    """Keep a value as the newest of PAGES_MOST."""
    with _drawing:
        kept[key] = value
        kept.move_to_end(key)
        while len(kept) > PAGES_MOST:
            kept.popitem(last=False)


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
