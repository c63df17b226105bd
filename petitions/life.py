"""The states a petition goes through: every change of one is legal by the rules and on record.

Opened by its guild's decision, closed by the clock, rejected, stopped, or ended with its guild.
Locks are taken downwards: guild, proposal, petition. Writing: petitions.drafting.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

import audit.services
import notifications.services
from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from core.templating import day
from guilds.charter import DecisionKind
from guilds.models import ORGANISING_ROLES, Guild, Membership
from guilds.queries import get_role, user_ids_with_roles
from petitions import queries, rules
from petitions.models import ENDED_STATES, Petition, PetitionState
from petitions.telling import tell_signatories
from petitions.writing_models import CoPetitioner, JoinState
from voting.models import Proposal, ProposalState

CLOSED, STOPPED = "petitions.closed", "petitions.stopped"
GUILD_ENDED = "The guild that ran it was dissolved."


class TooLate(RuleBroken):
    """The petition closes before the guild would have decided."""


def lock(db: Session, petition_id: UUID) -> Petition:
    petition = queries.lock_petition(db, petition_id)
    if petition is None:
        raise RuleBroken("This petition is gone.")
    return petition


def who(db: Session, petition: Petition, actor: User) -> dict[str, Any]:
    """Who the actor is to this petition, as rules ask it."""
    role = get_role(db, petition.guild_id, actor)
    return {"role": role, "is_author": petition.author_id == actor.id}


def move(
    db: Session,
    petition: Petition,
    then: PetitionState,
    action: str,
    *,
    actor: User | None = None,
    now: datetime,
    reason: str = "",
) -> None:
    """Every change of state goes through here: legal by the rules, and on record.

    actor: None: the clock, or a decision. reason: what the record says besides. Raises RuleBroken.
    """
    if not rules.can_become(petition.state, then):
        raise RuleBroken(
            f"This petition is {petition.state.value}; that cannot be done with it now."
        )
    petition.state = then
    db.add(petition)
    db.flush()
    record(db, action, petition, actor=actor, now=now, reason=reason)


def record(
    db: Session,
    action: str,
    petition: Petition,
    *,
    actor: User | None,
    now: datetime,
    reason: str = "",
    about: str = "",
) -> None:
    """Note a deed on a petition in its guild's record. about: what follows its title."""
    audit.services.record(
        db,
        action,
        actor=actor,
        subject=("petition", petition.id),
        guild_id=petition.guild_id,
        now=now,
        summary=f"{petition.title}: {about}" if about else petition.title,
        reason=reason,
    )


def refusal_to_open(db: Session, proposal: Proposal, now: datetime) -> str | None:
    """Check of the mandate: why the petition cannot be opened now, or None."""
    petition = _waiting_for(db, proposal)
    if petition is None:
        return "The petition does not wait for this decision any more."
    if now >= rules.last_moment(petition.closes_on):
        return "The petition's closing day has passed."
    return None


def open_by_mandate(db: Session, proposal: Proposal, now: datetime) -> None:
    """Deed of the mandate: the petition opens in the decision's own transaction."""
    petition = _waiting_for(db, proposal)
    if petition is None:
        raise RuleBroken("The petition does not wait for this decision any more.")
    petition.opened_at = now
    move(db, petition, PetitionState.OPEN, "petitions.opened", now=now)


def words_on_opening(db: Session, proposal: Proposal) -> list[str]:
    """Words of the mandate: what passing does."""
    petition = db.get(Petition, proposal.subject_id) if proposal.subject_id else None
    if petition is None:
        return ["The petition is gone."]
    closes = day(petition.closes_on)
    return [f"The petition “{petition.title}” is open for signature, until {closes}."]


def reject_if_refused(proposal: Proposal, *, db: Session, now: datetime) -> None:
    """Reaction to a decision that did not pass: the petition it was about is rejected."""
    petition = _waiting_for(db, proposal)
    if petition is not None and proposal.state != ProposalState.PASSED:
        move(db, petition, PetitionState.REJECTED, "petitions.rejected", now=now)


def return_to_draft(proposal: Proposal, *, db: Session, now: datetime) -> None:
    """Reaction to a withdrawn proposal: its petition is a draft again."""
    petition = _waiting_for(db, proposal)
    if petition is not None:
        petition.proposal_id = None
        move(db, petition, PetitionState.DRAFT, "petitions.returned", now=now)


def _waiting_for(db: Session, proposal: Proposal) -> Petition | None:
    """The petition that waits for this very proposal, locked; None if there is none."""
    if proposal.kind != DecisionKind.OPEN_PETITION or proposal.subject_id is None:
        return None
    petition = queries.lock_petition(db, proposal.subject_id)
    waits = petition is not None and petition.state == PetitionState.BEFORE_GUILD
    return petition if petition and waits and petition.proposal_id == proposal.id else None


def close_petition(db: Session, petition_id: UUID, *, now: datetime) -> bool:
    """Close a petition whose last day is over, and tell its author and the organisers.

    False if it is not due, closed already, or in another process's hands.
    """
    petition = queries.lock_petition(db, petition_id, skip_locked=True)
    if petition is None or petition.state != PetitionState.OPEN:
        return False
    if now < rules.last_moment(petition.closes_on):
        return False
    petition.closed_at = rules.last_moment(petition.closes_on)
    move(db, petition, PetitionState.CLOSED, "petitions.closed", now=now)
    tell_guild(db, petition, CLOSED, now=now)
    return True


def tell_guild(
    db: Session, petition: Petition, kind: str, *, subject_id: UUID | None = None, now: datetime
) -> None:
    """Tell its author and the organisers. subject_id: what it is about, if not the petition."""
    people = set(user_ids_with_roles(db, petition.guild_id, ORGANISING_ROLES))
    people |= {petition.author_id} if petition.author_id else set()
    notifications.services.owe(
        db, kind, subject_id=subject_id or petition.id, due_at=now, user_ids=sorted(people)
    )


def tell_guilds_behind(
    db: Session, petition: Petition, kind: str, *, subject_id: UUID | None = None, now: datetime
) -> None:
    """Tell organisers of the other guilds whose names stand on it. subject_id: as of tell_guild."""
    query = (
        select(Membership.user_id)
        .join(CoPetitioner, col(CoPetitioner.guild_id) == Membership.guild_id)
        .where(CoPetitioner.petition_id == petition.id, CoPetitioner.state == JoinState.JOINED)
        .where(col(Membership.role).in_(ORGANISING_ROLES))
        .distinct()
    )
    notifications.services.owe(
        db, kind, subject_id=subject_id or petition.id, due_at=now, user_ids=sorted(db.exec(query))
    )


def stop_petition(
    db: Session, petition: Petition, *, actor: User, reason: str, now: datetime
) -> None:
    """End a public petition that was not handed over yet, with a reason for everyone.

    Organisers of its guild and of those behind it, and signatories who wished for news, are told.
    Raises NotAllowed.
    """
    petition = lock(db, petition.id)
    if not rules.can_stop(petition.state, who(db, petition, actor)["role"]):
        raise NotAllowed("Only organisers stop a petition, before it is handed over.")
    _stop(db, petition, actor=actor, reason=reason, now=now)


def _stop(
    db: Session, petition: Petition, *, actor: User | None, reason: str, now: datetime
) -> None:
    petition.closed_at = petition.closed_at or min(now, rules.last_moment(petition.closes_on))
    petition.stopped_reason, petition.settled_at = reason, now
    move(
        db,
        petition,
        PetitionState.STOPPED,
        "petitions.stopped",
        actor=actor,
        now=now,
        reason=reason,
    )
    notifications.services.drop(db, subject_id=petition.id, kinds=[CLOSED])
    tell_guild(db, petition, STOPPED, now=now)
    tell_guilds_behind(db, petition, STOPPED, now=now)
    tell_signatories(db, STOPPED, petition.id, now=now)


def end_petitions_of_guild(guild: Guild, *, db: Session, now: datetime) -> None:
    """Reaction to a guild being dissolved: open petitions stop, the undecided are withdrawn."""
    query = (
        select(Petition)
        .where(Petition.guild_id == guild.id)
        .where(col(Petition.state).not_in(ENDED_STATES | {PetitionState.WITHDRAWN}))
        .order_by(col(Petition.id))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    for petition in db.exec(query).all():
        if petition.state == PetitionState.OPEN:
            _stop(db, petition, actor=None, reason=GUILD_ENDED, now=now)
        else:
            move(db, petition, PetitionState.WITHDRAWN, "petitions.withdrawn", now=now)
