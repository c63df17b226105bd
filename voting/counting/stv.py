"""Single transferable vote: seats in proportion; a vote not needed by its option helps the next.

SCOTTISH: The Scottish Local Government Elections Order 2007 (SSI 2007/42), schedule 1, rules 45 to
52, taken over unchanged by the Order of 2011: Droop quota, weighted inclusive Gregory transfers
cut off after five decimal places, ties by the most recent earlier stage, then by lot.
WIGM: the Proportional Representation Foundation's reference WIGM rule
(prfound.org/resources/reference/reference-wigm-rule): four places, cut off after multiplying and
after dividing; a quota that is not rounded to a whole vote; all ties by lot.
EXACT: the same in fractions, so that nothing is cut off: the quota is the votes divided by one more
than the seats, and must be exceeded (Droop's rule "wigm" in rational arithmetic).
MEEK: see meek.py.

By lot the least favoured of those tied is taken: its surplus goes first, or it is excluded.
A stage is the first count or one transfer. Votes are whole numbers of the smallest unit, 1/100000
vote by the Scottish rules, and told as decimal text; by EXACT they are fractions of a vote.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from typing import Any

from voting.counting.meek import count_meek
from voting.counting.outcome import Json, Outcome, Round, Tie, decimal, exact
from voting.counting.profiles import RankedProfile
from voting.counting.ties import TieBreak
from voting.counting.transfers import Elimination, EqualRanks, Papers, Passed, Votes, hopeless

LISTED = TieBreak()


class Rule(StrEnum):
    """By whose rules; see the top of this module."""

    SCOTTISH = "scottish"
    WIGM = "wigm"
    EXACT = "exact"
    MEEK = "meek"


PLACES = {Rule.SCOTTISH: 5, Rule.WIGM: 4, Rule.EXACT: 0, Rule.MEEK: 9}


def count_stv(
    profile: RankedProfile,
    *,
    seats: int,
    rule: Rule = Rule.SCOTTISH,
    places: int | None = None,
    elimination: Elimination = Elimination.SINGLE,
    equal_ranks: EqualRanks = EqualRanks.EXHAUST,
    ties: TieBreak = LISTED,
) -> Outcome:
    """Elect as many options as there are seats, or all if there are not more.

    places: decimal places votes are counted to; None: as the rule says. elimination: BATCH
    excludes sure losers together and before any surplus is transferred, as the reference WIGM rule
    allows (step B.2). Raises ValueError if seats is below 1, places is not 0 to 18 or given with
    EXACT, or BATCH is asked of MEEK.
    """
    if seats < 1:
        raise ValueError("there must be at least one seat")
    if places is not None and rule is Rule.EXACT:
        raise ValueError("exact fractions have no decimal places")
    places = PLACES[rule] if places is None else places
    if not 0 <= places <= 18:
        raise ValueError("places must be 0 to 18")
    if rule is Rule.MEEK:
        if elimination is Elimination.BATCH:
            raise ValueError("Meek's rule excludes one option at a time")
        return count_meek(profile, seats=seats, places=places, equal_ranks=equal_ranks, ties=ties)
    worth = Fraction(1) if rule is Rule.EXACT else 10**places
    papers = profile.papers(equal_ranks, worth)
    count = Count(profile.options, seats, papers, rule, places, elimination, ties)
    count.first_stage()
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
class Count:
    """A count under way."""

    options: tuple[str, ...]
    seats: int
    papers: Papers
    rule: Rule
    places: int
    elimination: Elimination
    ties: TieBreak
    quota: Votes = 0
    exhausted: Votes = 0
    lost: Votes = 0
    votes: dict[int, Votes] = field(default_factory=dict)
    continuing: set[int] = field(default_factory=set)
    surpluses: list[int] = field(default_factory=list)
    elected: list[int] = field(default_factory=list)
    history: list[dict[int, Votes]] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    ties_broken: list[Tie] = field(default_factory=list)

    @property
    def vacancies(self) -> int:
        return min(self.seats, len(self.options)) - len(self.elected)

    def first_stage(self) -> None:
        """Sort the ballots by first preference (rule 45) and set the quota (rule 46)."""
        everyone = range(len(self.options))
        unit = 10**self.places
        self.continuing = set(everyone)
        self.votes = dict.fromkeys(everyone, 0)
        self.add(self.papers.deal(self.continuing))
        cast = sum(self.votes.values())
        if self.rule is Rule.EXACT:
            self.quota = Fraction(cast) / (self.seats + 1)
        elif self.rule is Rule.WIGM:
            self.quota = cast // (self.seats + 1) + 1
        else:
            self.quota = (cast // unit // (self.seats + 1) + 1) * unit
        self.end_stage("first preferences", (), 0)

    def has_quota(self, option: int) -> bool:
        votes = self.votes[option]
        return votes > self.quota if self.rule is Rule.EXACT else votes >= self.quota

    def next_stage(self) -> None:
        """Transfer the largest surplus (rules 48, 49) or, without one, exclude (rules 50, 51)."""
        ties_before = len(self.ties_broken)
        if losers := self.sure_losers():
            self.exclude(losers)
            self.end_stage("exclusion", losers, ties_before)
        elif self.surpluses:
            option = self.pick(self.surpluses, max, "transfer")
            self.surpluses.remove(option)
            self.transfer_surplus(option)
            self.end_stage("surplus", (option,), ties_before)
        else:
            option = self.pick(self.continuing, min, "exclude")
            self.exclude((option,))
            self.end_stage("exclusion", (option,), ties_before)

    def sure_losers(self) -> tuple[int, ...]:
        """Return who cannot be saved even by all surpluses; nobody if one goes at a time."""
        if self.elimination is Elimination.SINGLE:
            return ()
        votes = {option: self.votes[option] for option in self.continuing}
        surplus = sum(self.votes[option] - self.quota for option in self.surpluses)
        return hopeless(votes, keep=self.vacancies, coming=surplus)

    def exclude(self, losers: Iterable[int]) -> None:
        self.continuing.difference_update(losers)
        for option in losers:
            del self.votes[option]
        self.add(self.papers.move(losers, self.continuing))

    def share(self, value: Any, surplus: Any, votes: Any) -> Any:
        """Return what a paper's value leaves of it (rule 48, or B.3 and D.4 of the WIGM rule)."""
        if self.rule is Rule.EXACT:
            return Fraction(value * surplus) / votes
        if self.rule is Rule.WIGM:
            unit: int = 10**self.places
            return value * surplus // unit * unit // votes
        return value * surplus // votes

    def transfer_surplus(self, option: int) -> None:
        """Pass on every paper at its share of the surplus."""
        votes = self.votes[option]
        surplus = votes - self.quota
        passed = self.papers.move(
            (option,), self.continuing, lambda value: self.share(value, surplus, votes)
        )
        self.lost += surplus - passed.exhausted - sum(passed.gained.values())
        self.votes[option] = self.quota
        self.add(passed)

    def add(self, passed: Passed) -> None:
        """Add what papers that moved brought."""
        for option, gained in passed.gained.items():
            self.votes[option] += gained
        self.exhausted += passed.exhausted

    def end_stage(self, action: str, moved: Collection[int], ties_before: int) -> None:
        """Elect whoever has the quota (rule 47), fill the last vacancies (rule 52), tell it all.

        moved: whose papers went on.
        """
        self.history.append(self.votes.copy())
        elected = self.elect(option for option in self.continuing if self.has_quota(option))
        self.surpluses += [option for option in elected if self.votes[option] > self.quota]
        if len(self.continuing) <= self.vacancies:
            elected += self.elect(self.continuing)
        self.rounds.append(
            {
                "action": action,
                "options": [self.options[option] for option in moved],
                "quota": self.told(self.quota),
                "votes": {self.options[one]: self.told(self.votes[one]) for one in self.votes},
                "exhausted": self.told(self.exhausted),
                "lost_to_rounding": self.told(self.lost),
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

    def pick(self, group: Iterable[int], best: Callable[[Iterable[Any]], Any], what: str) -> int:
        """Return the option with the most or fewest votes.

        best: max or min. Ties by the most recent earlier stage at which they differed (rules 49
        and 51; no such stages by WIGM, D.1), then by lot.
        """
        tied = sorted(group)
        among: tuple[int, ...] = ()
        history = self.history if self.rule is Rule.SCOTTISH else self.history[-1:]
        for votes in reversed(history):
            reached = best([votes[option] for option in tied])
            tied = [option for option in tied if votes[option] == reached]
            if len(tied) == 1:
                break
            among = among or tuple(tied)
        if len(tied) > 1:
            elected = what == "order of election"
            draw = self.ties.favoured if elected else self.ties.least_favoured
            tied = [draw(tied, self.options)]
            self.ties_broken.append(Tie(among, tied[0], what, self.ties.how))
        elif among:
            self.ties_broken.append(Tie(among, tied[0], what, "earlier stage"))
        return tied[0]

    def told(self, votes: Votes) -> Json:
        """Return votes as decimal text with all the places that count, or an exact fraction."""
        if self.rule is Rule.EXACT:
            return exact(votes)
        return decimal(int(votes), self.places)
