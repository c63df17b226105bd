"""What a doubled click, or a page that is sent again, asks for twice is there once."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from accounts.models import User
from guilds.models import Guild, Membership
from voting import queries
from voting.models import Proposal, ProposalState
from voting.question import Question
from voting.steps import share_guild

#: how long the same words of the same person are one
DOUBLED = timedelta(minutes=10)


def is_doubled(at: Any, now: datetime) -> sa.ColumnElement[bool]:
    """Whether what was sent at a time may be the first of two clicks; none are of one instant."""
    return (col(at) > now - DOUBLED) & (col(at) < now + DOUBLED) & (col(at) != now)


def sent_before(
    db: Session,
    guild: Guild,
    question: Question,
    *,
    states: Collection[ProposalState],
    actor: User,
    now: datetime,
) -> Proposal | None:
    """The proposal by which this person asked the very same a moment before; None: it is new.

    states: in which it must be still. What the person sends at the same time waits until the end
    of this transaction. Raises RuleBroken for a dissolved guild.
    """
    share_guild(db, guild.id)
    seat = select(Membership.id).where(
        Membership.guild_id == guild.id, Membership.user_id == actor.id
    )
    db.exec(seat.with_for_update()).first()
    query = (
        select(Proposal)
        .where(Proposal.guild_id == guild.id, Proposal.author_id == actor.id)
        .where(Proposal.title == question.title, Proposal.text == question.text)
        .where(Proposal.kind == question.kind, col(Proposal.state).in_(states))
        .where(is_doubled(Proposal.put_at, now))
    )
    for before in db.exec(query.order_by(col(Proposal.put_at)).limit(10)):
        asked = replace(question, method=question.method or before.method)
        if queries.question_of(db, before) == asked:
            return before
    return None
