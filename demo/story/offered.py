"""What members offer instead of what was proposed."""

from dataclasses import dataclass

from guilds.charter import Method


@dataclass(frozen=True)
class Offered:
    """An amendment that makes a choice of a question. after: days since the question was put."""

    instead_of: str
    by: str
    after: float
    reason: str
    method: Method
    options: tuple[str, ...]


OFFERED = (
    Offered(
        "Walk past the DreamSync tower, and do not stop",
        by="jonas",
        after=0.3,
        reason="Some of us would rather not pass it at all. Let everyone tick what they can live "
        "with.",
        method=Method.APPROVAL,
        options=(
            "Fifth Street, in silence, without a stop",
            "Fifth Street, in silence, with a minute at the door",
            "Straight to the Council",
        ),
    ),
)
