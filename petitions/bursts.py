"""What the desk of a petition shows: signatures by hour, mail domain and network; its sweeps."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, select

from core.database import table_of
from core.paging import Place
from core.vault import Vault
from petitions.models import Hold, Signature, SignatureState, Sweep
from petitions.signing import domain_hash

#: rows of a table of bursts
SHOWN = 12
#: fewer from one place are nobody's business
LEAST = 5
SWEEPS_SHOWN = 30
#: mail providers so large that their names tell of nobody; other domains are marks without name
LARGE_PROVIDERS = (
    "gmail.com", "outlook.com", "hotmail.com", "hotmail.co.uk", "hotmail.fr", "live.com", "msn.com",
    "yahoo.com", "yahoo.co.uk", "yahoo.fr", "icloud.com", "aol.com", "proton.me", "protonmail.com",
    "gmx.de", "gmx.net", "web.de", "t-online.de", "orange.fr", "free.fr", "laposte.net",
    "libero.it", "mail.ru", "yandex.ru", "qq.com", "163.com", "btinternet.com", "sky.com",
    "sapo.pt",
)  # fmt: skip

_signature = table_of(Signature)


class Burst(NamedTuple):
    """Signatures that have something in common; those confirmed and held are among `total`."""

    mark: str
    total: int
    confirmed: int
    held: int


def _numbers() -> list[Any]:
    held = sa.func.count().filter(_signature.c.hold != Hold.NONE)
    return [sa.func.count(), _confirmed(), held]


def _confirmed() -> sa.ColumnElement[int]:
    return sa.func.count().filter(_signature.c.state == SignatureState.CONFIRMED)


def _within(petition_id: UUID, since: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    column = _signature.c
    return (
        column.petition_id == petition_id,
        column.signed_at >= since,
        column.state != SignatureState.WITHDRAWN,
    )


def whole(db: Session, petition_id: UUID, since: datetime) -> Burst:
    """All signatures since then."""
    query = sa.select(sa.literal(""), *_numbers()).where(*_within(petition_id, since))
    return Burst(*db.connection().execute(query).one())


def by_hour(db: Session, petition_id: UUID, since: datetime) -> list[tuple[datetime, Burst]]:
    """The hours of UTC in which most signed, the busiest first."""
    signed = _signature.c.signed_at
    hour: Any = sa.func.substr(sa.type_coerce(signed, sa.String), 1, 13)
    if db.get_bind().dialect.name == "postgresql":
        hour = sa.func.to_char(sa.func.timezone("UTC", signed), "YYYY-MM-DD HH24")
    query = (
        sa.select(hour, *_numbers())
        .where(*_within(petition_id, since))
        .group_by(hour)
        .order_by(sa.func.count().desc(), hour.desc())
        .limit(SHOWN)
    )
    bursts = [Burst(*row) for row in db.connection().execute(query)]
    return [(datetime.fromisoformat(f"{one.mark}:00").replace(tzinfo=UTC), one) for one in bursts]


def by_domain(
    db: Session, petition_id: UUID, since: datetime, known: Collection[str]
) -> list[Burst]:
    """The mail domains most came from. known: marks of providers whose names tell of nobody.

    Of others only those that enough have confirmed from: else whoever types a few invented
    addresses at a small domain reads beside them whether its owner signed.
    """
    large = _signature.c.domain_hash.in_(known)
    return _most(db, _signature.c.domain_hash, petition_id, since, large | (_confirmed() >= LEAST))


def by_network(db: Session, petition_id: UUID, since: datetime) -> list[Burst]:
    """The neighbourhoods of the network most came from."""
    return _most(db, _signature.c.network_hash, petition_id, since, sa.true())


def _most(
    db: Session,
    column: sa.ColumnElement[str],
    petition_id: UUID,
    since: datetime,
    shown: sa.ColumnElement[bool],
) -> list[Burst]:
    query = (
        sa.select(column, *_numbers())
        .where(*_within(petition_id, since), column != "")
        .group_by(column)
        .having(sa.func.count() >= LEAST, shown)
        .order_by(sa.func.count().desc(), column)
        .limit(SHOWN)
    )
    return [Burst(*row) for row in db.connection().execute(query)]


def held(db: Session, petition_id: UUID) -> dict[Hold, int]:
    """How many wait at the desk, and how many it removed, ever."""
    column = _signature.c
    query = (
        sa.select(column.hold, sa.func.count())
        .where(
            column.petition_id == petition_id,
            column.hold != sa.literal_column("'none'"),  # as the index has it
            column.state != SignatureState.WITHDRAWN,
        )
        .group_by(column.hold)
    )
    return {row[0]: row[1] for row in db.connection().execute(query)}


def known_domains(vault: Vault, petition_id: UUID) -> dict[str, str]:
    """Mark -> name, of providers so large that the name tells of nobody."""
    return {domain_hash(vault, petition_id, name): name for name in LARGE_PROVIDERS}


def sweeps(
    db: Session, petition_id: UUID, limit: int = SWEEPS_SHOWN + 1, *, before: Place | None = None
) -> list[Sweep]:
    """What the desk did, the latest first; before: the place of one seen."""
    at, key = table_of(Sweep).c.done_at, table_of(Sweep).c.id
    query = select(Sweep).where(Sweep.petition_id == petition_id)
    if before is not None:
        query = query.where(sa.tuple_(at, key) < before)
    return list(db.exec(query.order_by(at.desc(), key.desc()).limit(limit)))


def get_sweep(db: Session, petition_id: UUID, sweep_id: UUID) -> Sweep | None:
    query = select(Sweep).where(Sweep.id == sweep_id, Sweep.petition_id == petition_id)
    return db.exec(query).first()
