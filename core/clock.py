"""The wall clock: the one place that reads it, so that everything else can be told the time."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current instant, aware, in UTC. Call it as `clock.now()`, so a test can replace it."""
    return datetime.now(UTC)  # noqa: TID251 - this is the one reader the ban points to
