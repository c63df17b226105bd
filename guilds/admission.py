"""Deeds of admission: joining an open guild, asking and being answered, inviting and accepting."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, update

from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from guilds import queries, rules
from guilds.membership import (
    DECIDED,
    ORGANISERS_ONLY,
    add_member,
    ask_alone,
    ask_organiser,
    lock,
    note,
    settle,
)
from guilds.models import (
    ORGANISING_ROLES,
    Guild,
    GuildState,
    Invitation,
    JoinRequest,
    JoinState,
    Role,
)
from notifications.services import drop, owe

ANSWERED = "This request was answered or taken back already."
NO_LONGER_ADMITS = "This invitation does not admit any more. Ask for a new one."


def join(db: Session, guild: Guild, *, actor: User, now: datetime) -> None:
    """Enter an open guild. Raises RuleBroken if it is not open; a member stays what they are."""
    lock(db, guild)
    role = queries.get_role(db, guild.id, actor)
    if role is not None:
        return
    if not rules.can_join(guild, role, alone=queries.alone(db, guild, now).admit):
        raise RuleBroken("This guild is not open to everybody. Ask to be admitted, or be invited.")
    add_member(db, guild, actor, role=Role.MEMBER, now=now)


def ask_to_join(
    db: Session, guild: Guild, *, message: str, actor: User, now: datetime
) -> JoinRequest:
    """Ask to be admitted and tell the organisers; asking twice is asking once."""
    lock(db, guild)
    waiting = queries.my_request(db, guild, actor)
    if waiting is not None:
        return waiting
    alone = queries.alone(db, guild, now).admit
    if not rules.can_ask_to_join(guild, queries.get_role(db, guild.id, actor), alone=alone):
        raise RuleBroken("You cannot ask to join this guild.")
    return _ask(db, guild, message=message, actor=actor, now=now)


def _ask(db: Session, guild: Guild, *, message: str, actor: User, now: datetime) -> JoinRequest:
    request = JoinRequest(guild_id=guild.id, user_id=actor.id, message=message, asked_at=now)
    db.add(request)
    db.flush()
    organisers = queries.user_ids_with_roles(db, guild.id, ORGANISING_ROLES)
    owe(db, "guilds.join_requested", subject_id=request.id, due_at=now, user_ids=organisers)
    note(db, "guilds.join_requested", guild, actor=actor, now=now)
    return request


def withdraw_request(db: Session, guild: Guild, *, actor: User, now: datetime) -> None:
    """Take back one's own request that waits; nothing if none does."""
    lock(db, guild)
    request = queries.my_request(db, guild, actor)
    if request is None:
        return
    drop(db, subject_id=request.id, kinds=["guilds.join_requested"])
    db.delete(request)
    note(db, "guilds.join_withdrawn", guild, actor=actor, now=now)


def answer_request(
    db: Session, guild: Guild, request_id: UUID, *, admitted: bool, actor: User, now: datetime
) -> None:
    """Admit or decline somebody who asked, and tell them. Raises RuleBroken if it was answered.

    NotAllowed where the charter leaves it to a vote: who declines alone decides, too.
    """
    lock(db, guild)
    ask_organiser(db, guild, actor)
    ask_alone(may=queries.alone(db, guild, now).admit)
    settle_request(db, guild, request_id, admitted=admitted, actor=actor, now=now)


def settle_request(
    db: Session,
    guild: Guild,
    request_id: UUID,
    *,
    admitted: bool,
    actor: User | None,
    now: datetime,
    decision_id: UUID | None = None,
) -> None:
    """Answer a request by organiser or decision (actor None). The guild is locked by the caller."""
    request = queries.get_request(db, guild, request_id)
    if request is None or request.state != JoinState.PENDING:
        raise RuleBroken(ANSWERED)
    state = JoinState.ADMITTED if admitted else JoinState.DECLINED
    settle(db, request, state, now)
    owe(db, "guilds.join_answered", subject_id=request.id, due_at=now, user_ids=[request.user_id])
    action = "guilds.join_admitted" if admitted else "guilds.join_declined"
    note(
        db,
        action,
        guild,
        actor=actor,
        now=now,
        subject=("user", request.user_id),
        reason=DECIDED if actor is None else "",
    )
    if admitted:
        user = db.get_one(User, request.user_id)
        add_member(db, guild, user, role=Role.MEMBER, now=now, decision_id=decision_id)


def invite(
    db: Session, guild: Guild, *, uses: int, valid_for: timedelta, actor: User, now: datetime
) -> Invitation:
    """Make an invitation that admits `uses` people within `valid_for`; its link is in its id."""
    lock(db, guild)
    ask_organiser(db, guild, actor)
    if not 1 <= uses <= rules.MOST_USES or not timedelta(0) < valid_for <= rules.LONGEST_INVITATION:
        days = rules.LONGEST_INVITATION.days
        raise RuleBroken(f"An invitation admits 1 to {rules.MOST_USES} people within {days} days.")
    invitation = Invitation(
        guild_id=guild.id,
        created_by=actor.id,
        created_at=now,
        expires_at=now + valid_for,
        uses_left=uses,
    )
    db.add(invitation)
    db.flush()
    note(
        db,
        "guilds.invitation_made",
        guild,
        actor=actor,
        now=now,
        subject=("invitation", invitation.id),
        summary=f"Uses: {uses}",
    )
    return invitation


def revoke_invitation(
    db: Session, guild: Guild, invitation: Invitation, *, actor: User, now: datetime
) -> None:
    """End an invitation; ending it twice is ending it once."""
    lock(db, guild)
    role = queries.get_role(db, guild.id, actor)
    if not rules.can_revoke(guild, role, is_inviter=invitation.created_by == actor.id):
        raise NotAllowed(ORGANISERS_ONLY)
    if invitation.revoked_at is not None:
        return
    invitation.revoked_at = now
    db.add(invitation)
    note(
        db,
        "guilds.invitation_revoked",
        guild,
        actor=actor,
        now=now,
        subject=("invitation", invitation.id),
    )


def accept_invitation(
    db: Session, guild: Guild, invitation: Invitation, *, actor: User, now: datetime
) -> None:
    """Come in by invitation; where the charter leaves admitting to a vote, ask to be admitted.

    Who is a member or has asked stays so and spends no use. Raises RuleBroken if it lapsed.
    """
    lock(db, guild)
    if queries.get_role(db, guild.id, actor) is not None:
        return
    alone = queries.alone(db, guild, now).admit
    if not alone and queries.my_request(db, guild, actor) is not None:
        return
    if guild.state != GuildState.ACTIVE or not _spend_use(db, invitation.id, now):
        raise RuleBroken(NO_LONGER_ADMITS)
    note(
        db,
        "guilds.invitation_accepted",
        guild,
        actor=actor,
        now=now,
        subject=("invitation", invitation.id),
    )
    if alone:
        add_member(db, guild, actor, role=Role.MEMBER, now=now)
    else:
        _ask(db, guild, message="", actor=actor, now=now)


def _spend_use(db: Session, invitation_id: UUID, now: datetime) -> bool:
    """Take one use in one statement, so that no number of people at once exceeds them."""
    statement = (
        update(Invitation)
        .where(
            col(Invitation.id) == invitation_id,
            col(Invitation.revoked_at).is_(None),
            col(Invitation.uses_left) > 0,
            col(Invitation.expires_at) > now,
        )
        .values(uses_left=Invitation.uses_left - 1)
    )
    return db.exec(statement).rowcount == 1
