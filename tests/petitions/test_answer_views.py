"""The page that the link of a delivery opens, for the institution."""

import pytest
from sqlmodel import Session, select

from accounts.models import User
from audit.models import AuditEntry
from institutions.models import Contact
from petitions import answers
from petitions.models import Petition, PetitionState, Settlement
from tests.conftest import Client
from tests.petitions.closing import ANSWER, LATER, stranger


@pytest.fixture
def petition(closed_petition: Petition) -> Petition:
    return closed_petition


def test_the_link_opens_a_page_and_only_its_button_answers(
    client: Client, db: Session, link: str, petition: Petition
) -> None:
    clerk = stranger(client)
    for _ in range(2):
        page = clerk.get(link)
        assert page.status_code == 200
        assert clerk.head(link).status_code == 200
    assert petition.request in page.text
    assert "2 signatures" in page.text
    assert db.get_one(Petition, petition.id).state == PetitionState.DELIVERED
    db.commit()
    wrong = clerk.post(f"{link}/answer", data={**ANSWER, "said_by": ""})
    assert wrong.status_code == 422
    assert "We **will** look." in wrong.text, "what was typed stays"
    assert clerk.post(f"{link}/answer", data=ANSWER).status_code == 303
    db.refresh(petition)
    assert petition.state == PetitionState.ANSWERED
    assert "Add to your answer" in clerk.get(link).text
    public = clerk.get(f"/petitions/{petition.id}").text
    assert "Office of the Authority" in public
    assert "by the link sent to their contact" in public


def test_the_institution_takes_the_names_until_it_is_settled(
    client: Client, db: Session, link: str, petition: Petition, alice: User
) -> None:
    clerk = stranger(client)
    taken = clerk.post(f"{link}/signatures.csv")
    assert "Dora Dreamer" in taken.text
    assert "Emil" not in taken.text
    recorded = db.exec(select(AuditEntry.action)).all()
    assert "petitions.names_given" in recorded, "for links are passed on"
    answers.settle(
        db, petition, actor=alice, settlement=Settlement.REFUSED, reason="No.", now=LATER
    )
    db.commit()
    assert clerk.post(f"{link}/signatures.csv").status_code == 409
    assert clerk.post(f"{link}/answer", data=ANSWER).status_code == 409
    assert "takes no more answers" in clerk.get(link).text


def test_a_link_of_nobody_leads_nowhere(
    client: Client, db: Session, link: str, contact: Contact
) -> None:
    clerk = stranger(client)
    other = link[:-2] + ("A" if link[-2] != "A" else "B") + link[-1]
    for bad in (other, "/deliveries/x", link[:-5]):
        assert clerk.get(bad).status_code == 404
        assert clerk.post(f"{bad}/answer", data=ANSWER).status_code == 404
    db.delete(contact)
    db.commit()
    assert clerk.get(link).status_code == 404, "who was removed reads no more"
