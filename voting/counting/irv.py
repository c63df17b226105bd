"""Instant run-off voting: the option with the fewest votes goes, papers move on, until one wins.

Known as the alternative vote, or ranked choice voting. The rules differ by place; the differences
are options here. Sources: Maine Revised Statutes title 21-A section 723-A (majority of continuing
ballots, batch elimination, overvotes); Minneapolis Code of Ordinances chapter 167 (overvotes and
blank ranks are skipped, mathematically impossible candidates go together).
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import groupby

from voting.counting.outcome import Outcome, Round, Tie
from voting.counting.profiles import RankedProfile
from voting.counting.ties import TieBreak
from voting.counting.transfers import Elimination, EqualRanks, Passed, hopeless

LISTED = TieBreak()


class Stop(StrEnum):
    """MAJORITY: with more than half of the votes not exhausted. LAST_TWO: with two options left."""

    MAJORITY = "majority"
    LAST_TWO = "last-two"


def count_irv(
    profile: RankedProfile,
    *,
    equal_ranks: EqualRanks = EqualRanks.EXHAUST_IF_SEVERAL,
    elimination: Elimination = Elimination.SINGLE,
    stop: Stop = Stop.MAJORITY,
    drop_first: Sequence[str] = (),
    ties: TieBreak = LISTED,
) -> Outcome:
    """Elect one option; the ranking puts the others by how long they stayed in.

    drop_first: names eliminated after the first round if they have any votes, before all others
    (undeclared write-ins). A tie for the fewest votes is left to ties. Raises ValueError if there
    is nothing to elect, or drop_first names no option, or all there are.
    """
    options = profile.options
    if not options:
        raise ValueError("there is no option to elect")
    first_out = indices(drop_first, options)
    papers = profile.papers(equal_ranks)
    votes = dict.fromkeys(range(len(options)), 0)
    add(votes, papers.deal(votes))
    rounds: list[Round] = []
    broken: list[Tie] = []
    gone: list[tuple[int, ...]] = []
    while True:
        exhausted = profile.ballot_count - sum(votes.values())
        winner, tie = leader(votes, stop, options, ties)
        if winner is not None:
            losers: tuple[int, ...] = ()
        elif dropped := tuple(option for option in first_out if votes.get(option)):
            losers, first_out = dropped, []
        else:
            losers, tie = to_eliminate(votes, elimination, stop, options, ties)
            first_out = []
        broken += tie
        rounds.append(told(votes, exhausted, winner, losers, options, tie))
        if winner is not None:
            break
        gone = [*by_votes(losers, votes), *gone]
        for loser in losers:
            del votes[loser]
        add(votes, papers.move(losers, votes))
    others = by_votes((option for option in votes if option != winner), votes)
    ranking = ((winner,), *others, *gone)
    return Outcome("irv", profile.ballot_count, (winner,), ranking, tuple(rounds), tuple(broken))


def indices(drop_first: Sequence[str], options: Sequence[str]) -> list[int]:
    """Where those stand that go first. Raises ValueError as count_irv."""
    unknown = [name for name in drop_first if name not in options]
    if unknown:
        raise ValueError(f"no option is called {unknown[0]}")
    first_out = sorted({options.index(name) for name in drop_first})
    if len(first_out) == len(options):
        raise ValueError("at least one option must not be eliminated first")
    return first_out


def add(votes: dict[int, int], passed: Passed) -> None:
    """Add what papers that moved brought; every paper is one whole vote."""
    for option, gained in passed.gained.items():
        votes[option] += int(gained)


def leader(
    votes: Mapping[int, int], stop: Stop, options: Sequence[str], ties: TieBreak
) -> tuple[int | None, list[Tie]]:
    """Return the winner, or None while nobody has won, and the tie that had to be broken if any."""
    most = max(votes.values())
    best = [option for option, number in votes.items() if number == most]
    majority = 2 * most > sum(votes.values())
    if len(votes) == 1 or (majority and (stop is Stop.MAJORITY or len(votes) == 2)):
        return best[0], []
    if len(votes) > 2 or stop is Stop.MAJORITY:
        return None, []
    winner = ties.favoured(best, options)
    return winner, [Tie(tuple(best), winner, "elect", ties.how)]


def to_eliminate(
    votes: Mapping[int, int],
    elimination: Elimination,
    stop: Stop,
    options: Sequence[str],
    ties: TieBreak,
) -> tuple[tuple[int, ...], list[Tie]]:
    """Return who goes now and the tie that had to be broken if any."""
    if elimination is Elimination.BATCH:
        batch = hopeless(votes, keep=2 if stop is Stop.LAST_TWO else 1)
        if batch:
            return batch, []
    fewest = min(votes.values())
    lowest = [option for option, number in votes.items() if number == fewest]
    if len(lowest) == 1:
        return (lowest[0],), []
    loser = ties.least_favoured(lowest, options)
    return (loser,), [Tie(tuple(lowest), loser, "exclude", ties.how)]


def by_votes(group: Iterable[int], votes: Mapping[int, int]) -> list[tuple[int, ...]]:
    """Return the options in groups of equally many votes, the most votes first."""
    descending = sorted(group, key=lambda option: (-votes[option], option))
    return [tuple(equal) for _, equal in groupby(descending, key=votes.__getitem__)]


def told(
    votes: Mapping[int, int],
    exhausted: int,
    winner: int | None,
    losers: Iterable[int],
    options: Sequence[str],
    ties: Iterable[Tie],
) -> Round:
    """Return one round: votes of the continuing options, ballots counting for nobody, what next."""
    return {
        "votes": {options[option]: number for option, number in votes.items()},
        "exhausted": exhausted,
        "majority": sum(votes.values()) // 2 + 1,
        "elected": [] if winner is None else [options[winner]],
        "eliminated": [options[option] for option in losers],
        "ties": [tie.as_json(options) for tie in ties],
    }
