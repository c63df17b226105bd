"""STAR: score, then an automatic run-off between the two options with the highest totals.

No opinion counts as a score of 0. Several seats: bloc STAR, the winner of each count left out of
the next one.

Ties, by the Official Tiebreaker Protocol:
- in the scoring round the tied options are compared head to head and those that lost the most
  match-ups leave, repeatedly; where that tells nobody apart, the most top scores advance, and if
  that is not enough, the fewest top scores leave; then one is drawn, and it starts over;
- in the run-off the higher total wins, then the more top scores, then one is drawn.
Where leaving would take out more than may leave, those who did not have to leave advance, and the
protocol goes on among the others for the place that is left.
Source: starvoting.org/ties, "Official Tiebreaker Protocol"; drawing is by voting.counting.ties.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from voting.counting.outcome import Json, Outcome, Round, Tie
from voting.counting.profiles import ScoreProfile
from voting.counting.score import check_range, totals_of
from voting.counting.standings import ranking_by
from voting.counting.ties import TieBreak

LISTED = TieBreak()
FINALISTS = 2


@dataclass
class _Count:
    """What stays the same from seat to seat, and the ties met so far."""

    profile: ScoreProfile
    highest: int
    lots: TieBreak
    totals: Sequence[int]
    #: preferred[a][b]: ballots that score a above b
    preferred: Sequence[Sequence[int]]
    tops: Sequence[int]
    broken: list[Tie] = field(default_factory=list)

    def names(self, options: Sequence[int]) -> list[str]:
        return [self.profile.options[option] for option in options]


def count_star(
    profile: ScoreProfile,
    *,
    seats: int = 1,
    highest: int = 5,
    ties: TieBreak = LISTED,
) -> Outcome:
    """Elect by STAR; scores are 0 to highest. No ranking: the rule tells only who wins each seat.

    Raises ValueError: no seat, or a score out of range.
    """
    if seats < 1:
        raise ValueError("there must be at least one seat")
    tallies = profile.tallies()
    check_range(tallies, 0, highest)
    count = _Count(
        profile,
        highest,
        ties,
        totals_of(tallies),
        profile.preferences(),
        [tally.get(highest, 0) for tally in tallies],
    )
    standing = list(range(len(profile.options)))
    winners: list[int] = []
    rounds: list[Round] = []
    while standing and len(winners) < seats:
        winner, told = _elect(count, standing)
        winners.append(winner)
        rounds.extend(told)
        standing.remove(winner)
    return Outcome(
        "star", profile.ballot_count, tuple(winners), None, tuple(rounds), tuple(count.broken)
    )


def _elect(count: _Count, standing: Sequence[int]) -> tuple[int, list[Round]]:
    """Return who wins one seat among those standing, and the two rounds that decided it."""
    ranking = ranking_by(count.totals, standing)
    finalists: list[int] = []
    before = len(count.broken)
    for group in ranking:
        if len(finalists) < FINALISTS:
            finalists += _advance(count, list(group), FINALISTS - len(finalists))
    scoring: Round = {
        "round": "scoring",
        "totals": {
            count.profile.options[option]: count.totals[option]
            for group in ranking
            for option in group
        },
        "finalists": count.names(finalists),
        "ties": [tie.as_json(count.profile.options) for tie in count.broken[before:]],
    }
    if len(finalists) < FINALISTS:
        return finalists[0], [scoring]
    winner, run_off = _run_off(count, finalists[0], finalists[1])
    return winner, [scoring, run_off]


def _run_off(count: _Count, first: int, second: int) -> tuple[int, Round]:
    votes = (count.preferred[first][second], count.preferred[second][first])
    steps = (
        ("preferred by more", votes),
        ("higher total", (count.totals[first], count.totals[second])),
        ("more top scores", (count.tops[first], count.tops[second])),
    )
    pair = tuple(sorted((first, second)))
    how, winner = count.lots.how, count.lots.favoured(pair, count.profile.options)
    for step, (one, other) in steps:
        if one != other:
            how, winner = step, first if one > other else second
            break
    if votes[0] == votes[1]:
        count.broken.append(Tie(pair, winner, "elect", how))
    counted: Json = dict(zip(count.names([first, second]), votes, strict=True))
    told: Round = {
        "round": "run-off",
        "preferred": counted,
        "no_preference": count.profile.ballot_count - sum(votes),
        "decided_by": how,
        "elected": count.profile.options[winner],
    }
    return winner, told


def _advance(count: _Count, tied: list[int], places: int) -> list[int]:
    """Return who of those with the same total advance, at most as many as there are places."""
    advancing: list[int] = []
    while len(tied) > places - len(advancing) > 0:
        free = places - len(advancing)
        ahead, rest, how = _separate(count, tied, free)
        if len(ahead) <= free:
            advancing += ahead
            count.broken += [Tie(tuple(tied), option, "elect", how) for option in ahead]
            tied = rest
        else:
            tied = ahead
    return advancing + (tied if len(advancing) < places else [])


def _separate(count: _Count, tied: list[int], free: int) -> tuple[list[int], list[int], str]:
    """Split the tied by the first step of the protocol that tells them apart: ahead, rest, how."""
    losses = {
        one: sum(count.preferred[other][one] > count.preferred[one][other] for other in tied)
        for one in tied
    }
    tops = {one: count.tops[one] for one in tied}
    if min(losses.values()) < max(losses.values()):
        most = max(losses.values())
        ahead = [one for one in tied if losses[one] < most]
        how = "fewer match-ups lost"
    elif min(tops.values()) < max(tops.values()):
        ahead = [one for one in tied if tops[one] == max(tops.values())]
        if len(ahead) > free:
            ahead = [one for one in tied if tops[one] > min(tops.values())]
        how = "more top scores"
    else:
        ahead = [count.lots.favoured(tied, count.profile.options)]
        how = count.lots.how
    return ahead, [one for one in tied if one not in ahead], how
