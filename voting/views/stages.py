"""The way of a proposal: in a word, and as a row of stages, each with its time."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from voting import consenting, verdicts
from voting.models import DECIDED_STATES, OPEN_STATES, Proposal, ProposalState
from voting.views.circle import round_pill

#: state -> (word, tone) of its pill; of what was decided: voting.verdicts
PILLS = {
    ProposalState.DRAFT: ("Draft", "quiet"),
    ProposalState.SUPPORT: ("Seeks supporters", "quiet"),
    ProposalState.DELIBERATION: ("In debate", "quiet"),
    ProposalState.VOTING: ("Voting", "warn"),
    ProposalState.NOT_SUPPORTED: ("Not supported", "bad"),
    ProposalState.WITHDRAWN: ("Withdrawn", "quiet"),
    ProposalState.EXPIRED: ("Expired", "quiet"),
}
ENDED = {
    ProposalState.NOT_SUPPORTED: "Not supported",
    ProposalState.WITHDRAWN: "Withdrawn",
    ProposalState.EXPIRED: "Expired",
}


def pill_of(proposal: Proposal) -> tuple[str, str]:
    """Word and tone of a proposal's pill; what was not carried out says so."""
    if proposal.state in DECIDED_STATES:
        return verdicts.outcome_pill(proposal)
    return round_pill(proposal) or PILLS[proposal.state]


class Stage(NamedTuple):
    """states: those of the proposal in which it is the stage of now."""

    label: str
    at: datetime | None
    states: frozenset[ProposalState]
    note: str = ""


def stages_of(proposal: Proposal) -> list[dict[str, Any]]:
    """Each stage with label, at, note and state ("done", "now" or "todo"), in their order."""
    stages = _way(proposal)
    is_open = proposal.state in OPEN_STATES or proposal.state == ProposalState.DRAFT
    now = next((n for n, stage in enumerate(stages) if proposal.state in stage.states), len(stages))
    return [
        {
            "label": stage.label,
            "at": stage.at,
            "note": stage.note,
            "state": "done" if place < now or not is_open else "now" if place == now else "todo",
        }
        for place, stage in enumerate(stages)
    ]


def _way(proposal: Proposal) -> list[Stage]:
    is_draft, rule = proposal.state == ProposalState.DRAFT, proposal.decision_rule
    was_opened = proposal.electorate_count is not None
    ended = _ended(proposal)
    stages = []
    if is_draft:
        stages.append(Stage("Draft", proposal.put_at, frozenset({ProposalState.DRAFT})))
    if rule.supporters:
        stages.append(
            Stage(
                "Support",
                None if is_draft else proposal.put_at,
                frozenset({ProposalState.SUPPORT}),
            )
        )
    known = None if is_draft or proposal.state == ProposalState.SUPPORT else proposal
    heard_at = known.opens_at - _debate_length(known) if known else None
    in_rounds = consenting.is_by_consent(proposal)
    if rule.deliberation or proposal.round > 1:
        talk = f"Round {proposal.round}: ask and react" if in_rounds else "Debate"
        stages.append(Stage(talk, heard_at, frozenset({ProposalState.DELIBERATION})))
    elif not rule.supporters:
        stages.append(Stage("Put", heard_at, frozenset(), "voting opened at once"))
    if ended is None or was_opened:
        voting = "Consent or object" if in_rounds else "Voting"
        stages.append(
            Stage(voting, known.opens_at if known else None, frozenset({ProposalState.VOTING}))
        )
    if ended and proposal.state == ProposalState.NOT_SUPPORTED:
        stages = stages[:1]
    ends_at = proposal.decided_at or (known.closes_at if known else None)
    stages.append(Stage(ended or "Decision", ends_at, frozenset()))
    if proposal.carried_out_at is not None:
        by = "by the decision itself" if proposal.carried_out_at == proposal.decided_at else ""
        stages.append(Stage("Carried out", proposal.carried_out_at, frozenset(), by))
    return stages


def _ended(proposal: Proposal) -> str | None:
    """How it ended, in a word; None of what goes on."""
    if proposal.state in DECIDED_STATES:
        return verdicts.outcome_word(proposal).capitalize()
    return ENDED.get(proposal.state)


def _debate_length(proposal: Proposal) -> timedelta:
    deliberation = proposal.decision_rule.deliberation
    if proposal.round > 1:
        voting = timedelta(minutes=proposal.voting_minutes)
        deliberation = consenting.talk_length(deliberation, voting)
    return min(deliberation, proposal.opens_at - proposal.put_at)
