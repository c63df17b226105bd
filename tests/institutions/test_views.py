from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from audit.models import AuditEntry
from institutions import queries
from institutions.models import Institution, InstitutionKind
from tests.builders import NOW, make_guild, make_user

SignIn = Callable[[FlaskClient, User], None]

pytestmark = pytest.mark.usefixtures("clock_at")

TYPED = {
    "name": "Sleep Council",
    "kind": "agency",
    "jurisdiction": "Metropolis-9",
    "website": "https://council.example/contact",
}


@pytest.fixture
def as_alice(client: FlaskClient, db: Session, sign_in: SignIn) -> FlaskClient:
    """Alice, who belongs to a guild."""
    alice = make_user(db)
    make_guild(db, admins=[alice])
    sign_in(client, alice)
    return client


def make(db: Session, name: str, days: int = 0) -> Institution:
    row = Institution(
        name=name,
        kind=InstitutionKind.COURT,
        jurisdiction="Metropolis-9",
        added_at=NOW - timedelta(days=days),
    )
    db.add(row)
    db.flush()
    return row


def test_everybody_sees_the_list_and_each_institution(client: FlaskClient, db: Session) -> None:
    assert "Institutions will stand here" in client.get("/institutions").text
    row = make(db, "Court of Dreams")
    page = client.get("/institutions")
    assert "Court of Dreams" in page.text
    assert "Add an institution" not in page.text
    detail = client.get(f"/institutions/{row.id}")
    assert detail.status_code == 200
    assert "Metropolis-9" in detail.text
    assert client.get(f"/institutions/{uuid4()}").status_code == 404


def test_the_list_has_pages(
    client: FlaskClient, db: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 1)
    make(db, "Younger", days=1)
    make(db, "Elder", days=2)
    first = client.get("/institutions").text
    assert ("Younger" in first, "Elder" in first) == (True, False)
    place = first.partition("/institutions?before=")[2].partition('"')[0]
    second = client.get(f"/institutions?before={place}").text
    assert ("Younger" in second, "Elder" in second) == (False, True)


def test_a_member_adds_one(as_alice: FlaskClient, db: Session) -> None:
    assert "Add an institution" in as_alice.get("/institutions").text
    assert as_alice.get("/institutions/new").status_code == 200
    answer = as_alice.post("/institutions/new", data=TYPED)
    row = db.exec(select(Institution)).one()
    assert (answer.status_code, answer.location) == (303, f"/institutions/{row.id}")
    page = as_alice.get(answer.location)
    assert (
        'href="https://council.example/contact" rel="noopener noreferrer nofollow ugc"' in page.text
    )


def test_the_same_again_leads_to_the_one_there_is(as_alice: FlaskClient, db: Session) -> None:
    as_alice.post("/institutions/new", data=TYPED)
    row = db.exec(select(Institution)).one()
    answer = as_alice.post("/institutions/new", data=TYPED)
    assert answer.status_code == 422
    assert "This institution is here already." in answer.text
    assert f"/institutions/{row.id}" in answer.text
    elsewhere = as_alice.post("/institutions/new", data={**TYPED, "jurisdiction": "Elsewhere"})
    assert elsewhere.status_code == 303


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 121},
        {"kind": "church"},
        {"jurisdiction": " "},
        {"website": "javascript:alert(1)"},
        {"website": "//council.example"},
        {"website": "council.example"},
        {"website": "https://"},
        {"website": "https://[::1"},
        {"website": "https://me:secret@council.example"},
        {"website": "ftp://council.example"},
        {"website": "https://" + "x" * 300},
    ],
)
def test_what_needs_another_look_is_not_saved(
    as_alice: FlaskClient, db: Session, change: dict[str, str]
) -> None:
    assert as_alice.post("/institutions/new", data={**TYPED, **change}).status_code == 422
    assert db.exec(select(Institution)).all() == []


def test_a_website_may_be_left_out(as_alice: FlaskClient) -> None:
    assert as_alice.post("/institutions/new", data={**TYPED, "website": ""}).status_code == 303


def test_strangers_and_people_without_a_guild_add_none(
    client: FlaskClient, db: Session, sign_in: SignIn
) -> None:
    assert client.get("/institutions/new").status_code == 302
    assert client.post("/institutions/new", data=TYPED).status_code == 403
    sign_in(client, make_user(db, "charlie"))
    assert client.get("/institutions/new").status_code == 403
    assert client.post("/institutions/new", data=TYPED).status_code == 403
    assert db.exec(select(Institution)).all() == []


def test_who_added_it_corrects_what_is_said_of_it_but_not_its_name(
    as_alice: FlaskClient, db: Session, sign_in: SignIn
) -> None:
    as_alice.post("/institutions/new", data=TYPED | {"website": ""})
    row = db.exec(select(Institution)).one()
    here = f"/institutions/{row.id}"
    assert f'href="{here}/edit"' in as_alice.get(here).text
    bad = as_alice.post(f"{here}/edit", data={"kind": "court", "website": "javascript:1"})
    assert (bad.status_code, "javascript:1" in bad.text) == (422, True)
    changed = {"kind": "court", "website": "https://council.example", "name": "Another"}
    assert as_alice.post(f"{here}/edit", data=changed).status_code == 303
    db.refresh(row)
    assert (row.kind, row.website) == (InstitutionKind.COURT, "https://council.example")
    assert row.name == "Sleep Council"
    done = [entry.action for entry in db.exec(select(AuditEntry).order_by(AuditEntry.sequence))]
    assert done[-2:] == ["institutions.added", "institutions.corrected"]
    bob = make_user(db, "bob")
    make_guild(db, admins=[bob], slug="others")
    sign_in(as_alice, bob)
    assert f"{here}/edit" not in as_alice.get(here).text
    assert as_alice.get(f"{here}/edit").status_code == 403
    assert as_alice.post(f"{here}/edit", data=changed).status_code == 403
    bob.is_operator = True
    db.add(bob)
    db.commit()
    assert as_alice.get(f"{here}/edit").status_code == 200
