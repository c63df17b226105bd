"""Counting a proposal's ballots: by its method, under its rule, ties by the box's own root hash."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from guilds.charter import ONE_QUESTION, DecisionRule, Method
from voting import verdicts
from voting.counting.methods import get_method
from voting.counting.options import read_options
from voting.counting.outcome import Outcome
from voting.counting.ties import TieBreak
from voting.marks import BALLOT_SETTINGS, SCORED, Paper, Profile, Stack, profile_of
from voting.models import Choice, FailedBy, Proposal, ProposalState, Tally

#: what lies in a box: marks -> electors they speak for, or stacks of very many ballots
Cast: TypeAlias = Mapping[str, int] | Sequence[Stack]


def tally_of(cast: Cast, proposal: Proposal) -> Tally:
    """The count of a question; of any other method all ballots stand under `abstain`."""
    electors, members = proposal.electorate_count or 0, proposal.member_count
    if not isinstance(cast, Mapping):
        total = sum(stack.weight * stack.number for stack in cast)
        return Tally(0, 0, total, electors, members)
    if proposal.method in ONE_QUESTION:
        yes, no, abstain = (cast.get(choice, 0) for choice in Choice)
        return Tally(yes, no, abstain, electors, members)
    return Tally(0, 0, sum(cast.values()), electors, members)


def count(
    proposal: Proposal, paper: Paper, cast: Cast, *, root: bytes
) -> tuple[verdicts.Outcome, Outcome]:
    """What the ballots mean under the charter, and the count with every round.

    root: the box's root hash.
    """
    tally, rule = tally_of(cast, proposal), proposal.decision_rule
    counts = run(proposal.method, paper, cast, proposal=proposal, tally=tally, root=root)
    if proposal.method == Method.MAJORITY:
        return verdicts.outcome(tally, rule), counts
    if proposal.method == Method.CONSENT:
        return verdicts.consent_outcome(tally, rule), counts
    if not verdicts.quorum_reached(tally, rule):
        return verdicts.Outcome(ProposalState.FAILED, FailedBy.QUORUM), counts
    if not counts.winners:
        return verdicts.Outcome(ProposalState.FAILED, FailedBy.THRESHOLD), counts
    return verdicts.Outcome(ProposalState.PASSED, None), counts


def run(
    method: Method,
    paper: Paper,
    cast: Cast,
    *,
    proposal: Proposal,
    tally: Tally,
    root: bytes,
) -> Outcome:
    """The bare count by the method, with the options the charter and the proposal give it."""
    profile = _profile(method, paper, cast, proposal.settings)
    counting = get_method(method.value)
    options = read_options(count_options(proposal, tally), counting.options)
    return counting.run(profile, seats=proposal.seats, options=options, ties=TieBreak(root))


def _profile(method: Method, paper: Paper, cast: Cast, settings: Mapping[str, str]) -> Profile:
    if isinstance(cast, Mapping):
        return profile_of(method, paper, cast, settings=settings)
    from voting.fastcount import fast_profile  # brings numpy, 25 MiB that nobody else needs

    return fast_profile(method, paper, cast, settings=settings)


def count_options(proposal: Proposal, tally: Tally) -> dict[str, str]:
    """The options of the count as text, as in a bundle's "rules" and on the command line."""
    told = {name: value for name, value in proposal.settings.items() if name not in BALLOT_SETTINGS}
    if proposal.method in SCORED:
        told |= {name: proposal.settings[name] for name in _range_options(proposal)}
    if proposal.method in ONE_QUESTION:
        told |= question_options(proposal.decision_rule, tally, proposal.method)
    return told


def _range_options(proposal: Proposal) -> Sequence[str]:
    known = get_method(proposal.method.value).options
    return [name for name in ("lowest", "highest") if name in known and name in proposal.settings]


def question_options(rule: DecisionRule, tally: Tally, method: Method) -> dict[str, str]:
    """The charter's quorum and threshold in the count's own words.

    Every quorum becomes the number of ballots that it asks for, which may be more than there are
    electors: then nothing is decided.
    """
    needed = verdicts.ballots_needed(tally, rule)
    told = {"least-ballots": str(needed), "electorate": str(tally.electorate)}
    if method == Method.MAJORITY:
        told |= {
            "threshold": str(rule.threshold_share),
            "reach": "more-than" if rule.threshold_exceeded else "at-least",
            "base": rule.threshold_base.value,
        }
    return told
