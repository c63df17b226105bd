"""Consent: a proposal is adopted when nobody who takes part has an objection left.

Yes is consent, no an objection that nobody has resolved, abstaining is standing aside, which is not
in the way. An objection that was resolved is counted as what its ballot says now.
Source: G. Endenburg, Sociocracy: The Organization of Decision-Making (1998), the consent principle.
"""

from fractions import Fraction

from voting.counting.majority import checked_electorate, tally_of
from voting.counting.outcome import Outcome, Round, exact
from voting.counting.profiles import Choice, ChoiceProfile


def count_consent(
    profile: ChoiceProfile,
    *,
    quorum: Fraction = Fraction(0),
    least_ballots: int = 0,
    electorate: int | None = None,
) -> Outcome:
    """Count every proposal; the winners are those adopted, in the order of the profile.

    quorum: share of the electorate that must take part, 0 to 1; standing aside takes part.
    least_ballots: how many there must be whatever the share.
    electorate: how many could have taken part; None: those who did. If all stand aside nobody
    consents, and the proposal is not adopted.
    Raises ValueError: a share outside 0 to 1, least_ballots below 0, or more ballots than electors.
    """
    if least_ballots < 0:
        raise ValueError("the least number of ballots must not be negative")
    electors = checked_electorate(profile, quorum, electorate)
    rounds: list[Round] = []
    winners: list[int] = []
    for motion, name in enumerate(profile.options):
        tally = tally_of(profile, motion)
        ballots = profile.ballot_count
        quorate = ballots >= quorum * electors and ballots >= least_ballots
        failed_by = _failed_by(tally, quorate=quorate)
        if failed_by is None:
            winners.append(motion)
        rounds.append(
            {
                "motion": name,
                "consent": tally[Choice.YES],
                "objections": tally[Choice.NO],
                "stand_aside": tally[Choice.ABSTAIN],
                "electorate": electors,
                "quorum": exact(quorum),
                "least_ballots": least_ballots,
                "quorum_reached": quorate,
                "passed": failed_by is None,
                "failed_by": failed_by,
            }
        )
    return Outcome("consent", profile.ballot_count, tuple(winners), None, tuple(rounds))


def _failed_by(tally: dict[Choice, int], *, quorate: bool) -> str | None:
    if not quorate:
        return "quorum"
    if tally[Choice.NO]:
        return "objections"
    return None if tally[Choice.YES] else "nobody consents"
