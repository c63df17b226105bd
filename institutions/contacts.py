"""Whom to write to at an institution: somebody in office, entered by a member of any guild.

Their address is kept sealed and shown to nobody; who chooses a contact sees its domain, and whether
that is the institution's own.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from sqlmodel import Session, col, func, select

from accounts.models import User
from core.addresses import fold
from core.database import insert_new
from core.errors import NotAllowed, RuleBroken
from core.vault import Vault
from institutions import queries
from institutions.models import Contact, Institution
from institutions.services import note

#: of one institution
CONTACTS_MOST = 20


class Known(NamedTuple):
    """A contact as guild members meet it."""

    id: UUID
    name: str
    domain: str
    #: how the address's domain lies to the institution's website, in words; empty if it has none
    hint: str
    added_by: UUID | None
    added_at: datetime


@dataclass(frozen=True)
class Reachable:
    """What is entered of a contact. Personal data."""

    name: str
    address: str


def contacts(db: Session, institution: Institution, vault: Vault) -> list[Known]:
    """Everyone to write to there, by name; up to CONTACTS_MOST."""
    query = select(Contact).where(Contact.institution_id == institution.id)
    found = db.exec(query.order_by(col(Contact.name), col(Contact.added_at)).limit(CONTACTS_MOST))
    return [_known(contact, institution, vault) for contact in found]


def _known(contact: Contact, institution: Institution, vault: Vault) -> Known:
    domain = vault.unseal(contact.address_sealed).rpartition("@")[2].lower()
    return Known(
        contact.id,
        contact.name,
        domain,
        _hint(domain, institution.website),
        contact.added_by,
        contact.added_at,
    )


def _hint(domain: str, website: str | None) -> str:
    if not website:
        return ""
    return "its own domain" if is_own_domain(domain, website) else "not the domain of its website"


def is_own_domain(domain: str, website: str | None) -> bool:
    """Say whether an address's domain is that of a website: "www." apart, or one below it."""
    host = (urlsplit(website or "").hostname or "").removeprefix("www.")
    return bool(host) and (domain == host or domain.endswith(f".{host}"))


def add_contact(
    db: Session,
    institution: Institution,
    reachable: Reachable,
    *,
    actor: User,
    vault: Vault,
    now: datetime,
) -> bool:
    """Enter somebody; False if their address is there already.

    Raises NotAllowed, or RuleBroken if the institution has more contacts than anybody needs.
    """
    if not queries.can_add(db, actor):
        raise NotAllowed("Only people who belong to a guild enter contacts.")
    mine = select(func.count()).where(Contact.institution_id == institution.id)
    if db.exec(mine).one() >= CONTACTS_MOST:
        raise RuleBroken("This institution has enough contacts. Remove one first.")
    row = {
        "id": uuid4(),
        "institution_id": institution.id,
        "name": reachable.name,
        "address_sealed": vault.seal(reachable.address),
        "address_hash": vault.keyed_hash(f"contact/{institution.id}", fold(reachable.address)),
        "added_by": actor.id,
        "added_at": now,
    }
    if insert_new(db, Contact, [row]) == 0:
        return False
    note(db, "institutions.contact_added", institution, actor=actor, now=now)
    return True


def can_remove(contact: Known | Contact, user: User | None) -> bool:
    """Who entered it, or this place's operators; anybody once that one is gone."""
    if user is None:
        return False
    return contact.added_by in {user.id, None} or user.is_operator


def remove_contact(
    db: Session, institution: Institution, contact: Contact, *, actor: User, now: datetime
) -> None:
    """Forget somebody; what was handed to them stays on record. Raises NotAllowed."""
    if not queries.can_add(db, actor) or not can_remove(contact, actor):
        raise NotAllowed("Only who entered a contact removes it.")
    db.delete(contact)
    note(db, "institutions.contact_removed", institution, actor=actor, now=now)


def choose_procedure(
    db: Session, institution: Institution, key: str, *, actor: User, now: datetime
) -> None:
    """Say by which rules it answers petitions; "" for none that is known. Raises NotAllowed."""
    if not queries.can_add(db, actor):
        raise NotAllowed("Only people who belong to a guild say how it answers.")
    institution.procedure = key
    db.add(institution)
    note(db, "institutions.procedure_chosen", institution, actor=actor, now=now)
