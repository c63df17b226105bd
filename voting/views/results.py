"""How a vote was counted, as its page shows it."""

from collections.abc import Sequence
from typing import Any

from guilds.charter import ONE_QUESTION, DecisionRule, Method
from guilds.charter_words import rule_in_words
from voting.explaining.results import explained, is_seeded, ties_in_words
from voting.models import DECIDED_STATES, Proposal, ProposalOption, ProposalState


def explanation_of(proposal: Proposal, options: Sequence[ProposalOption]) -> dict[str, Any] | None:
    """Parts, ties and what the charter asks; None where no count is there to explain."""
    result = proposal.result
    if proposal.state not in DECIDED_STATES or result is None:
        return None
    if proposal.state != ProposalState.PASSED:  # what the method names was not chosen
        result = {**result, "winners": []}
    names = [option.name for option in options]
    return {
        "parts": explained(result, settings=proposal.settings, seats=proposal.seats, names=names),
        "ties": ties_in_words(result),
        "is_seeded": is_seeded(result),
        "asked": asked_in_words(proposal.decision_rule, proposal.method),
    }


def asked_in_words(rule: DecisionRule, method: Method) -> list[str]:
    """The charter's sentences on quorum and threshold that this count went by."""
    starts = {Method.MAJORITY: "It passes", Method.CONSENT: "By consent"}
    wanted = ("It counts", starts.get(method, "It counts"))
    return [sentence for sentence in rule_in_words(rule) if sentence.startswith(wanted)]


def verdict_of(proposal: Proposal) -> str:
    """The result in a heading."""
    result = proposal.result or {}
    winners: Sequence[str] = result.get("winners", ())
    asks_one = proposal.method in ONE_QUESTION
    if proposal.state == ProposalState.TIED:
        return "As many for as against: it did not pass"
    if proposal.state != ProposalState.PASSED:
        return "It did not pass" if asks_one else "Nothing was chosen"
    if asks_one:
        is_consent = proposal.method == Method.CONSENT
        return "Adopted by consent" if is_consent else "The guild said yes"
    return f"The guild chose {winners[0]}" if len(winners) == 1 else "The guild chose"
