"""Reading petitions: open and closed ones are everybody's, the others their guild's alone."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.models import User
from guilds.models import Guild, Role
from guilds.queries import get_role
from institutions.models import Institution
from petitions.models import PUBLIC_STATES, Petition, PetitionState
from voting.models import Proposal

#: more institutions than a list to choose from can hold are found by their own page
INSTITUTIONS_OFFERED = 500


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
    """The petition as it stands now, held until the end; None if gone or held elsewhere.

    Held so that signatures neither wait for it nor it for them: on a record day some are always
    under way, and it would never come to its turn.
    """
    query = (
        select(Petition)
        .where(Petition.id == petition_id)
        .with_for_update(key_share=True, skip_locked=skip_locked)
        .execution_options(populate_existing=True)
    )
    return db.exec(query).first()


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


def petition_ids(db: Session) -> list[UUID]:
    """Every petition that was ever open, the oldest first: for recounting."""
    query = select(Petition.id).where(col(Petition.state).in_(PUBLIC_STATES))
    return list(db.exec(query.order_by(col(Petition.opened_at))))
