"""Deciding who belongs to a guild and in what role: the proposals, and their mandates.

Titles name nobody, because the record keeps them for ever; the proposal's page shows who it is
about, as long as they have an account.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from accounts.models import User
from core.errors import RuleBroken
from core.templating import day
from guilds import by_decision
from guilds.charter import DecisionKind
from guilds.charter_words import ROLE_NAMES
from guilds.membership import get_membership
from guilds.models import Guild, JoinRequest, Membership, Role
from guilds.services import NO_MEMBER
from voting import elections, services
from voting.doubled import sent_before
from voting.mandates import Mandate, later_deed
from voting.models import OPEN_STATES, FailedBy, Proposal, ProposalState
from voting.question import Case, Question

ADMIT, EXPEL = "admit", "expel"
UNDER_WAY = "The guild is asked this already: a proposal on it is open."
SOMEBODY = "Somebody whose account is gone"
JOINED_ANEW = (
    "This person left, and has joined again since. Who wants them to go proposes it again."
)
EXPELLED_SINCE = "The guild has decided since that this person does not belong to it."
ELECTED_SINCE = "The guild has held an election for organisers since."


def propose_admission(
    db: Session, guild: Guild, request: JoinRequest, case: Case, *, actor: User, now: datetime
) -> Proposal:
    """Ask a guild to admit who asked to join. Raises NotAllowed, RuleBroken."""
    _stop(by_decision.admission_refusal(db, guild, request.id))
    question = case.question(
        DecisionKind.MEMBERSHIP,
        f"Admit who asked to join on {day(request.asked_at)}",
        subject_id=request.id,
        deed={"action": ADMIT, "user_id": str(request.user_id), "request_id": str(request.id)},
    )
    return _put(db, guild, question, actor=actor, now=now)


def propose_expulsion(
    db: Session, guild: Guild, user_id: UUID, case: Case, *, actor: User, now: datetime
) -> Proposal:
    """Ask a guild to expel a member. Raises NotAllowed, RuleBroken."""
    if user_id == actor.id:
        raise RuleBroken("You cannot expel yourself. Leave the guild instead.")
    _stop(by_decision.expulsion_refusal(db, guild, user_id))
    question = case.question(
        DecisionKind.MEMBERSHIP,
        "Expel a member",
        subject_id=user_id,
        deed={"action": EXPEL, "user_id": str(user_id)},
    )
    return _put(db, guild, question, actor=actor, now=now)


def propose_role(
    db: Session, guild: Guild, user_id: UUID, role: Role, case: Case, *, actor: User, now: datetime
) -> Proposal:
    """Ask a guild to give a member another role. Raises NotAllowed, RuleBroken."""
    held = get_membership(db, guild, user_id)
    if held is None:
        raise RuleBroken(NO_MEMBER)
    _stop(by_decision.role_refusal(db, guild, user_id, role))
    question = case.question(
        DecisionKind.ROLE,
        f"Make a member {ROLE_NAMES[role]}" if role != Role.MEMBER else "Take a role back",
        subject_id=user_id,
        deed={"user_id": str(user_id), "role": role.value, "held": held.role.value},
    )
    return _put(db, guild, question, actor=actor, now=now)


def _put(db: Session, guild: Guild, question: Question, *, actor: User, now: datetime) -> Proposal:
    before = sent_before(db, guild, question, states=OPEN_STATES, actor=actor, now=now)
    if before is not None:
        return before
    if question.subject_id is not None and under_way(
        db, guild.id, question.kind, question.subject_id
    ):
        raise RuleBroken(UNDER_WAY)
    return services.put_proposal(db, guild, question, actor=actor, now=now)


def under_way(db: Session, guild_id: UUID, kind: DecisionKind, subject_id: UUID) -> Proposal | None:
    """The open proposal of a kind on a member or a request, if there is one."""
    query = (
        select(Proposal)
        .where(Proposal.guild_id == guild_id, Proposal.kind == kind.value)
        .where(Proposal.subject_id == subject_id, col(Proposal.state).in_(OPEN_STATES))
    )
    return db.exec(query.limit(1)).first()


def person_of(db: Session, proposal: Proposal) -> User | None:
    """Whom a proposal of these kinds is about; None: nobody, or an account that is gone."""
    user_id = proposal.deed.get("user_id")
    kinds = (DecisionKind.MEMBERSHIP, DecisionKind.ROLE)
    return db.get(User, UUID(user_id)) if user_id and proposal.kind in kinds else None


def decline_if_refused(proposal: Proposal, *, db: Session, now: datetime) -> None:
    """Reaction to a vote that said no to somebody who asked to join: they are told so.

    Without a quorum, or with a tie, the guild said nothing: the request waits for another vote.
    """
    said_no = proposal.state == ProposalState.FAILED and proposal.failed_by in (
        FailedBy.THRESHOLD,
        FailedBy.OBJECTIONS,
    )
    is_admission = proposal.kind == DecisionKind.MEMBERSHIP and "request_id" in proposal.deed
    if not said_no or not is_admission:
        return
    guild, request_id = db.get_one(Guild, proposal.guild_id), UUID(proposal.deed["request_id"])
    if by_decision.admission_refusal(db, guild, request_id) is None:
        by_decision.answer(db, guild, request_id, admitted=False, decision_id=proposal.id, now=now)


def _membership_refusal(db: Session, proposal: Proposal, now: datetime) -> str | None:  # noqa: ARG001 - a check's signature
    guild = db.get_one(Guild, proposal.guild_id)
    if proposal.deed["action"] == ADMIT:
        return by_decision.admission_refusal(db, guild, UUID(proposal.deed["request_id"]))
    return by_decision.expulsion_refusal(db, guild, UUID(proposal.deed["user_id"]))


def _admit_or_expel(db: Session, proposal: Proposal, now: datetime) -> None:
    guild = db.get_one(Guild, proposal.guild_id)
    if proposal.deed["action"] == ADMIT:
        request_id = UUID(proposal.deed["request_id"])
        by_decision.answer(db, guild, request_id, admitted=True, decision_id=proposal.id, now=now)
    else:
        by_decision.expel(db, guild, UUID(proposal.deed["user_id"]), now=now)


def _membership_lapsed(db: Session, proposal: Proposal, now: datetime) -> str | None:  # noqa: ARG001 - the signature of lapsed
    """An answered request never waits again; who left is not the member any more that was meant."""
    guild = db.get_one(Guild, proposal.guild_id)
    if proposal.deed["action"] == ADMIT:
        return by_decision.admission_refusal(db, guild, UUID(proposal.deed["request_id"]))
    membership = get_membership(db, guild, UUID(proposal.deed["user_id"]))
    if membership is None:
        return NO_MEMBER
    if proposal.decided_at is not None and membership.joined_at > proposal.decided_at:
        return JOINED_ANEW
    return None


def _membership_words(db: Session, proposal: Proposal) -> list[str]:
    name = _name(db, proposal)
    if proposal.deed["action"] == ADMIT:
        return [f"{name} becomes a member and is told by mail."]
    return [f"{name} does not belong to the guild any more, and is told by mail."]


def _role_refusal(db: Session, proposal: Proposal, now: datetime) -> str | None:  # noqa: ARG001 - a check's signature
    guild, role = db.get_one(Guild, proposal.guild_id), Role(proposal.deed["role"])
    user_id = UUID(proposal.deed["user_id"])
    refusal = by_decision.role_refusal(db, guild, user_id, role)
    return refusal or _turned_round(get_membership(db, guild, user_id), role, proposal.deed)


def _turned_round(membership: Membership | None, role: Role, deed: Mapping[str, Any]) -> str | None:
    """Why a role that was to be given would be one taken by now, or the other way round."""
    if membership is None or "held" not in deed:  # older proposals do not say
        return None
    if role.reaches(membership.role) == role.reaches(Role(deed["held"])):
        return None
    is_now, was = ROLE_NAMES[membership.role], ROLE_NAMES[Role(deed["held"])]
    return (
        f"This member was {was} when it was proposed and is {is_now} by now, "
        "so it would do the opposite of what was meant."
    )


def _role_lapsed(db: Session, proposal: Proposal, now: datetime) -> str | None:  # noqa: ARG001 - the signature of lapsed
    """Whose account is gone takes no role; an expulsion and an election since leave theirs."""
    if person_of(db, proposal) is None:
        return f"{SOMEBODY} takes no role."
    expels = col(Proposal.kind) == DecisionKind.MEMBERSHIP
    if later_deed(db, proposal, expels, col(Proposal.subject_id) == proposal.subject_id):
        return EXPELLED_SINCE
    is_admins = proposal.deed["role"] == Role.ADMIN
    return ELECTED_SINCE if not is_admins and elections.held_since(db, proposal) else None


def _give(db: Session, proposal: Proposal, now: datetime) -> None:
    guild, role = db.get_one(Guild, proposal.guild_id), Role(proposal.deed["role"])
    by_decision.give_role(
        db, guild, UUID(proposal.deed["user_id"]), role=role, decision_id=proposal.id, now=now
    )


def _role_words(db: Session, proposal: Proposal) -> list[str]:
    role = Role(proposal.deed["role"])
    if role == Role.MEMBER:
        return [f"{_name(db, proposal)} becomes a member without a role."]
    return [f"{_name(db, proposal)} becomes {ROLE_NAMES[role]}."]


def _name(db: Session, proposal: Proposal) -> str:
    person = person_of(db, proposal)
    return f"{person.display_name} (@{person.handle})" if person else SOMEBODY


def _stop(refusal: str | None) -> None:
    if refusal is not None:
        raise RuleBroken(refusal)


MEMBERSHIP = Mandate(_membership_refusal, _admit_or_expel, _membership_words, _membership_lapsed)
ROLE = Mandate(_role_refusal, _give, _role_words, _role_lapsed)
