"""How a guild decided on its petition, in words for everyone."""

from guilds.charter import Method
from petitions import rules
from voting.models import DECIDED_STATES, Proposal
from voting.verdicts import numbers_for_everyone


def decision_in_words(proposal: Proposal | None) -> str:
    """A sentence with its numbers; "" before it has decided."""
    if proposal is None or proposal.state not in DECIDED_STATES:
        return ""
    if proposal.decision_rule.is_secret or proposal.method == Method.CONSENT:
        return numbers_for_everyone(proposal)
    return rules.decision_in_words(
        proposal.yes_count,
        proposal.no_count,
        proposal.abstain_count,
        proposal.electorate_count or 0,
    )
