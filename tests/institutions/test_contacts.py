"""Whom to write to: entered by guild members, sealed, removed by who entered them."""

from collections.abc import Callable

import pytest
from sqlmodel import Session, select

from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from guilds.models import Guild
from institutions import contacts
from institutions.models import Contact, Institution
from tests.builders import NOW, VAULT, make_institution
from tests.conftest import Client

SignIn = Callable[[Client, User], None]
CLERK = contacts.Reachable("Clerk of petitions", "clerk@petitions.authority.example")


@pytest.fixture
def authority(db: Session) -> Institution:
    institution = make_institution(db)
    institution.website = "https://www.authority.example/contact"
    db.add(institution)
    db.flush()
    return institution


def add(db: Session, institution: Institution, actor: User, address: str = CLERK.address) -> bool:
    reachable = contacts.Reachable(CLERK.name, address)
    return contacts.add_contact(db, institution, reachable, actor=actor, vault=VAULT, now=NOW)


def test_an_address_is_entered_once_and_kept_sealed(
    db: Session, guild: Guild, bob: User, authority: Institution
) -> None:
    assert add(db, authority, bob)
    assert not add(db, authority, bob, CLERK.address.upper())
    (row,) = db.exec(select(Contact)).all()
    assert "authority" not in row.address_sealed
    (known,) = contacts.contacts(db, authority, VAULT)
    assert (known.domain, known.hint) == ("petitions.authority.example", "its own domain")
    authority.website = "https://elsewhere.example"
    (known,) = contacts.contacts(db, authority, VAULT)
    assert known.hint == "not the domain of its website"
    authority.website = None
    (known,) = contacts.contacts(db, authority, VAULT)
    assert known.hint == "", "there is nothing to hold it against"


@pytest.mark.parametrize(
    ("domain", "website", "own"),
    [
        ("authority.example", "https://www.authority.example/", True),
        ("mail.authority.example", "https://authority.example", True),
        ("notauthority.example", "https://authority.example", False),
        ("authority.example.evil.example", "https://authority.example", False),
        ("authority.example", None, False),
        ("authority.example", "http://", False),
    ],
)
def test_an_address_at_another_domain_is_told_apart(
    domain: str, website: str | None, own: bool
) -> None:
    assert contacts.is_own_domain(domain, website) is own


def test_outsiders_enter_nobody_and_only_who_entered_removes(
    db: Session, guild: Guild, alice: User, bob: User, charlie: User, authority: Institution
) -> None:
    with pytest.raises(NotAllowed):
        add(db, authority, charlie)
    add(db, authority, bob)
    contact = db.exec(select(Contact)).one()
    with pytest.raises(NotAllowed):
        contacts.remove_contact(db, authority, contact, actor=alice, now=NOW)
    contacts.remove_contact(db, authority, contact, actor=bob, now=NOW)
    db.flush()
    assert contacts.contacts(db, authority, VAULT) == []


def test_an_institution_has_so_many_contacts_and_no_more(
    db: Session, guild: Guild, bob: User, authority: Institution
) -> None:
    for number in range(contacts.CONTACTS_MOST):
        assert add(db, authority, bob, f"c{number}@authority.example")
    with pytest.raises(RuleBroken, match="enough contacts"):
        add(db, authority, bob)


def test_the_page_shows_contacts_to_members_and_the_rules_to_everyone(
    client: Client, db: Session, guild: Guild, bob: User, authority: Institution, sign_in: SignIn
) -> None:
    path = f"/institutions/{authority.id}"
    add(db, authority, bob)
    assert CLERK.name not in client.get(path).text
    sign_in(client, bob)
    page = client.get(path).text
    assert "its own domain" in page
    assert CLERK.address not in page
    chosen = client.post(f"{path}/procedure", data={"procedure": "uk-parliament"})
    assert chosen.status_code == 303
    assert client.post(f"{path}/procedure", data={"procedure": "made-up"}).status_code == 422
    stranger = client.application.test_client()
    assert "10,000 signatures: The Government responds, within 21 days" in stranger.get(path).text


def test_a_contact_is_entered_by_its_form_and_a_wrong_address_keeps_what_was_typed(
    client: Client, db: Session, guild: Guild, bob: User, authority: Institution, sign_in: SignIn
) -> None:
    path = f"/institutions/{authority.id}/contacts/new"
    sign_in(client, bob)
    wrong = client.post(path, data={"name": "The clerk", "address": "no address"})
    assert wrong.status_code == 422
    assert "The clerk" in wrong.text
    good = {"name": "The clerk", "address": "clerk@authority.example"}
    assert client.post(f"{path}?next=/guilds", data=good).location == "/guilds"
    assert client.post(path, data=good).status_code == 422, "the same again"
    contact = db.exec(select(Contact)).one()
    gone = client.post(f"/institutions/{authority.id}/contacts/{contact.id}/remove")
    assert gone.status_code == 303
    assert not db.exec(select(Contact)).all()
