"""Single transferable vote: seats in proportion; a vote not needed by its option helps the next.

SCOTTISH: The Scottish Local Government Elections Order 2007 (SSI 2007/42), schedule 1, rules 45 to
52, taken over unchanged by the Order of 2011: Droop quota, weighted inclusive Gregory transfers
cut off after five decimal places, ties by the most recent earlier stage, then by lot.
WIGM: the Proportional Representation Foundation's reference WIGM rule: the same transfers with
four places and a quota that is not rounded to a whole vote.
MEEK: see meek.py.

A stage is the first count or one transfer. Votes are whole numbers of the smallest unit, 1/100000
vote by the Scottish rules, and told as decimal text.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from voting.counting.meek import count_meek
from voting.counting.outcome import Outcome, Round, Tie, decimal
from voting.counting.profiles import RankedProfile, Ranking
from voting.counting.ties import TieBreak
from voting.counting.transfers import EqualRanks, next_choice, prepared

LISTED = TieBreak()


class Rule(StrEnum):
    """By whose rules; see the top of this module."""

    SCOTTISH = "scottish"
    WIGM = "wigm"
    MEEK = "meek"


PLACES = {Rule.SCOTTISH: 5, Rule.WIGM: 4, Rule.MEEK: 9}


def count_stv(
    profile: RankedProfile,
    *,
    seats: int,
    rule: Rule = Rule.SCOTTISH,
    places: int | None = None,
    equal_ranks: EqualRanks = EqualRanks.EXHAUST,
    ties: TieBreak = LISTED,
) -> Outcome:
    """Elect as many options as there are seats, or all if there are not more.

    places: decimal places votes are counted to; None: as the rule says. Raises ValueError if seats
    is below 1 or places is not 0 to 18.
    """
    places = PLACES[rule] if places is None else places
    if seats < 1:
        raise ValueError("there must be at least one seat")
    if not 0 <= places <= 18:
        raise ValueError("places must be 0 to 18")
    if rule is Rule.MEEK:
        return count_meek(profile, seats=seats, places=places, equal_ranks=equal_ranks, ties=ties)
    count = Count(profile.options, seats, rule, 10**places, places, ties)
    count.first_stage(prepared(profile.ballots, equal_ranks).items())
    while count.vacancies:
        count.next_stage()
    return Outcome(
        "stv",
        profile.ballot_count,
        tuple(count.elected),
        None,
        tuple(count.rounds),
        tuple(count.ties_broken),
    )


@dataclass
class Paper:
    """Ballots alike: their ranking, the position that counts now, how many, and what each is worth.

    value: in units, as received by the option that holds them.
    """

    ranking: Ranking
    position: int
    number: int
    value: int


@dataclass
class Count:
    """A count under way. votes, quota, exhausted and lost are in units; unit: units a vote."""

    options: tuple[str, ...]
    seats: int
    rule: Rule
    unit: int
    places: int
    ties: TieBreak
    quota: int = 0
    exhausted: int = 0
    lost: int = 0
    piles: dict[int, list[Paper]] = field(default_factory=dict)
    votes: dict[int, int] = field(default_factory=dict)
    continuing: set[int] = field(default_factory=set)
    surpluses: list[int] = field(default_factory=list)
    elected: list[int] = field(default_factory=list)
    history: list[dict[int, int]] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    ties_broken: list[Tie] = field(default_factory=list)

    @property
    def vacancies(self) -> int:
        return min(self.seats, len(self.options)) - len(self.elected)

    def first_stage(self, ballots: Iterable[tuple[Ranking, int]]) -> None:
        """Sort the ballots by first preference (rule 45) and set the quota (rule 46)."""
        everyone = range(len(self.options))
        self.continuing = set(everyone)
        self.piles = {option: [] for option in everyone}
        self.votes = dict.fromkeys(everyone, 0)
        self.give((Paper(ranking, 0, number, self.unit) for ranking, number in ballots))
        valid = sum(self.votes.values()) // self.unit
        if self.rule is Rule.WIGM:
            self.quota = valid * self.unit // (self.seats + 1) + 1
        else:
            self.quota = (valid // (self.seats + 1) + 1) * self.unit
        self.end_stage("first preferences", None, 0)

    def next_stage(self) -> None:
        """Transfer the largest surplus (rules 48, 49) or, without one, exclude (rules 50, 51)."""
        ties_before = len(self.ties_broken)
        if self.surpluses:
            option = self.pick(self.surpluses, max, "transfer")
            self.surpluses.remove(option)
            self.transfer_surplus(option)
            self.end_stage("surplus", option, ties_before)
        else:
            option = self.pick(self.continuing, min, "exclude")
            self.continuing.remove(option)
            del self.votes[option]
            self.give(self.piles.pop(option))
            self.end_stage("exclusion", option, ties_before)

    def transfer_surplus(self, option: int) -> None:
        """Pass on every paper at its share of the surplus, cut off to whole units."""
        votes = self.votes[option]
        surplus = votes - self.quota
        passed = 0
        papers = self.piles.pop(option)
        for paper in papers:
            paper.value = surplus * paper.value // votes
            passed += paper.value * paper.number
        self.lost += surplus - passed
        self.votes[option] = self.quota
        self.give(papers)

    def give(self, papers: Iterable[Paper]) -> None:
        """Give papers to their next continuing option; what has none is exhausted."""
        votes, piles, continuing = self.votes, self.piles, self.continuing
        for paper in papers:
            option, paper.position = next_choice(paper.ranking, paper.position, continuing)
            if option >= 0:
                votes[option] += paper.value * paper.number
                piles[option].append(paper)
            else:
                self.exhausted += paper.value * paper.number

    def end_stage(self, action: str, option: int | None, ties_before: int) -> None:
        """Elect whoever has the quota (rule 47), fill the last vacancies (rule 52), tell it all."""
        self.history.append(self.votes.copy())
        reached = [one for one in self.continuing if self.votes[one] >= self.quota]
        elected = self.elect(reached)
        self.surpluses += [one for one in elected if self.votes[one] > self.quota]
        if len(self.continuing) <= self.vacancies:
            elected += self.elect(self.continuing)
        self.rounds.append(
            {
                "action": action,
                "option": None if option is None else self.options[option],
                "quota": self.text(self.quota),
                "votes": {self.options[one]: self.text(self.votes[one]) for one in self.votes},
                "exhausted": self.text(self.exhausted),
                "lost_to_rounding": self.text(self.lost),
                "elected": [self.options[one] for one in elected],
                "ties": [tie.as_json(self.options) for tie in self.ties_broken[ties_before:]],
            }
        )

    def elect(self, group: Iterable[int]) -> list[int]:
        """Elect all of a group, the most votes first; return them in that order."""
        waiting = set(group)
        elected: list[int] = []
        while waiting:
            elected.append(self.pick(waiting, max, "order of election"))
            waiting.discard(elected[-1])
        self.elected += elected
        self.continuing.difference_update(elected)
        return elected

    def pick(self, group: Iterable[int], best: Callable[[Iterable[int]], int], what: str) -> int:
        """Return the option with the most or fewest votes.

        best: max or min. Ties by the most recent earlier stage at which they differed, then by
        lot (rules 49 and 51).
        """
        tied = sorted(group)
        among: tuple[int, ...] = ()
        for votes in reversed(self.history):
            reached = best([votes[option] for option in tied])
            tied = [option for option in tied if votes[option] == reached]
            if len(tied) == 1:
                break
            among = among or tuple(tied)
        if len(tied) > 1:
            draw = self.ties.favoured if best is max else self.ties.least_favoured
            tied = [draw(tied, self.options)]
            self.ties_broken.append(Tie(among, tied[0], what, self.ties.how))
        elif among:
            self.ties_broken.append(Tie(among, tied[0], what, "earlier stage"))
        return tied[0]

    def text(self, units: int) -> str:
        """Return units as decimal text, with as many places as the rule counts."""
        return decimal(units, self.places)
