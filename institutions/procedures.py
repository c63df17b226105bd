"""What an institution does with petitions, by its own rules: thresholds and days, as data.

The numbers, what they mean and where they stand are in procedures.toml.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DATA = Path(__file__).with_name("procedures.toml")


@dataclass(frozen=True)
class Threshold:
    """From so many signatures on: what happens then, and within how many days of the delivery."""

    signatures: int
    meaning: str
    #: 0: no time is said
    answer_days: int


@dataclass(frozen=True)
class Procedure:
    """How one institution treats petitions; thresholds from the lowest up."""

    key: str
    name: str
    jurisdiction: str
    #: where it stands
    source: str
    #: what to know beside the numbers
    note: str
    thresholds: tuple[Threshold, ...]

    def promised(self, signature_count: int) -> Threshold | None:
        """The highest threshold reached that says within what time an answer comes."""
        timed = [one for one in self.thresholds if one.answer_days]
        reached = [one for one in timed if one.signatures <= signature_count]
        return reached[-1] if reached else None


@cache
def procedures() -> Mapping[str, Procedure]:
    """All that are known, by their key. Raises TypeError or KeyError for data that is not whole."""
    told = tomllib.loads(DATA.read_text("utf-8"))
    return {key: _procedure(key, facts) for key, facts in told.items()}


def get_procedure(key: str) -> Procedure | None:
    """The procedure an institution's row names; None if it names none that is known."""
    return procedures().get(key)


def _procedure(key: str, facts: dict[str, object]) -> Procedure:
    rows = facts.pop("thresholds")
    assert isinstance(rows, list)
    thresholds = sorted((Threshold(**row) for row in rows), key=lambda one: one.signatures)
    texts = {name: str(text) for name, text in facts.items()}
    return Procedure(key=key, thresholds=tuple(thresholds), **texts)
