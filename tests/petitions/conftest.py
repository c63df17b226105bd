"""What tests of petitions share."""

from collections.abc import Callable, Iterator

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from guilds.models import Guild
from institutions.models import Contact, Institution
from petitions import delivery, life
from petitions.delivery_models import Delivery
from petitions.models import Petition
from tests.builders import VAULT, make_contact, make_petition, make_signature
from tests.conftest import Client, Clock
from tests.petitions.closing import HANDED, LATER, close, make_dossier
from voting.signals import proposal_decided, proposal_withdrawn


@pytest.fixture
def reactions() -> Iterator[None]:
    """Decisions reach petitions, as app.py has it; only while the test runs."""
    with (
        proposal_decided.connected_to(life.reject_if_refused),
        proposal_withdrawn.connected_to(life.return_to_draft),
    ):
        yield


@pytest.fixture
def closed_petition(db: Session, guild: Guild, alice: User, clock_at: Clock) -> Petition:
    """Closed, dossier made; Dora's name goes with it and she wishes for news, Emil's does not."""
    petition = make_petition(db, guild, alice)
    make_signature(db, petition, wants_updates=True, name_is_handed_over=True)
    make_signature(db, petition, "emil@example.org", name="Emil Quiet")
    close(db, petition)
    make_dossier(db, petition, now=LATER)
    clock_at(LATER)
    return petition


@pytest.fixture
def contact(db: Session, closed_petition: Petition, alice: User) -> Contact:
    return make_contact(db, db.get_one(Institution, closed_petition.institution_id), added_by=alice)


@pytest.fixture
def link(
    client: Client,
    db: Session,
    closed_petition: Petition,
    contact: Contact,
    alice: User,
    sign_in: Callable[[FlaskClient, User], None],
) -> str:
    """The path of the contact's link, once Alice has handed the petition over by its form."""
    sign_in(client, alice)
    path = f"/petitions/{closed_petition.id}/deliver"
    assert contact.name in client.get(path).text
    answer = client.post(path, data={**HANDED, "contact": str(contact.id)})
    assert answer.location == f"/petitions/{closed_petition.id}#then"
    row = db.exec(select(Delivery)).one()
    db.commit()
    return f"/deliveries/{VAULT.link_token(delivery.LINK, row.id)}"
