"""Several deeds begun at one moment, each in a transaction of its own."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from sqlalchemy.engine import Engine
from sqlmodel import Session

from core.database import open_session
from core.errors import RuleBroken

Deed = Callable[[Session], Any]


def at_once(engine: Engine, *deeds: Deed) -> list[Any]:
    """What each deed returned, or the rule it broke, in their order."""
    start = Barrier(len(deeds))

    def run(deed: Deed) -> Any:
        with open_session(engine) as db:
            db.connection()  # opened now, so that the deeds themselves begin together
            start.wait(10)
            try:
                result = deed(db)
                db.commit()
            except RuleBroken as refusal:
                return refusal
            return result

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))
