"""A doubled click puts a proposal once."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.engine import Engine
from sqlmodel import Session, func, select

from accounts.models import User
from guilds.charter import DecisionKind, Method
from guilds.models import Guild
from tests.builders import NOW, make_guild, make_user
from tests.conftest import Clock
from tests.racing import Deed, at_once
from voting import amending, debate, memberships, services
from voting.debate_models import Amendment, Comment, Stance
from voting.doubled import DOUBLED
from voting.models import Proposal, ProposalState
from voting.question import Case, OptionFacts, Question

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
SignIn = Callable[[FlaskClient, User], None]
WILLOWS = Question(
    kind=DecisionKind.RESOLUTION,
    title="What to plant",
    text="On the east bank.",
    voting_length=2 * DAY,
    method=Method.SCORE,
    options=(OptionFacts("Willow"), OptionFacts("Alder", "It grows fast.")),
    settings={"lowest": "0", "highest": "5"},
    review_at=NOW + 90 * DAY,
)
PLAIN = replace(WILLOWS, method=None, options=(), settings={})


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    return make_guild(db, admins=[alice], members=[bob])


def count(db: Session) -> int:
    return db.exec(select(func.count()).select_from(Proposal)).one()


@pytest.mark.parametrize("question", [WILLOWS, PLAIN])
@pytest.mark.parametrize("begin", [services.put_proposal, services.keep_draft])
def test_the_same_of_the_same_person_is_one_for_a_while(
    db: Session, guild: Guild, alice: User, bob: User, begin: Any, question: Question
) -> None:
    first = begin(db, guild, question, actor=alice, now=NOW)
    assert begin(db, guild, question, actor=alice, now=NOW + SECOND) == first
    assert count(db) == 1
    begin(db, guild, question, actor=bob, now=NOW + SECOND)
    begin(db, guild, replace(question, voting_length=3 * DAY), actor=alice, now=NOW + SECOND)
    begin(db, guild, question, actor=alice, now=NOW + DOUBLED)
    assert count(db) == 4


def test_a_draft_that_is_put_and_what_was_withdrawn_are_asked_anew(
    db: Session, guild: Guild, alice: User
) -> None:
    draft = services.keep_draft(db, guild, WILLOWS, actor=alice, now=NOW)
    put = services.put_proposal(db, guild, WILLOWS, actor=alice, now=NOW + SECOND)
    assert (put.state, draft.state) == (ProposalState.DELIBERATION, ProposalState.DRAFT)
    services.withdraw(db, put, actor=alice, now=NOW + SECOND)
    services.put_proposal(db, guild, WILLOWS, actor=alice, now=NOW + 2 * SECOND)
    assert count(db) == 3


def test_an_expulsion_is_put_once_and_not_refused_to_who_clicks_twice(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    first, second = (
        memberships.propose_expulsion(db, guild, bob.id, Case("", 2 * DAY), actor=alice, now=at)
        for at in (NOW, NOW + SECOND)
    )
    assert first == second


def test_a_comment_and_an_amendment_are_sent_once(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    proposal = services.put_proposal(db, guild, WILLOWS, actor=alice, now=NOW)

    def speak(at: datetime, *, text: str = "Why?", stance: Stance | None = None) -> Comment:
        return debate.comment(db, proposal, actor=bob, text=text, stance=stance, now=at)

    first = speak(NOW)
    assert speak(NOW + SECOND) == first
    assert proposal.comment_count == 1
    speak(NOW + SECOND, stance=Stance.QUESTION)
    speak(NOW + SECOND, text="Why not?")
    assert proposal.comment_count == 3

    def amend(at: datetime, *, reason: str = "It reads better.") -> Amendment:
        return amending.propose_amendment(
            db, proposal, text="On the west bank.", reason=reason, base_version=1, actor=bob, now=at
        )

    assert amend(NOW) == amend(NOW + SECOND) != amend(NOW + SECOND, reason="The sun.")


def test_the_second_answer_leads_to_the_first_proposal(
    client: FlaskClient, db: Session, guild: Guild, alice: User, sign_in: SignIn, clock_at: Clock
) -> None:
    path = f"/guilds/{guild.slug}/decisions/new"
    db.commit()
    sign_in(client, alice)
    length = str(2 * DAY // timedelta(minutes=1))
    typed = {"title": "Plant", "text": "Trees.", "voting_length": length, "method": "majority"}
    first = client.post(path, data=typed)
    clock_at(NOW + SECOND)
    assert first.status_code == 303
    assert client.post(path, data=typed).location == first.location


@pytest.mark.postgres
def test_two_clicks_at_once_put_one(db: Session, engine: Engine) -> None:
    alice = make_user(db, "alice")
    guild_id, alice_id = make_guild(db, admins=[alice]).id, alice.id
    db.commit()

    def put(now: datetime) -> Deed:
        def deed(own: Session) -> Any:
            guild, actor = own.get_one(Guild, guild_id), own.get_one(User, alice_id)
            return services.put_proposal(own, guild, PLAIN, actor=actor, now=now).id

        return deed

    for number in range(5):
        at = NOW + number * DAY
        found = at_once(engine, *(put(at + part * SECOND) for part in range(3)))
        assert len(set(found)) == 1
        assert count(db) == number + 1
        db.rollback()
