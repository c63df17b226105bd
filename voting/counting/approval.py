"""Approval: each voter approves any number of options; the most approved are elected.

Source: S. J. Brams and P. C. Fishburn, Approval Voting (1983); for several seats the rule is called
multi-winner approval (AV) in M. Lackner and P. Skowron, Multi-Winner Voting with Approval
Preferences (2023).
"""

from voting.counting.outcome import Outcome, Round
from voting.counting.pairwise import elect_top
from voting.counting.profiles import ApprovalProfile
from voting.counting.standings import ranking_by
from voting.counting.ties import TieBreak

LISTED = TieBreak()


def count_approval(profile: ApprovalProfile, *, seats: int = 1, ties: TieBreak = LISTED) -> Outcome:
    """Elect the most approved options; the ranking is by approvals.

    Raises ValueError if there is no seat.
    """
    approvals = profile.approvals()
    ranking = ranking_by(approvals)
    winners, broken = elect_top(ranking, seats, (), profile.options, ties)
    table: Round = {
        "approvals": {profile.options[at]: approvals[at] for group in ranking for at in group},
        "elected": [profile.options[winner] for winner in winners],
        "ties": [tie.as_json(profile.options) for tie in broken],
    }
    return Outcome("approval", profile.ballot_count, winners, ranking, (table,), broken)
