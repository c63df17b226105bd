"""The last member leaves, which dissolves the guild, while its vote is closed."""

import time
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session

import guilds.services
from accounts.models import User
from guilds.models import Guild, GuildState
from guilds.signals import guild_dissolved, member_left
from tests.builders import MEANS, NOW, make_guild, make_vote
from tests.racing import at_once
from voting import casting, closing, services
from voting.models import DECIDED_STATES, Choice, Proposal

pytestmark = pytest.mark.postgres


def test_neither_waits_for_the_other_for_ever(db: Session, engine: Engine, alice: User) -> None:
    guild = make_guild(db, admins=[alice])
    proposal = make_vote(db, guild, alice)
    casting.cast_ballot(db, proposal, actor=alice, marks=Choice.YES, now=NOW)
    db.commit()
    later = proposal.closes_at

    def close(db: Session) -> bool:
        return closing.close_proposal(db, db.get_one(Proposal, proposal.id), MEANS, now=later)

    def leave(db: Session) -> None:
        guilds.services.leave(db, db.get_one(Guild, guild.id), actor=alice, now=later)

    def wait(*_: Any, **__: Any) -> None:
        time.sleep(0.5)  # the guild is held, the close takes its proposal and waits for the guild

    withdraw = guild_dissolved.connected_to(services.withdraw_open_proposals)
    with member_left.connected_to(wait), withdraw:
        at_once(engine, close, leave)
    db.expire_all()
    assert guild.state == GuildState.DISSOLVED
    assert proposal.state in DECIDED_STATES
