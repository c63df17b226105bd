"""How a guild decides: who may propose, vote, speak and withdraw, and what a count means.

The electorate is everyone who was a member when voting opened. A ballot is yes, no or abstain;
abstentions take part (quorum) but do not weigh in (threshold).
"""

from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from core.templating import count
from guilds.charter import DecisionRule, threshold_in_words
from guilds.models import Role
from voting.models import OPEN_STATES, FailedBy, ProposalState, Tally

NEXT_STATES: dict[ProposalState, frozenset[ProposalState]] = {
    ProposalState.DELIBERATION: frozenset({ProposalState.VOTING, ProposalState.WITHDRAWN}),
    ProposalState.VOTING: frozenset(
        {ProposalState.PASSED, ProposalState.FAILED, ProposalState.WITHDRAWN}
    ),
    ProposalState.PASSED: frozenset(),
    ProposalState.FAILED: frozenset(),
    ProposalState.WITHDRAWN: frozenset(),
}

#: a clock that comes this late does not move the close
LATENESS_BORNE = timedelta(minutes=1)
REMINDER_LEAD = timedelta(hours=24)
#: of a short vote, the reminder comes when this share of it is left
REMINDER_SHARE = 4

_LENGTHS = tuple(
    [timedelta(minutes=m) for m in (5, 15, 30)]
    + [timedelta(hours=h) for h in (1, 3, 6, 12)]
    + [timedelta(days=d) for d in (1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60)]
)


class Outcome(NamedTuple):
    """What a count means; `failed_by` is None for what passed."""

    state: ProposalState
    failed_by: FailedBy | None


def can_become(state: ProposalState, then: ProposalState) -> bool:
    return then in NEXT_STATES[state]


def can_propose(role: Role | None, rule: DecisionRule) -> bool:
    """Say whether a role reaches the least the charter asks of a proposer; None is a stranger."""
    ranks = [Role.MEMBER, Role.ORGANISER, Role.ADMIN]
    return role is not None and ranks.index(role) >= ranks.index(rule.proposer)


def vote_refusal(
    state: ProposalState, closes_at: datetime, now: datetime, *, is_elector: bool, is_member: bool
) -> str | None:
    """Why a person cannot cast a ballot now, in words for that person; None if they can.

    Source: docs/decisions/0201-who-may-vote.md
    """
    if state == ProposalState.DELIBERATION:
        return "Voting has not opened yet."
    if state == ProposalState.WITHDRAWN:
        return "This proposal was withdrawn, so there is nothing to vote on."
    if state != ProposalState.VOTING or now >= closes_at:
        return "Voting is closed. Ballots cast before the close are counted."
    if not is_elector:
        return "You joined after voting opened, so this one is decided without your ballot."
    if not is_member:
        return "Only members of the guild vote, and you are no longer one."
    return None


def can_vote(
    state: ProposalState, closes_at: datetime, now: datetime, *, is_elector: bool, is_member: bool
) -> bool:
    """Say whether a person may cast or change a ballot at this instant."""
    return vote_refusal(state, closes_at, now, is_elector=is_elector, is_member=is_member) is None


def can_comment(state: ProposalState, role: Role | None) -> bool:
    """Members debate until the close."""
    return role is not None and state in OPEN_STATES


def can_withdraw(
    state: ProposalState, role: Role | None, *, is_author: bool, ballot_count: int
) -> bool:
    """The author, a member, until the first ballot: nobody calls off a vote that goes badly."""
    return role is not None and is_author and state in OPEN_STATES and ballot_count == 0


def voting_lengths(rule: DecisionRule) -> list[timedelta]:
    """Lengths a proposer is offered, shortest first: round ones within the rule, and its ends."""
    inside = {length for length in _LENGTHS if rule.voting_least <= length <= rule.voting_most}
    return sorted(inside | {rule.voting_least, rule.voting_most})


def closes_at_when_opened(opens_at: datetime, closes_at: datetime, now: datetime) -> datetime:
    """When voting closes if it opens now: the length promised holds though the clock came late."""
    return closes_at if now - opens_at <= LATENESS_BORNE else now + (closes_at - opens_at)


def reminder_at(opens_at: datetime, closes_at: datetime) -> datetime:
    """When those who have not voted are told: a day before the close, or later for a short vote."""
    return closes_at - min(REMINDER_LEAD, (closes_at - opens_at) / REMINDER_SHARE)


def ballots_needed(electorate_count: int, quorum_share: Fraction) -> int:
    """The fewest ballots with which a result counts."""
    return ceil(quorum_share * electorate_count)


def quorum_reached(ballot_count: int, electorate_count: int, quorum_share: Fraction) -> bool:
    """Say whether enough of the electorate took part; exactly reaching the share is enough.

    Raises ValueError if more ballots than electors: a bug, not a close vote.
    """
    if ballot_count > electorate_count:
        raise ValueError(f"{ballot_count} ballots of {electorate_count} electors")
    return ballot_count >= ballots_needed(electorate_count, quorum_share)


def yes_needed(weighing: int, rule: DecisionRule) -> int:
    """The fewest yes among so many yes and no that pass; at least one, so silence never does."""
    share = rule.threshold_share * weighing
    return max(1, floor(share) + 1 if rule.threshold_exceeded else ceil(share))


def threshold_reached(yes_count: int, no_count: int, rule: DecisionRule) -> bool:
    """Say whether the yes among yes and no are as many as the rule asks."""
    return yes_count >= yes_needed(yes_count + no_count, rule)


def outcome(tally: Tally, rule: DecisionRule) -> Outcome:
    """What the final count means. A missed quorum comes first: then the threshold says nothing."""
    if not quorum_reached(tally.ballots, tally.electorate, rule.quorum_share):
        return Outcome(ProposalState.FAILED, FailedBy.QUORUM)
    if not threshold_reached(tally.yes, tally.no, rule):
        return Outcome(ProposalState.FAILED, FailedBy.THRESHOLD)
    return Outcome(ProposalState.PASSED, None)


def turnout_in_words(tally: Tally, rule: DecisionRule, *, is_open: bool) -> str:
    """Such as "7 of 30 members voted; 10 were needed: quorum missed"."""
    needed = ballots_needed(tally.electorate, rule.quorum_share)
    reached = quorum_reached(tally.ballots, tally.electorate, rule.quorum_share)
    members = count(tally.electorate, "member")
    if is_open:
        have, are = _have(tally.ballots), "is" if needed == 1 else "are"
        end = "quorum reached" if reached else "quorum not reached yet"
        return f"{tally.ballots:,} of {members} {have} voted; {needed:,} {are} needed: {end}"
    were = "was" if needed == 1 else "were"
    end = "quorum reached" if reached else "quorum missed"
    return f"{tally.ballots:,} of {members} voted; {needed:,} {were} needed: {end}"


def threshold_in_numbers(tally: Tally, rule: DecisionRule, *, is_open: bool) -> str:
    """Such as "5 yes and 2 no; more than half of 7 is 4 or more: threshold reached"."""
    said = f"{tally.yes:,} yes and {tally.no:,} no"
    if tally.weighing == 0:
        return f"{said}; without a yes nothing passes"
    end = "reached" if threshold_reached(tally.yes, tally.no, rule) else "missed"
    if is_open:
        end = "reached so far" if end == "reached" else "not reached so far"
    needed = yes_needed(tally.weighing, rule)
    how = threshold_in_words(rule)
    return f"{said}; {how} of {tally.weighing:,} is {needed:,} or more: threshold {end}"


def result_in_words(tally: Tally, rule: DecisionRule) -> list[str]:
    """A decision with every number: turnout, threshold if it came to that, abstentions."""
    result = outcome(tally, rule)
    sentences = [turnout_in_words(tally, rule, is_open=False)]
    if result.failed_by == FailedBy.QUORUM:
        sentences.append(
            f"{tally.yes:,} yes, {tally.no:,} no, {tally.abstain:,} abstained; without the quorum "
            "they decide nothing"
        )
    else:
        sentences.append(threshold_in_numbers(tally, rule, is_open=False))
        if tally.abstain:
            sentences.append(
                f"{tally.abstain:,} abstained: that takes part, and weighs neither way"
            )
    return sentences


def _have(number: int) -> str:
    return "has" if number == 1 else "have"
