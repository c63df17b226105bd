"""The outcome of a count: who won and every number that explains it, ready to be shown or stored.

A round is plain data fit for JSON: option names, whole numbers, lists, and exact fractions as text
("7/3"). Indexes appear only in the fields of Outcome itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

#: What JSON can hold, without floating point.
Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
Round: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True)
class Tie:
    """A tie that had to be broken, and how.

    among: the options tied, in the order of the profile. chosen: the one the decision fell on.
    what: what was decided, such as "elect", "order of election", "exclude" or "transfer". how: the
    rule that decided it: "seed", "lots", "order of options" or one of the method's own, such as
    "earlier stage".
    """

    among: tuple[int, ...]
    chosen: int
    what: str
    how: str

    def as_json(self, options: Sequence[str]) -> Round:
        return {
            "among": [options[index] for index in self.among],
            "chosen": options[self.chosen],
            "what": self.what,
            "how": self.how,
        }


@dataclass(frozen=True)
class Outcome:
    """The result of counting one profile.

    ballots: all ballots of the profile, blank ones too. winners: option indexes in order of
    election. ranking: groups of indexes, best first, tied options in one group; None where the
    method gives no ranking.
    """

    method: str
    ballots: int
    winners: tuple[int, ...]
    ranking: tuple[tuple[int, ...], ...] | None = None
    rounds: tuple[Round, ...] = ()
    ties: tuple[Tie, ...] = field(default=())

    def as_json(self, options: Sequence[str]) -> dict[str, Json]:
        """Return exactly method, ballots, winners, ranking (null if none) and rounds, by name."""
        ranking: Json = None
        if self.ranking is not None:
            ranking = [[options[index] for index in group] for group in self.ranking]
        return {
            "method": self.method,
            "ballots": self.ballots,
            "winners": [options[index] for index in self.winners],
            "ranking": ranking,
            "rounds": self.rounds,
        }


def exact(number: int | Fraction) -> int | str:
    """Return a number as a round holds it: whole ones as int, others as "numerator/denominator"."""
    if isinstance(number, int):
        return number
    return number.numerator if number.denominator == 1 else str(number)


def decimal(units: int, places: int) -> str:
    """Return a whole number of units of 10^-places as decimal text with all its places."""
    if not places:
        return str(units)
    whole, part = divmod(units, 10**places)
    return f"{whole}.{part:0{places}d}"
