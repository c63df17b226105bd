"""A petition's way: drafted, put before its guild, opened by its decision, closed by the clock.

Locks are taken downwards: guild, proposal, petition. Signatures: petitions.signing.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

import notifications.services
import voting.services
from accounts.models import User
from audit.services import record
from core import markdown
from core.errors import NotAllowed, RuleBroken
from core.templating import day
from guilds.charter import Charter, DecisionKind
from guilds.models import ORGANISING_ROLES, Guild
from guilds.queries import get_charter, get_role, user_ids_with_roles
from institutions.models import Institution
from petitions import queries, rules
from petitions.models import ENDED_STATES, Petition, PetitionState
from voting.mandates import Mandate
from voting.models import Proposal, ProposalState
from voting.question import Question

CLOSED = "petitions.closed"


@dataclass(frozen=True)
class Draft:
    """What a person writes: the text, whom it addresses, how many signatures by when."""

    title: str
    request: str
    background: str
    institution_id: UUID
    goal: int
    #: the last day for signatures, in UTC
    closes_on: date


class StaleEdit(RuleBroken):
    """Somebody else changed the draft since the form was opened."""


def draft_petition(
    db: Session, guild: Guild, *, actor: User, draft: Draft, now: datetime
) -> Petition:
    """Begin a petition of a guild. Raises NotAllowed, or RuleBroken for a bad closing day."""
    if not rules.can_draft(get_role(db, guild.id, actor)):
        raise NotAllowed("Only members of the guild draft its petitions.")
    petition = Petition(
        guild_id=guild.id,
        author_id=actor.id,
        state=PetitionState.DRAFT,
        drafted_at=now,
        **_written(draft, now),
    )
    db.add(petition)
    db.flush()
    _record(db, "petitions.drafted", petition, actor=actor, now=now)
    return petition


def edit_petition(
    db: Session, petition: Petition, *, actor: User, draft: Draft, version: int, now: datetime
) -> None:
    """Change a draft; `version` is the one the person saw. Raises StaleEdit if there is a newer."""
    petition = _lock(db, petition.id)
    if not rules.can_edit(petition.state, **_who(db, petition, actor)):
        raise NotAllowed("Only a draft can be changed, by its author or an organiser.")
    if petition.version != version:
        raise StaleEdit("Somebody changed this draft while you were writing. Both texts are below.")
    petition.sqlmodel_update(_written(draft, now))
    petition.version += 1
    db.add(petition)
    _record(db, "petitions.edited", petition, actor=actor, now=now)


def _written(draft: Draft, now: datetime) -> dict[str, Any]:
    refusal = rules.closing_day_refusal(draft.closes_on, now)
    if refusal is not None:
        raise RuleBroken(refusal)
    return {
        "title": draft.title,
        "request": draft.request,
        "background": draft.background,
        "background_html": markdown.render(draft.background),
        "institution_id": draft.institution_id,
        "goal": draft.goal,
        "closes_on": draft.closes_on,
    }


def put_before_guild(
    db: Session, petition: Petition, *, actor: User, voting_length: Any, now: datetime
) -> Proposal:
    """Ask the guild to open the petition, under the charter's rule for that.

    voting_length: a timedelta among those the rule allows. Raises NotAllowed, or RuleBroken if the
    petition would close before the guild has decided.
    """
    guild, charter = db.get_one(Guild, petition.guild_id), get_charter(db, petition.guild_id)
    rule = Charter.model_validate(charter.rules).rules[DecisionKind.OPEN_PETITION]
    if not rules.can_put_before_guild(petition.state, rule=rule, **_who(db, petition, actor)):
        raise NotAllowed("The charter does not let you put this petition before the guild.")
    decided_at = now + rule.deliberation + voting_length
    if decided_at >= rules.last_moment(petition.closes_on):
        raise RuleBroken("It would close before the guild has decided. Choose a later closing day.")
    seen = petition.version
    question = Question(
        kind=DecisionKind.OPEN_PETITION,
        title=f"Open the petition: {petition.title}",
        text=_case_for(db, petition),
        voting_length=voting_length,
        subject_id=petition.id,
    )
    proposal = voting.services.put_proposal(db, guild, question, actor=actor, now=now)
    petition = _lock(db, petition.id)
    if petition.state != PetitionState.DRAFT or petition.version != seen:
        raise RuleBroken("The draft was changed a moment ago. Read it again, then put it.")
    petition.proposal_id = proposal.id
    _move(db, petition, PetitionState.BEFORE_GUILD, "petitions.put_before_guild", actor, now)
    return proposal


def _case_for(db: Session, petition: Petition) -> str:
    """The proposal's text, in Markdown: what was decided stays readable in the decision."""
    institution = db.get_one(Institution, petition.institution_id)
    parts = [
        f"Shall our petition to {institution.name} be open until {day(petition.closes_on)}?",
        f"We ask: {petition.request}",
        petition.background,
        f"We aim for {petition.goal:,} signatures.",
    ]
    return "\n\n".join(part for part in parts if part)


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
    _move(db, petition, PetitionState.OPEN, "petitions.opened", None, now)


def words_on_opening(db: Session, proposal: Proposal) -> list[str]:
    """Words of the mandate: what passing does."""
    petition = db.get(Petition, proposal.subject_id) if proposal.subject_id else None
    if petition is None:
        return ["The petition is gone."]
    closes = day(petition.closes_on)
    return [f"The petition “{petition.title}” is open for signature, until {closes}."]


MANDATE = Mandate(refusal_to_open, open_by_mandate, words_on_opening)


def reject_if_refused(proposal: Proposal, *, db: Session, now: datetime) -> None:
    """Reaction to a decision that did not pass: the petition it was about is rejected."""
    petition = _waiting_for(db, proposal)
    if petition is not None and proposal.state != ProposalState.PASSED:
        _move(db, petition, PetitionState.REJECTED, "petitions.rejected", None, now)


def return_to_draft(proposal: Proposal, *, db: Session, now: datetime) -> None:
    """Reaction to a withdrawn proposal: its petition is a draft again."""
    petition = _waiting_for(db, proposal)
    if petition is not None:
        petition.proposal_id = None
        _move(db, petition, PetitionState.DRAFT, "petitions.returned", None, now)


def _waiting_for(db: Session, proposal: Proposal) -> Petition | None:
    """The petition that waits for this very proposal, locked; None if there is none."""
    if proposal.kind != DecisionKind.OPEN_PETITION or proposal.subject_id is None:
        return None
    petition = queries.lock_petition(db, proposal.subject_id)
    waits = petition is not None and petition.state == PetitionState.BEFORE_GUILD
    return petition if petition and waits and petition.proposal_id == proposal.id else None


def redraft_petition(db: Session, petition: Petition, *, actor: User, now: datetime) -> None:
    """Make a rejected petition a draft again. Raises NotAllowed."""
    petition = _lock(db, petition.id)
    if not rules.can_redraft(petition.state, **_who(db, petition, actor)):
        raise NotAllowed(
            "Only a rejected petition is drafted again, by its author or an organiser."
        )
    petition.proposal_id = None
    _move(db, petition, PetitionState.DRAFT, "petitions.redrafted", actor, now)


def withdraw_petition(db: Session, petition: Petition, *, actor: User, now: datetime) -> None:
    """Give a petition up before it was ever open. Raises NotAllowed."""
    petition = _lock(db, petition.id)
    if not rules.can_withdraw(petition.state, **_who(db, petition, actor)):
        raise NotAllowed(
            "A petition is withdrawn while it is a draft, by its author or an organiser."
        )
    _move(db, petition, PetitionState.WITHDRAWN, "petitions.withdrawn", actor, now)


def close_petition(db: Session, petition_id: UUID, *, now: datetime) -> bool:
    """Close a petition whose last day is over, and tell its author and the organisers.

    False if it is not due, closed already, or in another process's hands.
    """
    petition = queries.lock_petition(db, petition_id, skip_locked=True)
    if petition is None or petition.state != PetitionState.OPEN:
        return False
    if now < rules.last_moment(petition.closes_on):
        return False
    _close(db, petition, at=rules.last_moment(petition.closes_on), now=now)
    people = set(user_ids_with_roles(db, petition.guild_id, ORGANISING_ROLES))
    people |= {petition.author_id} if petition.author_id else set()
    notifications.services.owe(
        db, CLOSED, subject_id=petition.id, due_at=now, user_ids=sorted(people)
    )
    return True


def _close(db: Session, petition: Petition, *, at: datetime, now: datetime) -> None:
    petition.closed_at = at
    _move(db, petition, PetitionState.CLOSED, "petitions.closed", None, now)


def end_petitions_of_guild(guild: Guild, *, db: Session, now: datetime) -> None:
    """Reaction to a guild being dissolved: open petitions close, the undecided are withdrawn."""
    query = (
        select(Petition)
        .where(Petition.guild_id == guild.id)
        .where(col(Petition.state).not_in(ENDED_STATES | {PetitionState.WITHDRAWN}))
        .order_by(col(Petition.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for petition in db.exec(query).all():
        if petition.state == PetitionState.OPEN:
            _close(db, petition, at=now, now=now)
        else:
            _move(db, petition, PetitionState.WITHDRAWN, "petitions.withdrawn", None, now)


def export_of_user(user: User, *, db: Session) -> tuple[str, list[dict[str, Any]]]:
    """Reaction to a person asking for their data: the petitions they drafted, oldest first."""
    query = select(Petition).where(Petition.author_id == user.id).order_by(col(Petition.drafted_at))
    return "petitions", [
        {
            "title": petition.title,
            "request": petition.request,
            "background": petition.background,
            "state": petition.state.value,
            "drafted_at": petition.drafted_at.isoformat(),
        }
        for petition in db.exec(query)
    ]


def _lock(db: Session, petition_id: UUID) -> Petition:
    petition = queries.lock_petition(db, petition_id)
    if petition is None:
        raise RuleBroken("This petition is gone.")
    return petition


def _who(db: Session, petition: Petition, actor: User) -> dict[str, Any]:
    """Who the actor is to this petition, as rules ask it."""
    role = get_role(db, petition.guild_id, actor)
    return {"role": role, "is_author": petition.author_id == actor.id}


def _move(
    db: Session,
    petition: Petition,
    then: PetitionState,
    action: str,
    actor: User | None,
    now: datetime,
) -> None:
    """Every change of state goes through here: legal by the rules, and on record."""
    if not rules.can_become(petition.state, then):
        raise RuleBroken(
            f"This petition is {petition.state.value}; that cannot be done with it now."
        )
    petition.state = then
    db.add(petition)
    db.flush()
    _record(db, action, petition, actor=actor, now=now)


def _record(
    db: Session, action: str, petition: Petition, *, actor: User | None, now: datetime
) -> None:
    record(
        db,
        action,
        actor=actor,
        subject=("petition", petition.id),
        guild_id=petition.guild_id,
        now=now,
        summary=petition.title,
    )
