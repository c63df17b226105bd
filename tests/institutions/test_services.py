from datetime import datetime

import pytest
from sqlmodel import Session, select

from audit.models import AuditEntry
from core.errors import NotAllowed
from institutions import services
from institutions.models import Institution, InstitutionKind
from institutions.services import InstitutionFacts
from tests.builders import make_contact, make_guild, make_user

COUNCIL = InstitutionFacts("Sleep Council", InstitutionKind.AGENCY, "Metropolis-9", None)


def test_a_member_of_a_guild_adds_an_institution_once(db: Session, now: datetime) -> None:
    alice = make_user(db)
    make_guild(db, admins=[alice])
    added, is_new = services.add_institution(db, COUNCIL, actor=alice, now=now)
    again, is_new_again = services.add_institution(db, COUNCIL, actor=alice, now=now)
    assert (is_new, is_new_again) == (True, False)
    assert added.id == again.id
    assert added.added_by == alice.id
    db.commit()
    entries = db.exec(select(AuditEntry)).all()
    assert [entry.action for entry in entries] == ["institutions.added"]


def test_who_belongs_to_no_guild_adds_none(db: Session, now: datetime) -> None:
    charlie = make_user(db, "charlie")
    with pytest.raises(NotAllowed):
        services.add_institution(db, COUNCIL, actor=charlie, now=now)
    assert db.exec(select(Institution)).all() == []


def test_a_person_takes_along_what_they_entered_and_nobodys_address(
    db: Session, now: datetime
) -> None:
    alice, bob = make_user(db), make_user(db, "bob")
    make_guild(db, admins=[alice])
    council, _ = services.add_institution(db, COUNCIL, actor=alice, now=now)
    make_contact(db, council, added_by=alice)
    section, data = services.export_of_user(alice, db=db)
    assert section == "institutions"
    assert [one["name"] for one in data["added"]] == ["Sleep Council"]
    assert [one["institution"] for one in data["contacts_entered"]] == ["Sleep Council"]
    assert "clerk" not in str(data).lower()
    assert services.export_of_user(bob, db=db)[1] == {"added": [], "contacts_entered": []}
