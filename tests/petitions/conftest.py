"""What tests of petitions share."""

from collections.abc import Iterator

import pytest

from petitions import life
from voting.signals import proposal_decided, proposal_withdrawn


@pytest.fixture
def reactions() -> Iterator[None]:
    """Decisions reach petitions, as app.py has it; only while the test runs."""
    with (
        proposal_decided.connected_to(life.reject_if_refused),
        proposal_withdrawn.connected_to(life.return_to_draft),
    ):
        yield
