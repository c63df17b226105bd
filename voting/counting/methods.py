"""Every method of counting by its name, with what it counts and its options."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from inspect import signature
from itertools import chain
from typing import Any

from voting.counting.approval import count_approval
from voting.counting.consent import count_consent
from voting.counting.conversions import Profile, converted
from voting.counting.equal_shares import count_equal_shares
from voting.counting.greedy import count_greedy
from voting.counting.irv import count_irv
from voting.counting.majority import count_majority
from voting.counting.options import Option, OptionError, options_of
from voting.counting.outcome import Outcome
from voting.counting.profiles import (
    ApprovalProfile,
    BudgetProfile,
    ChoiceProfile,
    RankedProfile,
    ScoreProfile,
)
from voting.counting.ranked_pairs import count_ranked_pairs
from voting.counting.schulze import count_schulze
from voting.counting.score import count_score
from voting.counting.star import count_star
from voting.counting.stv import count_stv
from voting.counting.ties import TieBreak


@dataclass(frozen=True)
class Method:
    """A way of counting. kind: the profile it counts; count: its function.

    reads: what a reader of its ballots is told besides the options (the range of scores).
    """

    name: str
    kind: type[Any]
    count: Callable[..., Outcome]
    reads: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def options(self) -> Mapping[str, Option]:
        """The named options of its rule."""
        return options_of(self.count)

    @property
    def fills_seats(self) -> bool:
        return "seats" in signature(self.count).parameters

    def can_fill(self, seats: int) -> bool:
        """Say whether so many can be elected; of a budget they are what may be spent."""
        return seats <= 1 or self.fills_seats or self.kind is BudgetProfile

    @property
    def breaks_ties(self) -> bool:
        return "ties" in signature(self.count).parameters

    def run(
        self,
        profile: Profile,
        *,
        seats: int = 1,
        options: Mapping[str, Any] | None = None,
        ties: TieBreak | None = None,
    ) -> Outcome:
        """Count a profile of any kind that can be read as this method's.

        options: values by the name of their parameter, as read_options returns them.
        Raises ValueError, in words: a profile that cannot be counted by this, options it refuses.
        """
        if seats < 1:
            raise ValueError("there must be at least one seat")
        if not self.can_fill(seats):
            raise ValueError(f"{self.name} decides one thing, not {seats} seats")
        arguments = dict(options or {})
        if self.fills_seats:
            arguments["seats"] = seats
        if self.breaks_ties and ties is not None:
            arguments["ties"] = ties
        ballots = converted(profile, self.kind, seats=seats)
        outcome = self.count(ballots, **arguments)
        if isinstance(ballots, ChoiceProfile) or not ballots.is_silent:
            return outcome
        return _nothing(outcome)


def _nothing(outcome: Outcome) -> Outcome:
    """Of ballots that mark nothing: nobody wins, whoever the rule would name by lot.

    Source: docs/decisions/0207-ballot-papers.md
    """
    ranking = outcome.ranking and (tuple(sorted(chain.from_iterable(outcome.ranking))),)
    return replace(outcome, winners=(), ranking=ranking, rounds=(), ties=())


METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        Method("majority", ChoiceProfile, count_majority),
        Method("consent", ChoiceProfile, count_consent),
        Method("approval", ApprovalProfile, count_approval),
        Method("score", ScoreProfile, count_score),
        Method("star", ScoreProfile, count_star, reads={"lowest": 0, "highest": 5}),
        Method("irv", RankedProfile, count_irv),
        Method("schulze", RankedProfile, count_schulze),
        Method("ranked-pairs", RankedProfile, count_ranked_pairs),
        Method("stv", RankedProfile, count_stv),
        Method("greedy", BudgetProfile, count_greedy),
        Method("equal-shares", BudgetProfile, count_equal_shares),
    )
}


def get_method(name: str) -> Method:
    """Return the method of that name. Raises OptionError, with all there are, if there is none."""
    if name not in METHODS:
        raise OptionError(f"there is no method {name!r}; there is: {', '.join(METHODS)}")
    return METHODS[name]
