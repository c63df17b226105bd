"""Events called by a vote."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from events import services
from events.by_decision import propose_call
from events.models import Event, EventState
from guilds.charter import Charter, DecisionKind
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild
from tests.builders import MEANS, NOW, event_facts, make_event, make_guild
from tests.voting.test_deeds import close_with_yes
from voting import closing
from voting.models import Proposal, ProposalState
from voting.question import Case

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SignIn = Callable[[FlaskClient, User], None]


def by_vote() -> Charter:
    """The simple assembly, which leaves calling people to a vote."""
    rules = dict(TEMPLATES["simple-assembly"].charter.rules)
    kind = DecisionKind.EVENT
    rules[kind] = rules[kind].model_copy(update={"organisers_alone": False})
    return Charter(rules=rules)


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    return make_guild(db, admins=[alice], members=[bob], charter=by_vote())


@pytest.fixture
def draft(db: Session, guild: Guild, alice: User) -> Event:
    return make_event(db, guild, alice, state=EventState.DRAFT)


def put(db: Session, draft: Event, alice: User) -> Proposal:
    return propose_call(db, draft, how=Case("", 2 * DAY), actor=alice, now=NOW)


def test_organisers_alone_cannot_publish_what_the_charter_leaves_to_a_vote(
    db: Session, draft: Event, alice: User
) -> None:
    with pytest.raises(RuleBroken, match="leaves this to a vote"):
        services.publish_event(db, draft, actor=alice, now=NOW)
    assert draft.state == EventState.DRAFT


def test_a_decision_calls_people_in_its_own_moment(db: Session, draft: Event, alice: User) -> None:
    proposal = put(db, draft, alice)
    assert "Fountain on Praça Nova" in proposal.text
    close_with_yes(db, proposal, alice)
    assert draft.state == EventState.CONFIRMED
    assert draft.proposal_id == proposal.id
    assert proposal.carried_out_at == proposal.decided_at == draft.changed_at


def test_a_draft_stays_as_it_was_put_while_the_guild_decides(
    db: Session, draft: Event, alice: User, bob: User
) -> None:
    with pytest.raises(NotAllowed):
        propose_call(db, draft, how=Case("", 2 * DAY), actor=bob, now=NOW)
    put(db, draft, alice)
    with pytest.raises(RuleBroken, match="deciding on this draft"):
        services.edit_event(db, draft, facts=event_facts(title="A dance"), actor=alice, now=NOW)
    with pytest.raises(RuleBroken, match="already"):
        put(db, draft, alice)


def test_organisers_who_may_call_alone_do_not_while_the_guild_decides(
    db: Session, alice: User
) -> None:
    guild = make_guild(db, admins=[alice], slug="alone")
    draft = make_event(db, guild, alice, state=EventState.DRAFT)
    put(db, draft, alice)
    with pytest.raises(RuleBroken, match="deciding on this draft"):
        services.publish_event(db, draft, actor=alice, now=NOW)


def test_an_event_that_would_start_before_the_close_is_not_put(
    db: Session, guild: Guild, alice: User
) -> None:
    soon = make_event(db, guild, alice, state=EventState.DRAFT, starts_at=NOW + 2 * DAY)
    with pytest.raises(RuleBroken, match="before the guild has decided"):
        put(db, soon, alice)


def test_too_late_it_waits_and_gets_a_new_time_but_nothing_else(
    db: Session, draft: Event, alice: User
) -> None:
    proposal = put(db, draft, alice)
    late = draft.starts_at + HOUR
    closing_at = proposal.closes_at
    proposal.closes_at = late  # as if every scheduler had slept until then
    proposal.opens_at += late - closing_at
    close_with_yes(db, proposal, alice)
    assert proposal.state == ProposalState.PASSED
    assert draft.state == EventState.DRAFT
    assert "time has passed" in proposal.not_carried_out
    later = event_facts(starts_at=late + 9 * DAY, title="A dance")
    services.edit_event(db, draft, facts=later, actor=alice, now=late)
    assert not closing.try_again(db, proposal, MEANS, actor=alice, now=late)
    assert "something else" in proposal.not_carried_out
    same = replace(later, title="March for free sleep", place_name="The old port")
    services.edit_event(db, draft, facts=same, actor=alice, now=late)
    assert closing.try_again(db, proposal, MEANS, actor=alice, now=late)
    assert draft.state == EventState.CONFIRMED
    with pytest.raises(RuleBroken, match="nothing left"):
        closing.try_again(db, proposal, MEANS, actor=alice, now=late)


@pytest.mark.usefixtures("clock_at")
def test_from_the_draft_to_the_vote_through_the_pages(
    client: FlaskClient, db: Session, draft: Event, alice: User, bob: User, sign_in: SignIn
) -> None:
    sign_in(client, alice)
    page = client.get(f"/events/{draft.id}").text
    assert "Put it to the guild" in page
    assert "Publish" not in page
    refused = client.post(f"/events/{draft.id}/publish")
    assert refused.status_code == 409
    assert "leaves this to a vote" in refused.text
    path = f"/events/{draft.id}/put"
    assert client.get(path).status_code == 200
    assert client.post(path, data={"voting_length": "x"}).status_code == 422
    answer = client.post(path, data={"voting_length": str(2 * 24 * 60)})
    assert answer.status_code == 303
    decision = client.get(answer.headers["Location"]).text
    assert "What passing does" in decision
    assert f"/events/{draft.id}" in decision
    assert client.get(path).status_code == 409
    assert client.get(f"/events/{draft.id}/edit").status_code == 409
    assert "The guild decides" in client.get(f"/events/{draft.id}").text
    sign_in(client, bob)
    assert "The guild decides" in client.get(f"/events/{draft.id}").text
    assert client.get(path).status_code == 403
