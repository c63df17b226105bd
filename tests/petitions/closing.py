"""Petitions at their end, for tests of what comes after."""

from datetime import datetime, timedelta
from typing import Any

from flask.testing import FlaskClient
from jinja2 import Environment, FileSystemLoader
from sqlmodel import Session

from accounts.models import User
from core.templating import ROOT, count
from guilds.models import Guild
from petitions import counter, dossier
from petitions.models import Petition, PetitionState
from tests.builders import NOW, VAULT, make_vote
from tests.voting.test_deeds import close_with_yes
from voting.models import Proposal
from voting.signing import PURPOSE, Signer

SIGNER = Signer(VAULT.derive(PURPOSE))
#: when a petition that closed at NOW has its dossier
LATER = NOW + timedelta(days=2)
#: what a person types to hand it over then
HANDED = {
    "way": "email",
    "received_by": "Clerk of petitions",
    "delivered_on": LATER.date().isoformat(),
    "proof": "",
    "answer_due_on": "2026-04-20",
}
#: what the institution types to answer
ANSWER = {"text": "We **will** look.", "said_by": "Office of the Authority", "source_url": ""}


def stranger(client: FlaskClient) -> FlaskClient:
    """A browser of somebody else."""
    return client.application.test_client()


def means() -> dossier.Means:
    """What dossiers are made with, without any app."""
    pages = Environment(
        loader=FileSystemLoader(ROOT / "templates"), autoescape=True, trim_blocks=True
    )
    pages.globals["count"] = count

    def render(name: str, /, **facts: Any) -> str:
        return pages.get_template(name).render(**facts)

    return dossier.Means(VAULT, SIGNER, render)


def decided_by(db: Session, guild: Guild, voter: User) -> Proposal:
    """A decision of the guild's to which this member alone said yes."""
    proposal = make_vote(db, guild, voter)
    close_with_yes(db, proposal, voter)
    return proposal


def close(db: Session, petition: Petition, *, at: datetime = NOW) -> None:
    """Its last day is over, and all that was signed is counted."""
    petition.state, petition.closed_at = PetitionState.CLOSED, at
    db.add(petition)
    db.flush()
    counter.fold(db, petition.id, now=at)
    db.refresh(petition)


def make_dossier(db: Session, petition: Petition, *, now: datetime) -> None:
    """The dossier as it would be made at `now`. Commits, for it is read beside this session."""
    db.commit()
    assert dossier.make_dossier(db, petition.id, means(), now=now)
    db.commit()
