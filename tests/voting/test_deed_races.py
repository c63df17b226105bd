"""A deed is done once, however many close or try again at the same instant."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, func, select

from accounts.models import User
from audit.models import AuditEntry
from core.database import open_session
from core.errors import RuleBroken
from events.models import EventState
from guilds.charter import DecisionKind
from guilds.models import Guild
from legislation.models import BillStance, GuildStance
from tests.builders import MEANS, NOW, make_bill, make_event, make_guild, make_user
from tests.racing import Deed, at_once
from voting import casting, closing, mandates, services
from voting.closing import Means
from voting.models import Choice, Proposal, ProposalState
from voting.question import Case
from voting.stances import propose_stance

pytestmark = pytest.mark.postgres
DAY = timedelta(days=1)
ROUNDS = 5


def ready_to_close(db: Session, tag: str) -> tuple[Proposal, User]:
    """A stance every member wants, whose voting is over but not counted."""
    alice = make_user(db, f"alice-{tag}")
    guild = make_guild(db, admins=[alice], slug=f"guild-{tag}")
    bill = make_bill(db, identifier=f"HR {tag}")
    proposal = propose_stance(
        db,
        guild,
        bill,
        GuildStance.SUPPORT,
        case=Case("Because.", 2 * DAY),
        actor=alice,
        now=NOW,
    )
    services.open_voting(db, proposal, now=proposal.opens_at)
    casting.cast_ballot(db, proposal, actor=alice, marks=Choice.YES, now=proposal.opens_at)
    db.commit()
    return proposal, alice


def close(proposal_id: UUID, now: datetime) -> Deed:
    return lambda db: closing.close_proposal(db, db.get_one(Proposal, proposal_id), MEANS, now=now)


def again(proposal_id: UUID, user_id: UUID, now: datetime) -> Deed:
    def deed(db: Session) -> Any:
        proposal, actor = db.get_one(Proposal, proposal_id), db.get_one(User, user_id)
        return closing.try_again(db, proposal, MEANS, actor=actor, now=now)

    return deed


def stances(db: Session, proposal: Proposal) -> int:
    query = select(func.count()).where(BillStance.decision_id == proposal.id)
    return db.exec(query).one()


def done_count(db: Session, proposal: Proposal) -> int:
    query = select(func.count()).where(
        AuditEntry.subject_id == proposal.id, AuditEntry.action == "voting.carried_out"
    )
    return db.exec(query).one()


def test_two_closes_at_once_do_the_deed_once(db: Session, engine: Engine) -> None:
    for number in range(ROUNDS):
        proposal, _ = ready_to_close(db, str(number))
        answers = at_once(engine, *[close(proposal.id, proposal.closes_at)] * 3)
        assert sorted(answers) == [False, False, True]
        db.refresh(proposal)
        assert proposal.carried_out_at == proposal.decided_at
        assert stances(db, proposal) == done_count(db, proposal) == 1


def test_trying_again_twice_at_once_does_it_once(db: Session, engine: Engine) -> None:
    for number in range(ROUNDS):
        proposal, alice = ready_to_close(db, str(number))
        at, bill_id = proposal.closes_at, proposal.subject_id
        proposal.subject_id = make_event(  # no bill of this id: it cannot be carried out
            db, make_guild(db, admins=[alice], slug=f"other-{number}"), alice,
            state=EventState.DRAFT,
        ).id  # fmt: skip
        closing.close_proposal(db, proposal, MEANS, now=at)
        assert proposal.state == ProposalState.PASSED
        assert proposal.not_carried_out
        proposal.subject_id = bill_id
        db.add(proposal)
        db.commit()
        answers = at_once(engine, *[again(proposal.id, alice.id, at)] * 3)
        assert [answer for answer in answers if answer is True] == [True]
        assert sum(isinstance(answer, RuleBroken) for answer in answers) == 2
        db.refresh(proposal)
        assert stances(db, proposal) == done_count(db, proposal) == 1


def test_two_decisions_of_one_guild_at_once_leave_one_stance_in_force(
    db: Session, engine: Engine
) -> None:
    proposal, alice = ready_to_close(db, "both")
    db.refresh(proposal)
    second = Proposal.model_validate(proposal.model_dump(exclude={"id"}))
    db.add(second)
    db.flush()
    casting_rows = db.exec(select(Proposal.id)).all()
    assert len(casting_rows) == 2
    for one in (proposal, second):
        one.state, one.decided_at = ProposalState.PASSED, one.closes_at
        db.add(one)
    db.commit()
    at = proposal.closes_at + DAY
    at_once(engine, *(again(one.id, alice.id, at) for one in (proposal, second)))
    current = select(func.count()).where(col(BillStance.is_current))
    assert db.exec(current).one() == 1


def test_while_an_old_decision_is_tried_again_no_newer_one_comes_in_between(
    db: Session, engine: Engine
) -> None:
    proposal, alice = ready_to_close(db, "held")
    bill_id, proposal.subject_id = proposal.subject_id, None
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    assert proposal.not_carried_out
    proposal.subject_id = bill_id
    db.add(proposal)
    db.commit()

    def is_held(_db: Session, proposal: Proposal, _now: datetime) -> str | None:
        with open_session(engine) as other, pytest.raises(sa.exc.OperationalError, match="lock"):
            other.exec(
                select(Guild.id).where(Guild.id == proposal.guild_id).with_for_update(nowait=True)
            ).one()
        return None

    usual = MEANS.mandates[DecisionKind.BILL_STANCE]
    asking = replace(usual, lapsed=is_held)
    means = Means({DecisionKind.BILL_STANCE: asking}, MEANS.keys, MEANS.signer)
    assert closing.try_again(db, proposal, means, actor=alice, now=proposal.closes_at)


def test_a_crash_in_the_deed_undoes_the_close_and_the_next_round_does_both(
    db: Session, engine: Engine
) -> None:
    proposal, _ = ready_to_close(db, "crash")
    usual = MEANS.mandates[DecisionKind.BILL_STANCE]

    def crash(db: Session, proposal: Proposal, now: datetime) -> None:
        usual.deed(db, proposal, now)
        raise ZeroDivisionError

    broken = Means(
        {**MEANS.mandates, DecisionKind.BILL_STANCE: mandates.Mandate(usual.check, crash)},
        MEANS.keys,
        MEANS.signer,
    )
    with open_session(engine) as other, pytest.raises(ZeroDivisionError):
        closing.close_proposal(
            other, other.get_one(Proposal, proposal.id), broken, now=proposal.closes_at
        )
    db.refresh(proposal)
    assert proposal.state == ProposalState.VOTING
    assert stances(db, proposal) == 0
    assert closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    assert stances(db, proposal) == 1
