"""What a count means: quorum and threshold, the outcome, all of it in sentences.

On one question a ballot is yes, no or abstain; abstentions take part (quorum), and weigh as the
charter says (threshold).
"""

from math import ceil
from typing import NamedTuple

from core.templating import count
from guilds.charter import ONE_QUESTION, SECRET_LEAST, DecisionRule, Method, ThresholdBase
from guilds.charter_words import METHOD_NAMES, electorate_in_words, threshold_in_words
from voting import consenting
from voting.explaining.parts import listed
from voting.models import FailedBy, Proposal, ProposalState, Tally

#: said of a secret vote with fewer ballots than SECRET_LEAST
DESTROYED = (
    f"With fewer than {SECRET_LEAST} secret ballots the result would tell what each one said, so "
    "they were destroyed uncounted"
)
#: options that a line of a list names; the rest are a number
MOST_NAMED = 4


class Outcome(NamedTuple):
    """What a count means; `failed_by` is None for what passed."""

    state: ProposalState
    failed_by: FailedBy | None


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


def never_counts(tally: Tally, rule: DecisionRule) -> str | None:
    """Why no turnout could be enough while a vote is open, in a sentence; None if one could."""
    needed = ballots_needed(tally, rule)
    if not tally.electorate:
        return _nobody(rule, is_open=True)
    if needed <= tally.electorate:
        return None
    why = ", as ballots are secret" if needed == SECRET_LEAST and rule.is_secret else ""
    return f"It cannot count: {needed:,} would have to vote{why}, and only {tally.electorate:,} may"


def _nobody(rule: DecisionRule, *, is_open: bool) -> str:
    can = "can" if is_open else "could"
    return f"Nobody {can} vote: when voting opened, {electorate_in_words(rule)} were none"


def turnout_in_words(tally: Tally, rule: DecisionRule, *, is_open: bool) -> str:
    """Such as "7 of 30 members voted; 10 were needed: quorum missed"."""
    needed = ballots_needed(tally, rule)
    if not tally.electorate:
        return _nobody(rule, is_open=is_open)
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


def outcome_word(proposal: Proposal) -> str:
    """A decision in a word or two: a question passes, a choice among options is decided."""
    if proposal.state == ProposalState.TIED:
        return "tied"
    asks_one = proposal.method in ONE_QUESTION
    if proposal.state == ProposalState.PASSED:
        return "passed" if asks_one else "decided"
    return "not passed" if asks_one else "nothing chosen"


def outcome_pill(proposal: Proposal) -> tuple[str, str]:
    """Word and tone of a decision; what was not carried out says so."""
    word = outcome_word(proposal).capitalize()
    if proposal.state != ProposalState.PASSED:
        return word, "bad"
    return (word, "good") if proposal.carried_out_at else (f"{word}, not carried out", "warn")


def chosen_in_words(proposal: Proposal) -> str:
    """What a choice among options came to, where a line has room: "Ash", "Ash, Elm and 3 more"."""
    winners = winners_of(proposal)
    if len(winners) <= MOST_NAMED:
        return listed(winners)
    return listed([*winners[: MOST_NAMED - 1], f"{len(winners) - MOST_NAMED + 1:,} more"])


def winners_of(proposal: Proposal) -> list[str]:
    """The options that were chosen, in order of election; empty of a question."""
    if proposal.state != ProposalState.PASSED or proposal.method in ONE_QUESTION:
        return []
    return list((proposal.result or {}).get("winners", []))


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
    winners = winners_of(proposal)
    if proposal.failed_by == FailedBy.QUORUM:
        return ["Without the quorum the ballots decide nothing"]
    if not winners:
        return ["No option has the support it needs"]
    done = {"elect": "Elected", "spend": "Paid for"}.get(proposal.kind, "Chosen")
    return [f"{done} by {METHOD_NAMES[proposal.method]}: {', '.join(winners)}"]


def abstaining(rule: DecisionRule) -> str:
    """What it means to abstain from a question, for who is about to."""
    quorum = "Takes part for the quorum"
    match rule.threshold_base:
        case ThresholdBase.DECIDED:
            return f"{quorum}, and weighs neither way."
        case ThresholdBase.BALLOTS:
            why = "it asks for a share of all ballots, abstentions too"
        case ThresholdBase.ELECTORATE:
            why = "it asks for a share of all who may vote, whether they do or not"
    return f"{quorum}, and weighs like a no under this charter: {why}."


def _abstained(number: int, rule: DecisionRule) -> str:
    if rule.threshold_base == ThresholdBase.DECIDED:
        return f"{number:,} abstained: that takes part, and weighs neither way"
    return f"{number:,} abstained: under this charter that weighs like a no"


def _have(number: int) -> str:
    return "has" if number == 1 else "have"
