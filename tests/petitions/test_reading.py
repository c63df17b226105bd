"""The public page in every state."""

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from guilds.models import Guild
from petitions.models import (
    PUBLIC_STATES,
    Milestone,
    PetitionState,
    PetitionUpdate,
)
from tests.builders import NOW, make_petition


@pytest.mark.parametrize("state", sorted(PUBLIC_STATES))
def test_every_state_has_its_page(
    client: FlaskClient, db: Session, guild: Guild, now: Any, state: PetitionState
) -> None:
    petition = make_petition(db, guild, state=state)
    if state != PetitionState.OPEN:
        petition.closed_at = NOW
    petition.signature_count, petition.paper_count = 12, 3
    db.add(petition)
    db.add(Milestone(petition_id=petition.id, threshold=10, meaning="A start", reached_at=NOW))
    db.add(
        PetitionUpdate(
            petition_id=petition.id, title="It goes well", text="", text_html="<p>Well</p>",
            posted_at=NOW,
        )
    )  # fmt: skip
    page = client.get(f"/petitions/{petition.id}").text
    for words in ("12 given here and confirmed, 3 on paper.", "A start", "It goes well"):
        assert words in page
    assert ("Pass it on" in page) == (state == PetitionState.OPEN)
    assert ("Sign this petition" in page) == (state == PetitionState.OPEN)
    assert page.index("We ask <bdi>") < page.index("Who stands behind it")
