"""Score: each voter scores each option; the highest total, or the highest mean, is elected.

Source: C. Smith, Range voting (2000); the range of scores is set for each vote.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from fractions import Fraction

from voting.counting.outcome import Outcome, Round, exact
from voting.counting.pairwise import elect_top
from voting.counting.profiles import ScoreProfile
from voting.counting.standings import ranking_by
from voting.counting.ties import TieBreak

LISTED = TieBreak()


class Aggregate(StrEnum):
    """How an option's scores become one number, and so how "no opinion" is read.

    TOTAL: their sum; no opinion adds nothing. MEAN: their sum divided by how many scored the
    option; no opinion is left out, and an option nobody scored comes after all others.
    """

    TOTAL = "total"
    MEAN = "mean"


def count_score(
    profile: ScoreProfile,
    *,
    seats: int = 1,
    aggregate: Aggregate = Aggregate.TOTAL,
    lowest: int | None = None,
    highest: int | None = None,
    ties: TieBreak = LISTED,
) -> Outcome:
    """Elect the options with the highest total or mean; the ranking is by it.

    lowest, highest: the range of scores; None: no bound.
    Raises ValueError: no seat, or a score out of range.
    """
    tallies = profile.tallies()
    check_range(tallies, lowest, highest)
    totals = totals_of(tallies)
    scored = [sum(tally.values()) for tally in tallies]
    ranking = _ranking(totals, scored, aggregate)
    winners, broken = elect_top(ranking, seats, (), profile.options, ties)
    standings = [
        {
            "option": profile.options[option],
            "total": totals[option],
            "scored_by": scored[option],
            "mean": exact(Fraction(totals[option], scored[option])) if scored[option] else None,
        }
        for group in ranking
        for option in group
    ]
    table: Round = {
        "aggregate": aggregate.value,
        "standings": standings,
        "elected": [profile.options[winner] for winner in winners],
        "ties": [tie.as_json(profile.options) for tie in broken],
    }
    return Outcome("score", profile.ballot_count, winners, ranking, (table,), broken)


def _ranking(
    totals: Sequence[int], scored: Sequence[int], aggregate: Aggregate
) -> tuple[tuple[int, ...], ...]:
    if aggregate == Aggregate.TOTAL:
        return ranking_by(totals)
    means = [Fraction(total, max(by, 1)) for total, by in zip(totals, scored, strict=True)]
    known = [option for option, by in enumerate(scored) if by]
    unknown = tuple(option for option, by in enumerate(scored) if not by)
    return ranking_by(means, known) + ((unknown,) if unknown else ())


def totals_of(tallies: Iterable[Mapping[int, int]]) -> Sequence[int]:
    """Return the sum of each option's scores; no opinion adds nothing."""
    return [sum(score * by for score, by in tally.items()) for tally in tallies]


def check_range(
    tallies: Iterable[Mapping[int, int]], lowest: int | None, highest: int | None
) -> None:
    """Raise ValueError if a score is out of range; None is no bound."""
    for score in sorted({score for tally in tallies for score in tally}):
        if (lowest is not None and score < lowest) or (highest is not None and score > highest):
            raise ValueError(f"the score {score} is out of range")
