"""A proposal's life at one instant, on a real PostgreSQL: text and voices against the opening."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, col, select

from accounts.models import User
from core.database import open_session
from guilds.models import Guild
from notifications.models import Notice
from tests.builders import NOW, make_guild, make_proposal, make_user
from tests.racing import Deed, at_once
from voting import amending, jobs, rules, services, writing
from voting.debate_models import Amendment, AmendmentState, AmendmentVoice, Support
from voting.models import Proposal, ProposalState, ProposalVersion

pytestmark = pytest.mark.postgres
TEXT = "We plant willows on the bank. We meet in May."
ROUNDS = 6


def on(proposal: Proposal, deed: Any, *, actor: User, **facts: Any) -> Deed:
    def run(db: Session) -> Any:
        return deed(db, db.get_one(Proposal, proposal.id), actor=actor, **facts)

    return run


def opening(at: Any) -> Deed:
    return lambda db: jobs.open_due_proposals(db, at)


@pytest.fixture
def people(pg_engine: Engine) -> list[User]:
    with open_session(pg_engine) as db:
        people = [make_user(db, f"member{number}") for number in range(6)]
        make_guild(db, admins=people[:1], members=people[1:])
        db.commit()
        for person in people:
            db.refresh(person)
    return people


def begun(db: Session, people: list[User], **more: Any) -> Proposal:
    guild = db.exec(select(Guild)).one()
    proposal = make_proposal(db, guild, people[0], text=TEXT, **more)
    db.commit()
    return proposal


def test_a_text_changes_before_the_opening_or_not_at_all(
    pg_engine: Engine, people: list[User]
) -> None:
    for _ in range(ROUNDS):
        with open_session(pg_engine) as db:
            proposal = begun(db, people)
            opens_at = proposal.opens_at
        edit = on(
            proposal,
            writing.edit_text,
            actor=people[0],
            title=proposal.title,
            text="Another.",
            seen_version=1,
            now=opens_at,
        )
        edited, _ = at_once(pg_engine, edit, opening(opens_at))
        with open_session(pg_engine) as db:
            after = db.get_one(Proposal, proposal.id)
            newest = db.exec(
                select(ProposalVersion)
                .where(ProposalVersion.proposal_id == proposal.id)
                .order_by(col(ProposalVersion.number).desc())
            ).first()
            assert newest is not None
            if after.state != ProposalState.VOTING:  # the clock passed over what was held
                db.rollback()
                assert jobs.open_due_proposals(db, opens_at) == 1
            assert (newest.number, newest.text) == (after.version, after.text)
            assert after.text == (TEXT if edited is not None else "Another.")


def test_no_voice_comes_after_the_count(pg_engine: Engine, people: list[User]) -> None:
    for _ in range(ROUNDS):
        with open_session(pg_engine) as db:
            proposal = begun(db, people)
            opens_at = proposal.opens_at
            amendment = amending.propose_amendment(
                db,
                proposal,
                text=TEXT.replace("willows", "oaks"),
                reason="They last.",
                base_version=1,
                actor=people[1],
                now=NOW,
            )
            amending.speak(db, amendment, actor=people[1], is_for=True, now=NOW)
            db.commit()

        def speak(db: Session, key: Any = amendment.id, now: Any = opens_at) -> Any:
            found = db.get_one(Amendment, key)
            return amending.speak(db, found, actor=people[2], is_for=True, now=now)

        at_once(pg_engine, speak, opening(opens_at))
        with open_session(pg_engine) as db:
            jobs.open_due_proposals(db, opens_at)
            kept = db.get_one(Amendment, amendment.id)
            voices = db.exec(
                select(AmendmentVoice).where(AmendmentVoice.amendment_id == amendment.id)
            ).all()
            assert kept.for_count == len(voices)
            carried = len(voices) >= 2
            assert kept.state == (AmendmentState.CARRIED if carried else AmendmentState.LOST)
            after = db.get_one(Proposal, proposal.id)
            assert after.text == (kept.text if carried else TEXT)


def test_the_author_takes_in_once_however_often_pressed(
    pg_engine: Engine, people: list[User]
) -> None:
    with open_session(pg_engine) as db:
        proposal = begun(db, people)
        amendment = amending.propose_amendment(
            db, proposal, text="Oaks.", reason="So.", base_version=1, actor=people[1], now=NOW
        )
        db.commit()

    def accept(db: Session) -> Any:
        found = db.get_one(Amendment, amendment.id)
        return amending.accept(db, found, actor=people[0], now=NOW)

    answers = at_once(pg_engine, accept, accept, accept)
    assert answers.count(None) == 1
    with open_session(pg_engine) as db:
        assert db.get_one(Proposal, proposal.id).version == 2


def test_the_last_two_supporters_at_once_begin_one_debate(pg_engine: Engine) -> None:
    with open_session(pg_engine) as db:
        people = [make_user(db, f"far{number}") for number in range(4)]
        far = make_guild(
            db,
            admins=people[:1],
            members=people[1:],
            charter="federation-with-quorum",
            slug="far-guild",
        )
        proposal = make_proposal(db, far, people[0])
        db.commit()
        for person in people:
            db.refresh(person)
    deeds = [on(proposal, services.support, actor=person, now=NOW) for person in people[1:]]
    at_once(pg_engine, *deeds, *deeds)
    with open_session(pg_engine) as db:
        after = db.get_one(Proposal, proposal.id)
        assert after.state == ProposalState.DELIBERATION
        assert after.support_count == len(db.exec(select(Support)).all()) == 2
        heard = db.exec(select(Notice).where(Notice.kind == "voting.heard")).all()
        assert len(heard) == 1


def test_the_last_supporter_comes_in_time_or_not(pg_engine: Engine) -> None:
    with open_session(pg_engine) as db:
        people = [make_user(db, f"far{number}") for number in range(3)]
        far = make_guild(
            db,
            admins=people[:1],
            members=people[1:],
            charter="federation-with-quorum",
            slug="far-guild",
        )
        proposal = make_proposal(db, far, people[0])
        services.support(db, proposal, actor=people[1], now=NOW)
        db.commit()
        for person in people:
            db.refresh(person)
    end = NOW + rules.SUPPORT_LENGTH
    last = on(proposal, services.support, actor=people[2], now=end - timedelta(microseconds=1))
    refused, _ = at_once(pg_engine, last, lambda db: jobs.end_due_support(db, end))
    with open_session(pg_engine) as db:
        jobs.end_due_support(db, end)
        after = db.get_one(Proposal, proposal.id)
        ended = after.state == ProposalState.NOT_SUPPORTED
        assert ended == (refused is not None)
        assert after.support_count == (1 if ended else 2)
