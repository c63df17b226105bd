"""What an election gives: nothing but the record, or the role of organiser to who is elected.

A proposal to elect people has the deed {} or {"role": "organiser", "renews": bool}; renews: whoever
holds the role and is not elected gives it back. Admins are never touched.
Source: docs/decisions/0210-mandates.md
"""

from datetime import datetime
from functools import partial
from uuid import UUID

from sqlmodel import Session, col, select

from core.errors import RuleBroken
from guilds.charter import DecisionKind
from guilds.membership import lock
from guilds.models import Guild, GuildState, Membership, Role
from guilds.services import set_role
from voting import queries
from voting.mandates import Mandate, kept_for_the_record, later_deed
from voting.models import Proposal, ProposalState

NOBODY = "Nobody of those elected belongs to the guild any more, so nobody can take the role."


def role_deed(*, renews: bool) -> dict[str, str | bool]:
    """The deed of an election that makes organisers."""
    return {"role": Role.ORGANISER.value, "renews": renews}


def _elected(db: Session, proposal: Proposal) -> tuple[list[UUID], list[str]]:
    """Who was elected: members of the guild now, in order of election, and names of the others."""
    winners = list((proposal.result or {}).get("winners", []))
    standing = {option.name: option.user_id for option in queries.options(db, proposal.id)}
    query = select(Membership.user_id).where(
        Membership.guild_id == proposal.guild_id,
        col(Membership.user_id).in_([user_id for user_id in standing.values() if user_id]),
    )
    members = set(db.exec(query))
    elected = [user_id for name in winners if (user_id := standing.get(name)) in members]
    return [user_id for user_id in elected if user_id is not None], [
        name for name in winners if standing.get(name) not in members
    ]


def _refusal(db: Session, proposal: Proposal, now: datetime) -> str | None:
    if not proposal.deed.get("role"):
        return None
    if db.get_one(Guild, proposal.guild_id).state != GuildState.ACTIVE:
        return "The guild was dissolved."
    if not _elected(db, proposal)[0]:
        return NOBODY
    return _lapsed(db, proposal, now)


def _lapsed(db: Session, proposal: Proposal, now: datetime) -> str | None:  # noqa: ARG001 - the signature of lapsed
    """What the guild decided since of those whom the election would touch stays as it is."""
    if not proposal.deed.get("role"):
        return None
    if held_since(db, proposal):
        return "The guild has held another election for this role since."
    is_on_role = col(Proposal.kind) == DecisionKind.ROLE
    about = col(Proposal.subject_id).in_(_elected(db, proposal)[0])
    touched = about | is_on_role if proposal.deed.get("renews") else about
    if later_deed(db, proposal, touched):
        return "The guild has decided since on a role that the election would give or take."
    return None


def held_since(db: Session, proposal: Proposal) -> bool:
    """Say whether an election made organisers after this was decided."""
    gives = col(Proposal.deed)["role"].as_string() == Role.ORGANISER.value
    return later_deed(db, proposal, col(Proposal.kind) == DecisionKind.ELECT, gives)


def _give(db: Session, proposal: Proposal, now: datetime) -> None:
    """Those elected become organisers; who is gone takes nothing, and the proposal says who."""
    if not proposal.deed.get("role"):
        return
    guild = db.get_one(Guild, proposal.guild_id)
    lock(db, guild)
    elected, gone = _elected(db, proposal)
    if not elected:
        raise RuleBroken(NOBODY)
    query = select(Membership).where(Membership.guild_id == guild.id)
    give = partial(set_role, db, guild, actor=None, now=now, decision_id=proposal.id)
    chosen = query.where(col(Membership.user_id).in_(elected), Membership.role != Role.ADMIN)
    for membership in db.exec(chosen).all():
        give(membership.user_id, role=Role.ORGANISER)
    if proposal.deed.get("renews"):
        others = query.where(
            col(Membership.user_id).not_in(elected), Membership.role == Role.ORGANISER
        )
        for membership in db.exec(others).all():
            give(membership.user_id, role=Role.MEMBER)
    proposal.deed = {**proposal.deed, "gone": gone}
    db.add(proposal)


def _words(db: Session, proposal: Proposal) -> list[str]:
    said = []
    winners = list((proposal.result or {}).get("winners", []))
    if proposal.state == ProposalState.PASSED:
        said.append(f"Elected: {', '.join(winners)}.")
    if not proposal.deed.get("role"):
        return [*said, *kept_for_the_record(db, proposal)]
    said.append("Those elected become organisers of the guild; who is an admin stays one.")
    if proposal.deed.get("renews"):
        said.append("Organisers who are not elected are members again.")
    if proposal.deed.get("gone"):
        gone = ", ".join(proposal.deed["gone"])
        said.append(f"Not in the guild any more, and so without the role: {gone}.")
    return said


MANDATE = Mandate(_refusal, _give, _words, _lapsed)
