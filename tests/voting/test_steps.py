import pytest

from voting.models import Proposal, ProposalState
from voting.steps import move


def test_a_proposal_enters_no_state_that_cannot_follow() -> None:
    proposal = Proposal(state=ProposalState.PASSED)
    with pytest.raises(ValueError, match="passed cannot become voting"):
        move(proposal, ProposalState.VOTING)
    assert proposal.state == ProposalState.PASSED
