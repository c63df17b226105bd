"""Events called by a vote."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

import guilds.services
from accounts.models import User
from core.errors import NotAllowed, RuleBroken
from events import services
from events.by_decision import propose_call
from events.models import Event, EventState
from guilds.charter import Charter, DecisionKind
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild
from tests.builders import MEANS, NOW, event_facts, make_event, make_guild, make_user
from tests.conftest import Clock
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


def test_whom_the_charter_lets_propose_drafts_and_puts_a_call(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    draft = make_event(db, guild, bob, state=EventState.DRAFT)
    services.edit_event(db, draft, facts=event_facts(title="A sit-in"), actor=bob, now=NOW)
    proposal = put(db, draft, bob)
    close_with_yes(db, proposal, alice)
    assert draft.state == EventState.CONFIRMED
    # once people are called, it is the organisers' to change and to call off
    with pytest.raises(NotAllowed):
        services.edit_event(db, draft, facts=event_facts(), actor=bob, now=NOW)
    with pytest.raises(NotAllowed):
        services.cancel_event(db, draft, actor=bob, reason="Rain.", now=NOW)
    services.edit_event(db, draft, facts=event_facts(), actor=alice, now=NOW)


def test_what_the_charter_leaves_to_organisers_a_member_neither_drafts_nor_puts(
    db: Session, alice: User, bob: User
) -> None:
    federation = make_guild(
        db, admins=[alice], members=[bob], slug="fed", charter="federation-with-quorum"
    )
    with pytest.raises(NotAllowed, match="charter"):
        make_event(db, federation, bob, state=EventState.DRAFT)
    draft = make_event(db, federation, alice, state=EventState.DRAFT)
    draft.created_by = bob.id  # as if the charter had let members do so when it was drafted
    with pytest.raises(NotAllowed, match="charter"):
        put(db, draft, bob)


def test_who_left_the_guild_puts_no_draft_of_its(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    draft = make_event(db, guild, bob, state=EventState.DRAFT)
    guilds.services.leave(db, guild, actor=bob, now=NOW)
    with pytest.raises(NotAllowed):
        services.edit_event(db, draft, facts=event_facts(), actor=bob, now=NOW)
    with pytest.raises(NotAllowed):
        put(db, draft, bob)
    assert put(db, draft, alice).author_id == alice.id


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


def test_what_is_put_twice_at_once_is_asked_once(db: Session, draft: Event, alice: User) -> None:
    first, second = (
        propose_call(
            db, draft, how=Case("", 2 * DAY), actor=alice, now=NOW + part * timedelta(seconds=1)
        )
        for part in range(2)
    )
    assert first == second
    assert draft.proposal_id == first.id


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
    again = client.post(path, data={"voting_length": str(2 * 24 * 60)})
    assert (again.status_code, again.location) == (303, answer.location)
    assert client.get(f"/events/{draft.id}/edit").status_code == 409
    assert "The guild decides" in client.get(f"/events/{draft.id}").text
    sign_in(client, bob)
    assert "The guild decides" in client.get(f"/events/{draft.id}").text
    assert client.get(path).status_code == 403


def test_a_member_calls_for_a_vote_through_the_pages(
    client: FlaskClient, db: Session, alice: User, bob: User, sign_in: SignIn, clock_at: Clock
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob, make_user(db, "dora")])
    sign_in(client, bob)
    rooms = f"/guilds/{guild.slug}/events"
    assert f"{rooms}/new" in client.get(rooms).text
    assert "until you put it to the guild" in client.get(f"{rooms}/new").text
    event = make_event(db, guild, bob, state=EventState.DRAFT, title="Sit-in at the spring")
    sign_in(client, bob)
    path = f"/events/{event.id}"
    assert "Sit-in at the spring" in client.get(rooms).text
    page = client.get(path).text
    assert page.count("button-action") == 1
    assert f"{path}/put" in page
    assert f"{path}/edit" in page
    assert f"{path}/publish" not in page
    assert client.post(f"{path}/publish").status_code == 403
    assert client.get(f"{path}/edit").status_code == 200
    put_it = client.post(f"{path}/put", data={"voting_length": str(2 * 24 * 60)})
    assert put_it.status_code == 303
    assert client.get(put_it.headers["Location"]).status_code == 200


def test_a_member_s_draft_is_its_author_s_and_the_organisers_(
    client: FlaskClient, db: Session, alice: User, bob: User, sign_in: SignIn, clock_at: Clock
) -> None:
    dora = make_user(db, "dora")
    guild = make_guild(db, admins=[alice], members=[bob, dora])
    event = make_event(db, guild, bob, state=EventState.DRAFT, title="Sit-in at the spring")
    late = make_event(
        db, guild, bob, state=EventState.DRAFT, title="Too late", starts_at=NOW - 3 * DAY,
        now=NOW - 5 * DAY,
    )  # fmt: skip
    for reader, sees in ((alice, True), (bob, True), (dora, False)):
        sign_in(client, reader)
        lists = client.get(f"/guilds/{guild.slug}/events").text
        assert ("Sit-in at the spring" in lists, "Too late" in lists) == (sees, sees)
        for one in (event, late):
            assert client.get(f"/events/{one.id}").status_code == (200 if sees else 404)
        assert ("Sit-in at the spring" in client.get(f"/guilds/{guild.slug}").text) is sees
