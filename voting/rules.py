"""How a guild decides: who may propose, vote, speak and withdraw, and what a count means.

The electorate is taken when voting opens. On one question a ballot is yes, no or abstain;
abstentions take part (quorum), and weigh as the charter says (threshold).
"""

from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from core.templating import count
from guilds.charter import (
    ONE_QUESTION,
    SECRET_LEAST,
    DecisionRule,
    Method,
    ThresholdBase,
)
from guilds.charter_words import METHOD_NAMES, threshold_in_words
from guilds.models import ORGANISING_ROLES, Role
from voting import consenting
from voting.models import (
    OPEN_STATES,
    WRITABLE_STATES,
    FailedBy,
    Proposal,
    ProposalState,
    Tally,
)

NEXT_STATES: dict[ProposalState, frozenset[ProposalState]] = {
    ProposalState.DRAFT: frozenset(
        {ProposalState.SUPPORT, ProposalState.DELIBERATION, ProposalState.EXPIRED}
    ),
    ProposalState.SUPPORT: frozenset(
        {ProposalState.DELIBERATION, ProposalState.NOT_SUPPORTED, ProposalState.WITHDRAWN}
    ),
    ProposalState.DELIBERATION: frozenset(
        {ProposalState.VOTING, ProposalState.WITHDRAWN, ProposalState.EXPIRED}
    ),
    ProposalState.VOTING: frozenset(
        {
            ProposalState.PASSED,
            ProposalState.FAILED,
            ProposalState.TIED,
            ProposalState.WITHDRAWN,
            ProposalState.DELIBERATION,  # another consent round
        }
    ),
    **{
        state: frozenset()
        for state in (
            ProposalState.PASSED,
            ProposalState.FAILED,
            ProposalState.TIED,
            ProposalState.NOT_SUPPORTED,
            ProposalState.WITHDRAWN,
            ProposalState.EXPIRED,
        )
    },
}
#: how long a proposal seeks supporters, and a draft is kept untouched
SUPPORT_LENGTH, DRAFT_LENGTH = timedelta(days=14), timedelta(days=90)
#: how long a box of secret ballots that cannot be opened waits for its key
BOX_WAIT = timedelta(days=3)

#: versions of one text that its author may write, and amendments members may offer
MOST_VERSIONS, MOST_AMENDMENTS = 50, 50
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

#: said of a secret vote with fewer ballots than SECRET_LEAST
DESTROYED = (
    f"With fewer than {SECRET_LEAST} secret ballots the result would tell what each one said, so "
    "they were destroyed uncounted"
)


class Outcome(NamedTuple):
    """What a count means; `failed_by` is None for what passed."""

    state: ProposalState
    failed_by: FailedBy | None


def can_become(state: ProposalState, then: ProposalState) -> bool:
    return then in NEXT_STATES[state]


def can_propose(role: Role | None, rule: DecisionRule) -> bool:
    """Say whether a role reaches the least the charter asks of a proposer; None is a stranger."""
    return role is not None and role.reaches(rule.proposer)


def can_carry_out(role: Role | None) -> bool:
    """Organisers try again what a decision asked for and could not be done."""
    return role in ORGANISING_ROLES


def support_refusal(
    state: ProposalState, until: datetime | None, now: datetime, *, is_author: bool, is_member: bool
) -> str | None:
    """Why a person cannot support a proposal now, in words for that person; None if they can."""
    if state != ProposalState.SUPPORT or until is None or now >= until:
        return "This proposal is not looking for supporters."
    if not is_member:
        return "Only members of the guild support its proposals."
    if is_author:
        return "It is your own proposal: others have to support it."
    return None


def rewriting_refusal(proposal: Proposal) -> str | None:
    """Why the text of a proposal that was put cannot change, in words; None if it can."""
    if proposal.state not in WRITABLE_STATES or proposal.state == ProposalState.DRAFT:
        return "The text froze when voting opened. Nothing was changed."
    if proposal.repeats_subject:
        return consenting.REPEATS
    if proposal.version >= MOST_VERSIONS:
        return f"The text was changed {MOST_VERSIONS - 1} times. Put a new proposal instead."
    return None


def can_retitle(proposal: Proposal) -> bool:
    """A title that tells what passing does stands; only a free one may change."""
    return not proposal.deed and proposal.subject_id is None


def amendable_refusal(proposal: Proposal) -> str | None:
    """Why a proposal cannot be amended now, in words; None if it can.

    While consent is asked it can: taking an amendment in asks everyone again.
    """
    if asks_again_at_once(proposal):
        return None
    if proposal.state not in OPEN_STATES:
        return "This proposal has ended. Nothing was changed."
    return rewriting_refusal(proposal)


def amending_refusal(proposal: Proposal, *, is_author: bool, count: int) -> str | None:
    """Why a member cannot offer another text now, in words; None if they can. count: so far."""
    if is_author:
        return "It is your own proposal: change its text itself."
    if count >= MOST_AMENDMENTS:
        return f"There are {MOST_AMENDMENTS} amendments already. Speak about one of them instead."
    return amendable_refusal(proposal)


def is_asked_again(proposal: Proposal) -> bool:
    """Say whether a change may still come while the guild is asked: it begins another round."""
    return proposal.method == Method.CONSENT and not proposal.repeats_subject


def asks_again_at_once(proposal: Proposal) -> bool:
    """Say whether taking an amendment in now begins another round of consent."""
    return is_asked_again(proposal) and proposal.state == ProposalState.VOTING


def can_move_review(state: ProposalState, role: Role | None, *, is_author: bool) -> bool:
    """The author, a member, and organisers choose when what passed is looked at again."""
    may = role in ORGANISING_ROLES or (role is not None and is_author)
    return state == ProposalState.PASSED and may


def voices_needed(tally: Tally, rule: DecisionRule) -> int:
    """Members that must be for an amendment: as many as must cast a ballot, at least one."""
    return max(1, ballots_needed(tally, rule))


def amendment_carried(for_count: int, against_count: int, needed: int) -> bool:
    """Say whether the members want an amendment, whatever the author says.

    Source: docs/decisions/0205-amendments.md
    """
    return for_count > against_count and for_count >= needed


def vote_refusal(
    state: ProposalState, closes_at: datetime, now: datetime, *, is_elector: bool, is_member: bool
) -> str | None:
    """Why a person cannot cast a ballot now, in words for that person; None if they can.

    Source: docs/decisions/0201-who-may-vote.md
    """
    if state in WRITABLE_STATES:
        return "Voting has not opened yet."
    if state == ProposalState.WITHDRAWN:
        return "This proposal was withdrawn, so there is nothing to vote on."
    if state != ProposalState.VOTING or now >= closes_at:
        return "Voting is closed. Ballots cast before the close are counted."
    if not is_elector:
        return "You were not in the electorate when voting opened, so you have no ballot here."
    if not is_member:
        return "Only members of the guild vote, and you are no longer one."
    return None


def can_comment(state: ProposalState, role: Role | None) -> bool:
    """Members debate until the close."""
    return role is not None and state in OPEN_STATES


def can_withdraw(
    state: ProposalState,
    role: Role | None,
    *,
    is_author: bool,
    ballot_count: int,
    is_secret: bool = False,
) -> bool:
    """The author, a member, until the first ballot: nobody calls off a vote that goes badly.

    A secret vote stands from its opening on: a refusal would tell that somebody has voted.
    """
    if is_secret and state == ProposalState.VOTING:
        return False
    may_end = ProposalState.WITHDRAWN in NEXT_STATES[state]
    return role is not None and is_author and may_end and ballot_count == 0


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


def ballots_needed(tally: Tally, rule: DecisionRule) -> int:
    """The fewest ballots with which a result counts."""
    members = tally.electorate if tally.members is None else tally.members
    return rule.ballots_needed(tally.electorate, members)


def quorum_reached(tally: Tally, rule: DecisionRule) -> bool:
    """Say whether enough of the electorate took part; exactly reaching the share is enough.

    Raises ValueError if more ballots than electors: a bug, not a close vote.
    """
    if tally.ballots > tally.electorate:
        raise ValueError(f"{tally.ballots} ballots of {tally.electorate} electors")
    return tally.ballots >= ballots_needed(tally, rule)


def threshold_base(tally: Tally, rule: DecisionRule) -> int:
    """What the share of yes is a share of."""
    return {
        ThresholdBase.DECIDED: tally.weighing,
        ThresholdBase.BALLOTS: tally.ballots,
        ThresholdBase.ELECTORATE: tally.electorate,
    }[rule.threshold_base]


def yes_needed(base: int, rule: DecisionRule) -> int:
    """The fewest yes among so many that pass; at least one, so silence never does."""
    return rule.yes_needed(base)


def threshold_reached(tally: Tally, rule: DecisionRule) -> bool:
    """Say whether the yes are as many as the rule asks."""
    return tally.yes >= yes_needed(threshold_base(tally, rule), rule)


def outcome(tally: Tally, rule: DecisionRule) -> Outcome:
    """What the final count of a question means; a missed quorum comes first.

    As many yes as no is a tie where one yes more would have passed.
    """
    if not quorum_reached(tally, rule):
        return Outcome(ProposalState.FAILED, FailedBy.QUORUM)
    if threshold_reached(tally, rule):
        return Outcome(ProposalState.PASSED, None)
    half = rule.threshold_base == ThresholdBase.DECIDED and rule.threshold_share * 2 == 1
    if half and tally.yes == tally.no and tally.yes:
        return Outcome(ProposalState.TIED, None)
    return Outcome(ProposalState.FAILED, FailedBy.THRESHOLD)


def consent_outcome(tally: Tally, rule: DecisionRule) -> Outcome:
    """What the final count of a consent round means: yes is consent, no an objection."""
    if not quorum_reached(tally, rule):
        return Outcome(ProposalState.FAILED, FailedBy.QUORUM)
    if tally.no:
        return Outcome(ProposalState.FAILED, FailedBy.OBJECTIONS)
    if not tally.yes:  # all stand aside: nobody wants it
        return Outcome(ProposalState.FAILED, FailedBy.THRESHOLD)
    return Outcome(ProposalState.PASSED, None)


def turnout_is_shown(tally: Tally, rule: DecisionRule) -> bool:
    """Say whether a running turnout may be known: in a secret vote only where many have voted.

    That is from the quorum or half of the electorate on, and never below SECRET_LEAST ballots.
    """
    return not rule.is_secret or tally.ballots >= _turnout_hidden_below(tally, rule)


def _turnout_hidden_below(tally: Tally, rule: DecisionRule) -> int:
    return max(min(ballots_needed(tally, rule), ceil(tally.electorate / 2)), SECRET_LEAST)


def turnout_in_words(tally: Tally, rule: DecisionRule, *, is_open: bool) -> str:
    """Such as "7 of 30 members voted; 10 were needed: quorum missed"."""
    needed = ballots_needed(tally, rule)
    if is_open and not turnout_is_shown(tally, rule):
        least = _turnout_hidden_below(tally, rule)
        return f"The vote is secret: how many voted is not shown before {least:,} have"
    reached = quorum_reached(tally, rule)
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
    base = threshold_base(tally, rule)
    if base == 0:
        return f"{said}; without a yes nothing passes"
    end = "reached" if threshold_reached(tally, rule) else "missed"
    if is_open:
        end = "reached so far" if end == "reached" else "not reached so far"
    needed = yes_needed(base, rule)
    how = threshold_in_words(rule)
    return f"{said}; {how} of {base:,} is {needed:,} or more: threshold {end}"


def result_in_words(proposal: Proposal) -> list[str]:
    """A decision with every number: turnout, then what the method and the charter's rule say."""
    tally, rule = proposal.tally, proposal.decision_rule
    if proposal.failed_by == FailedBy.BOX:
        return [proposal.box_fault.removesuffix("."), "So nothing was counted, and nothing decided"]
    if rule.is_secret and tally.ballots < SECRET_LEAST:
        return [turnout_in_words(tally, rule, is_open=False), DESTROYED]
    if proposal.method not in ONE_QUESTION:
        tally = tally._replace(yes=0, no=0, abstain=proposal.ballot_count)
        return [*_turnout_with_represented(proposal, tally), *_winners_in_words(proposal)]
    sentences = _turnout_with_represented(proposal, tally)
    if proposal.failed_by == FailedBy.QUORUM:
        said = f"{tally.yes:,} yes, {tally.no:,} no, {tally.abstain:,} abstained"
        if proposal.method == Method.CONSENT:
            said = consenting.tally_in_words(tally)
        sentences.append(f"{said}; without the quorum they decide nothing")
    elif proposal.method == Method.CONSENT:
        sentences += consenting.result_in_words(tally, proposal.state, proposal.round)
    else:
        sentences.append(threshold_in_numbers(tally, rule, is_open=False))
        if tally.abstain:
            sentences.append(_abstained(tally.abstain, rule))
    return sentences


def numbers_for_everyone(proposal: Proposal) -> str:
    """How a guild decided, for outsiders too: the sentences of an open vote, joined by "; "."""
    if proposal.decision_rule.is_secret:
        return "by secret ballot"
    return "; ".join(result_in_words(proposal))


def _turnout_with_represented(proposal: Proposal, tally: Tally) -> list[str]:
    """The turnout at the close, and how many of it did not vote themselves."""
    said = [turnout_in_words(tally, proposal.decision_rule, is_open=False)]
    if proposal.represented_count:
        said.append(f"{proposal.represented_count:,} of them let others vote for them")
    return said


def _winners_in_words(proposal: Proposal) -> list[str]:
    winners = list((proposal.result or {}).get("winners", []))
    if proposal.failed_by == FailedBy.QUORUM:
        return ["Without the quorum the ballots decide nothing"]
    if not winners or proposal.state != ProposalState.PASSED:
        return ["No option has the support it needs"]
    done = {"elect": "Elected", "spend": "Paid for"}.get(proposal.kind, "Chosen")
    return [f"{done} by {METHOD_NAMES[proposal.method]}: {', '.join(winners)}"]


def _abstained(number: int, rule: DecisionRule) -> str:
    if rule.threshold_base == ThresholdBase.DECIDED:
        return f"{number:,} abstained: that takes part, and weighs neither way"
    return f"{number:,} abstained: under this charter that weighs like a no"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"
