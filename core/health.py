"""`/healthz`: the process answers. `/readyz`: it can do its work, and somebody ticks."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, jsonify

from core import clock, migrating, scheduling
from core.database import get_engine, reading
from core.security import public

bp = Blueprint("health", __name__)
#: the quickest slotted job runs every ten minutes; two of its slots missed means that nobody ticks
TICKED_WITHIN = timedelta(minutes=25)


@bp.get("/healthz")
@public
def healthz() -> Any:
    return jsonify(alive=True)


@bp.get("/readyz")
@public
def readyz() -> Any:
    """200 if all is well, else 503; says which of the three is not, and nothing else."""
    found = {"database": False, "migrations": False, "clock": False}
    try:
        with reading() as db:
            found["database"] = True
            found["migrations"] = migrating.is_current(get_engine())
            ticked_at = scheduling.last_tick(db)
            found["clock"] = ticked_at is not None and clock.now() - ticked_at < TICKED_WITHIN
    except sa.exc.SQLAlchemyError:
        pass  # what was not reached stays False
    return jsonify(found), 200 if all(found.values()) else 503
