"""Reading what is signed and who signed it, as plain columns: no ORM object is built here."""

from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from core.database import table_of
from core.wire import Wire, wire_of
from institutions.models import Institution
from petitions.models import (
    PUBLIC_STATES,
    Hold,
    Petition,
    PetitionHour,
    PetitionState,
    Signature,
    SignatureState,
)

_petition, _signature = table_of(Petition), table_of(Signature)
_hour, _institution = table_of(PetitionHour), table_of(Institution)


class Target(NamedTuple):
    """What the way to a signature needs to know of a petition."""

    id: UUID
    title: str
    request: str
    state: PetitionState
    closes_on: date
    closed_at: datetime | None
    regions: list[str]
    kept_months: int
    institution_name: str
    #: signatures that began to count in the busier of this hour and the last
    hourly: int


class SignatureLine(NamedTuple):
    """A signature with the petition it stands under."""

    id: UUID
    petition_id: UUID
    state: SignatureState
    hold: Hold
    name: str
    name_is_public: bool
    name_is_handed_over: bool
    wants_updates: bool
    title: str
    petition_state: PetitionState
    closes_on: date
    closed_at: datetime | None
    kept_months: int
    forgotten_at: datetime | None


def get_target(line: Wire, petition_id: UUID, now: datetime) -> Target | None:
    """A public petition; one statement."""
    values = {"petition": petition_id, "since": now - timedelta(hours=2)}
    rows = line.run(_target(), values)
    target = Target(*rows[0]) if rows else None
    return target if target and target.state in PUBLIC_STATES else None


@cache
def _target() -> sa.Select[Any]:
    wanted = sa.bindparam("petition", type_=sa.Uuid())
    lately = sa.select(sa.func.coalesce(sa.func.max(_hour.c.step), 0)).where(
        _hour.c.petition_id == wanted,
        _hour.c.hour > sa.bindparam("since", type_=_hour.c.hour.type),
    )
    own = (_petition.c[name] for name in Target._fields[:8])
    return (
        sa.select(*own, _institution.c.name, lately.scalar_subquery())
        .join(_institution, _institution.c.id == _petition.c.institution_id)
        .where(_petition.c.id == wanted)
    )


def get_signature(db: Session | Wire, signature_id: UUID) -> SignatureLine | None:
    """A signature as it stands now."""
    rows = wire_of(db).run(_line(), {"signature": signature_id})
    return SignatureLine(*rows[0]) if rows else None


@cache
def _line() -> sa.Select[Any]:
    own = (_signature.c[name] for name in SignatureLine._fields[:8])
    above = ("title", "state", "closes_on", "closed_at", "kept_months", "signatories_forgotten_at")
    return (
        sa.select(*own, *(_petition.c[name] for name in above))
        .join(_petition, _petition.c.id == _signature.c.petition_id)
        .where(_signature.c.id == sa.bindparam("signature", type_=sa.Uuid()))
    )
