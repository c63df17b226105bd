"""Answers too large for memory: read while they are sent."""

from collections.abc import Callable, Iterable, Iterator

from flask import Response
from sqlmodel import Session

from core.database import get_engine, open_session, read_only

#: what is large may be asked for so often by one person or address: it takes room until it is read
LARGE = "30/hour"


def streamed(pieces: Callable[[Session], Iterable[str]], mimetype: str) -> Response:
    """An answer in pieces, read in a session of its own that ends with them, or with the reader.

    The request's session is closed before the first piece is asked for; what a server-side cursor
    of it had not yet read would be lost (Flask keeps the context for a stream, not its teardown).
    Read rows within `with`: a reader may leave before the last.
    """
    engine = read_only(get_engine())

    def read() -> Iterator[str]:
        with open_session(engine) as db:
            yield from pieces(db)

    return Response(read(), mimetype=mimetype)
