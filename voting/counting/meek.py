"""Meek's method: elected options keep just the share of every vote that makes up the quota.

Source: the Proportional Representation Foundation's reference Meek rule
(prfound.org/resources/reference/reference-meek-rule), whose steps B.1 to C are named below; after
B. L. Meek, "A new approach to the single transferable vote" (1969). All votes and keep factors are
whole numbers of units, 10^-9 vote as the rule says, rounded where it says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from voting.counting.outcome import Json, Outcome, Round, Tie, decimal
from voting.counting.profiles import RankedProfile, Ranking
from voting.counting.ties import TieBreak
from voting.counting.transfers import EqualRanks, prepared

LISTED = TieBreak()


def count_meek(
    profile: RankedProfile,
    *,
    seats: int,
    places: int = 9,
    equal_ranks: EqualRanks = EqualRanks.EXHAUST,
    ties: TieBreak = LISTED,
) -> Outcome:
    """Elect as many options as there are seats, or all if there are not more.

    places: decimal places votes are counted to; iteration ends when the surplus is below
    10^-(2/3 of them), 0.000001 for nine.
    """
    ballots = prepared(profile.ballots, equal_ranks)
    count = MeekCount(profile.options, seats, ballots, places, ties)
    while not count.is_complete:
        count.next_round()
    count.elect_remaining()
    return Outcome(
        "stv",
        profile.ballot_count,
        tuple(count.elected),
        None,
        tuple(count.rounds),
        tuple(count.ties_broken),
    )


@dataclass
class MeekCount:
    """A count under way. votes, quota, keep factors and surplus are in units."""

    options: tuple[str, ...]
    seats: int
    ballots: Mapping[Ranking, int]
    places: int
    ties: TieBreak
    unit: int = 0
    omega: int = 0
    #: Keep factor of each option not excluded: one whole unit while it is hopeful.
    keep: dict[int, int] = field(default_factory=dict)
    hopeful: set[int] = field(default_factory=set)
    elected: list[int] = field(default_factory=list)
    votes: dict[int, int] = field(default_factory=dict)
    quota: int = 0
    surplus: int = 0
    rounds: list[Round] = field(default_factory=list)
    ties_broken: list[Tie] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.unit = 10**self.places
        self.omega = 10 ** (self.places - self.places * 2 // 3)
        self.hopeful = set(range(len(self.options)))
        self.keep = dict.fromkeys(self.hopeful, self.unit)

    @property
    def is_complete(self) -> bool:
        """B.1: the seats are filled, or no more options are left than seats."""
        left = len(self.elected) + len(self.hopeful)
        return len(self.elected) >= self.seats or left <= self.seats

    def next_round(self) -> None:
        """B.2 and B.3: iterate until someone is elected, or else exclude the lowest."""
        before: int | None = None
        while True:
            self.distribute()
            reached = {one for one in self.hopeful if self.votes[one] >= self.quota}
            self.set_surplus(reached.union(self.elected))
            if reached:
                self.elect(reached)
                return
            if self.surplus < self.omega or (before is not None and self.surplus >= before):
                self.exclude_lowest()
                return
            before = self.surplus
            self.update_keep_factors()

    def distribute(self) -> None:
        """B.2.a and b: every option keeps its share of each ballot; then the quota is set anew."""
        votes = dict.fromkeys(self.keep, 0)
        unit, keep = self.unit, self.keep
        for ranking, number in self.ballots.items():
            weight = unit
            for group in ranking:
                standing = [option for option in group if option in keep]
                if len(standing) > 1:
                    break
                for option in standing:
                    kept = min(weight, -(-weight * keep[option] // unit))
                    votes[option] += kept * number
                    weight -= kept
                if not weight:
                    break
        self.votes = votes
        self.quota = sum(votes.values()) // (self.seats + 1) + 1

    def set_surplus(self, elected: Iterable[int]) -> None:
        """B.2.d: what the elected have above the quota, taken together."""
        self.surplus = max(0, sum(self.votes[option] - self.quota for option in elected))

    def update_keep_factors(self) -> None:
        """B.2.f: keep factor times quota, divided by votes, each step rounded up."""
        for option in self.elected:
            product = -(-self.keep[option] * self.quota // self.unit)
            self.keep[option] = -(-product * self.unit // self.votes[option])

    def exclude_lowest(self) -> None:
        """B.3: exclude the lowest; whoever is within the surplus of it counts as tied with it."""
        lowest = min(self.votes[option] for option in self.hopeful)
        tied = [one for one in sorted(self.hopeful) if self.votes[one] <= lowest + self.surplus]
        loser = self.ties.least_favoured(tied, self.options)
        broken = []
        if len(tied) > 1:
            broken.append(Tie(tuple(tied), loser, "exclude", self.ties.how))
        self.ties_broken += broken
        self.tell(excluded=[loser], ties=broken)
        self.hopeful.remove(loser)
        del self.keep[loser]

    def elect_remaining(self) -> None:
        """C: where seats are left, all hopeful options take them."""
        if len(self.elected) >= self.seats or not self.hopeful:
            return
        self.distribute()
        self.set_surplus(self.elected)
        self.elect(self.hopeful)

    def elect(self, group: Iterable[int]) -> None:
        """Elect all of a group, the most votes first, and end the round."""
        places = self.ties.places(self.options)
        elected = sorted(group, key=lambda option: (-self.votes[option], places[option]))
        broken = []
        for _, equal in groupby(elected, key=self.votes.__getitem__):
            tied = tuple(equal)
            if len(tied) > 1:
                broken.append(Tie(tuple(sorted(tied)), tied[0], "order of election", self.ties.how))
        self.ties_broken += broken
        self.elected += elected
        self.hopeful.difference_update(elected)
        self.tell(elected=elected, ties=broken)

    def tell(
        self,
        elected: Sequence[int] = (),
        excluded: Sequence[int] = (),
        ties: Iterable[Tie] = (),
    ) -> None:
        def numbers(units: Mapping[int, int]) -> Json:
            return {self.options[one]: decimal(units[one], self.places) for one in self.keep}

        self.rounds.append(
            {
                "quota": decimal(self.quota, self.places),
                "votes": numbers(self.votes),
                "exhausted": decimal(
                    sum(self.ballots.values()) * self.unit - sum(self.votes.values()), self.places
                ),
                "keep_factors": numbers(self.keep),
                "surplus": decimal(self.surplus, self.places),
                "elected": [self.options[one] for one in elected],
                "excluded": [self.options[one] for one in excluded],
                "ties": [tie.as_json(self.options) for tie in ties],
            }
        )
