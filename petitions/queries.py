"""Reading petitions: open and closed ones are everybody's, the others their guild's alone."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.models import User
from core.paging import Place
from guilds.models import Guild, Role
from guilds.queries import get_role
from institutions.models import Institution
from petitions.models import PUBLIC_STATES, Petition, PetitionState, Signature
from petitions.rules import SIGNATORIES_KEPT, first_name
from voting.models import Proposal

PAGE = 30
NAMES_SHOWN = 12
#: more institutions than a list to choose from can hold are found by their own page
INSTITUTIONS_OFFERED = 500

_signature = sa.inspect(Signature).local_table
_petition = sa.inspect(Petition).local_table


class Shown(NamedTuple):
    """A petition as a viewer meets it; `role`: the viewer's in its guild."""

    petition: Petition
    institution: Institution
    guild: Guild
    proposal: Proposal | None
    role: Role | None

    @property
    def shows_guild(self) -> bool:
        """Strangers find no trace of a guild that is not listed."""
        return self.guild.is_listed or self.role is not None


class Line(NamedTuple):
    """A petition in a list."""

    id: UUID
    title: str
    request: str
    state: PetitionState
    goal: int
    signature_count: int
    drafted_at: datetime
    opened_at: datetime | None
    closes_on: date
    institution_name: str
    #: None if the guild is not listed
    guild_name: str | None


class Counted(NamedTuple):
    """How far a public petition has come."""

    signature_count: int
    goal: int


def get_petition(db: Session, petition_id: UUID, viewer: User | None) -> Shown | None:
    """A petition the viewer may see, with all its page speaks of."""
    query = (
        select(Petition, Institution, Guild, Proposal)
        .join(Institution, col(Institution.id) == Petition.institution_id)
        .join(Guild, col(Guild.id) == Petition.guild_id)
        .join(Proposal, col(Proposal.id) == Petition.proposal_id, isouter=True)
        .where(Petition.id == petition_id)
    )
    row = db.exec(query).first()
    if row is None:
        return None
    petition, institution, guild, proposal = row
    role = get_role(db, guild.id, viewer)
    if role is None and petition.state not in PUBLIC_STATES:
        return None
    return Shown(petition, institution, guild, proposal, role)


def lock_petition(db: Session, petition_id: UUID, *, skip_locked: bool = False) -> Petition | None:
    """The petition as it stands now, held until the end; None if gone or held elsewhere."""
    query = (
        select(Petition)
        .where(Petition.id == petition_id)
        .with_for_update(skip_locked=skip_locked)
        .execution_options(populate_existing=True)
    )
    return db.exec(query).first()


def _lines() -> sa.Select[Any]:
    institution, guild = sa.inspect(Institution).local_table, sa.inspect(Guild).local_table
    own = (_petition.c[name] for name in Line._fields[:9])
    guild_name = sa.case((guild.c.is_listed, guild.c.name)).label("guild_name")
    return (
        sa.select(*own, institution.c.name.label("institution_name"), guild_name)
        .join(institution, institution.c.id == _petition.c.institution_id)
        .join(guild, guild.c.id == _petition.c.guild_id)
    )


def _page(
    db: Session, query: sa.Select[Any], by: sa.ColumnElement[Any], limit: int, before: Place | None
) -> list[Line]:
    if before is not None:
        place = sa.tuple_(sa.literal(before[0], by.type), sa.literal(before[1], sa.Uuid()))
        query = query.where(sa.tuple_(by, _petition.c.id) < place)
    query = query.order_by(by.desc(), _petition.c.id.desc()).limit(limit)
    return [Line(*row) for row in db.connection().execute(query)]


def open_petitions(
    db: Session, limit: int = PAGE + 1, *, before: Place | None = None
) -> list[Line]:
    """Petitions that can be signed, the last opened first; up to `limit`."""
    query = _lines().where(_petition.c.state == PetitionState.OPEN)
    return _page(db, query, _petition.c.opened_at, limit, before)


def petitions_of_guild(
    db: Session,
    guild: Guild,
    role: Role | None,
    limit: int = PAGE + 1,
    *,
    before: Place | None = None,
) -> list[Line]:
    """A guild's petitions, the last drafted first; strangers (role None) see the public ones."""
    query = _lines().where(_petition.c.guild_id == guild.id)
    if role is None:
        query = query.where(_petition.c.state.in_(PUBLIC_STATES))
    return _page(db, query, _petition.c.drafted_at, limit, before)


def shown_names(db: Session, petition_id: UUID) -> list[str]:
    """First names of the latest who confirmed and agreed to be shown, newest first."""
    query = (
        sa.select(_signature.c.name)
        .where(
            _signature.c.petition_id == petition_id,
            _signature.c.name_is_public,
            _signature.c.confirmed_at.is_not(None),
        )
        .order_by(_signature.c.confirmed_at.desc())
        .limit(NAMES_SHOWN)
    )
    return [first_name(name) for name in db.connection().execute(query).scalars() if name]


def get_count(db: Session, petition_id: UUID) -> Counted | None:
    """The counter of a public petition."""
    query = sa.select(_petition.c.signature_count, _petition.c.goal).where(
        _petition.c.id == petition_id, _petition.c.state.in_(PUBLIC_STATES)
    )
    row = db.connection().execute(query).first()
    return Counted(*row) if row else None


def institution_choices(db: Session, chosen: UUID | None = None) -> dict[str, str]:
    """Institutions to choose from, by name: key -> "Name (jurisdiction)"; the chosen one always."""
    query = select(Institution.id, Institution.name, Institution.jurisdiction)
    rows = list(db.exec(query.order_by(Institution.name).limit(INSTITUTIONS_OFFERED)))
    if chosen is not None and chosen not in {row[0] for row in rows}:
        rows += db.exec(query.where(Institution.id == chosen))
    return {str(key): f"{name} ({jurisdiction})" for key, name, jurisdiction in rows}


def due_to_close(db: Session, now: datetime, limit: int) -> list[UUID]:
    """Open petitions whose last day is over, the longest overdue first."""
    query = (
        select(Petition.id)
        .where(Petition.state == PetitionState.OPEN, Petition.closes_on < now.date())
        .order_by(col(Petition.closes_on))
        .limit(limit)
    )
    return list(db.exec(query))


def due_to_forget(db: Session, now: datetime, limit: int) -> list[UUID]:
    """Petitions that closed so long ago that who signed them is nobody's business any more."""
    query = (
        select(Petition.id)
        .where(col(Petition.signatories_forgotten_at).is_(None))
        .where(Petition.state == PetitionState.CLOSED)
        .where(col(Petition.closed_at) < now - SIGNATORIES_KEPT)
        .limit(limit)
    )
    return list(db.exec(query))


def petition_ids(db: Session) -> list[UUID]:
    """Every petition that was ever open, the oldest first: for recounting."""
    query = select(Petition.id).where(col(Petition.state).in_(PUBLIC_STATES))
    return list(db.exec(query.order_by(col(Petition.opened_at))))
