"""Yes, no or abstain: a motion passes if enough took part and enough of them said yes.

Each motion of the profile is counted by itself. Abstentions take part (quorum); whether they weigh
against the motion is a named option, as charters differ.
Source: guilds.charter.DecisionRule, whose words these are.
"""

from enum import StrEnum
from fractions import Fraction

from voting.counting.outcome import Outcome, Round, exact
from voting.counting.profiles import Choice, ChoiceProfile


class Base(StrEnum):
    """What the share of yes is a share of."""

    DECIDED = "yes-and-no"
    BALLOTS = "ballots"
    ELECTORATE = "electorate"


class Reach(StrEnum):
    """Whether the threshold must be exceeded, or reaching it is enough."""

    MORE_THAN = "more-than"
    AT_LEAST = "at-least"


def count_majority(
    profile: ChoiceProfile,
    *,
    threshold: Fraction = Fraction(1, 2),
    reach: Reach = Reach.MORE_THAN,
    base: Base = Base.DECIDED,
    quorum: Fraction = Fraction(0),
    least_ballots: int = 0,
    electorate: int | None = None,
) -> Outcome:
    """Count every motion; the winners are those that pass, in the order of the profile.

    threshold: 0 to 1 of the base. quorum: 0 to 1 of the electorate; exactly reaching it is enough.
    least_ballots: how many there must be whatever the share. electorate: how many could have voted;
    None: those who did. A motion without any yes never passes.
    Raises ValueError: a share outside 0 to 1, least_ballots below 0, or more ballots than electors.
    """
    if not 0 <= threshold <= 1:
        raise ValueError("the threshold must be a share from 0 to 1")
    if least_ballots < 0:
        raise ValueError("the least number of ballots must not be negative")
    electors = checked_electorate(profile, quorum, electorate)
    rounds: list[Round] = []
    winners: list[int] = []
    for motion, name in enumerate(profile.options):
        tally = tally_of(profile, motion)
        yes, no, ballots = tally[Choice.YES], tally[Choice.NO], profile.ballot_count
        of = {Base.DECIDED: yes + no, Base.BALLOTS: ballots, Base.ELECTORATE: electors}[base]
        enough = yes > threshold * of if reach == Reach.MORE_THAN else yes >= threshold * of
        quorate = ballots >= quorum * electors and ballots >= least_ballots
        passed = quorate and enough and yes > 0
        if passed:
            winners.append(motion)
        rounds.append(
            {
                "motion": name,
                **{choice.value: count for choice, count in tally.items()},
                "electorate": electors,
                "quorum": exact(quorum),
                "least_ballots": least_ballots,
                "quorum_reached": quorate,
                "threshold": exact(threshold),
                "reach": reach.value,
                "base": base.value,
                "yes_share": exact(Fraction(yes, of)) if of else None,
                "passed": passed,
                "failed_by": None if passed else "threshold" if quorate else "quorum",
            }
        )
    return Outcome("majority", profile.ballot_count, tuple(winners), None, tuple(rounds))


def checked_electorate(profile: ChoiceProfile, quorum: Fraction, electorate: int | None) -> int:
    """Return how many could have voted. Raises ValueError as count_majority does."""
    if not 0 <= quorum <= 1:
        raise ValueError("the quorum must be a share from 0 to 1")
    if electorate is None:
        return profile.ballot_count
    if profile.ballot_count > electorate:
        raise ValueError("there are more ballots than electors")
    return electorate


def tally_of(profile: ChoiceProfile, motion: int) -> dict[Choice, int]:
    """Return how many ballots say what to one motion; every choice is there."""
    tally = dict.fromkeys(Choice, 0)
    for ballot, count in profile.ballots.items():
        tally[ballot[motion]] += count
    return tally
