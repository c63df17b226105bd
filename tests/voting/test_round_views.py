import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from accounts.models import User
from guilds.models import Guild
from tests.builders import MEANS, NOW, make_guild, make_user, make_vote
from tests.conftest import Clock
from voting import closing, queries, round_queries, rounds, services
from voting.models import Choice, Proposal, ProposalState

SignIn = Callable[[FlaskClient, User], None]
NO_SHADE = "The bank would lie in shade."

pytestmark = pytest.mark.usefixtures("clock_at")


@pytest.fixture
def circle(db: Session, alice: User, bob: User) -> Guild:
    return make_guild(db, admins=[alice], members=[bob], charter="consent-circle")


@pytest.fixture
def asked(db: Session, circle: Guild, alice: User) -> Proposal:
    return make_vote(db, circle, alice)


@pytest.fixture
def as_bob(client: FlaskClient, sign_in: SignIn, asked: Proposal, bob: User) -> FlaskClient:
    sign_in(client, bob)
    return client


def say(client: FlaskClient, proposal: Proposal, **facts: str) -> int:
    data = {"round": "1", **facts}
    return client.post(f"/decisions/{proposal.id}/answer", data=data).status_code


def object_to(db: Session, proposal: Proposal, user: User) -> None:
    rounds.answer(
        db,
        proposal,
        actor=user,
        choice=Choice.NO,
        reason=NO_SHADE,
        asked=proposal.round,
        now=proposal.opens_at,
    )


def test_strangers_and_outsiders_find_nothing(
    client: FlaskClient, sign_in: SignIn, asked: Proposal, charlie: User
) -> None:
    paths = [f"/decisions/{asked.id}/{path}" for path in ("integrate", "rounds/1")]
    for path in paths:
        assert client.get(path).status_code == 302
    assert client.post(f"/decisions/{asked.id}/answer").status_code == 403
    sign_in(client, charlie)
    for path in paths:
        assert client.get(path).status_code == 404
    assert say(client, asked, choice="yes") == 404
    assert client.post(paths[0], data={"text": "x"}).status_code == 404


def test_an_answer_is_given_changed_and_shown_with_its_reason(
    as_bob: FlaskClient, db: Session, asked: Proposal
) -> None:
    path = f"/decisions/{asked.id}"
    page = as_bob.get(path)
    assert "Round 1 of at most 5" in page.text
    assert "Round 1: consent asked" in page.text
    assert page.text.count("button-action") == 1
    assert "Take a change in" not in page.text
    assert say(as_bob, asked) == say(as_bob, asked, choice="perhaps") == 422
    refused = as_bob.post(f"{path}/answer", data={"round": "1", "choice": "no", "reason": " "})
    assert refused.status_code == 422
    assert "An objection needs its reason" in refused.text
    assert say(as_bob, asked, choice="no", reason=NO_SHADE) == 303
    page = as_bob.get(path).text
    assert page.count(NO_SHADE) == 2  # in the list, and in my form
    assert "0 consents, 1 objection, 0 standing aside" in page
    assert "Objections that stand" in page
    assert say(as_bob, asked, choice="yes") == 303
    page = as_bob.get(path).text
    assert "Your answer: <strong>consent</strong>" in page
    assert "No objection stands." in page
    assert NO_SHADE not in page


def test_the_way_of_ballots_does_not_lead_around_the_reason(
    as_bob: FlaskClient, asked: Proposal
) -> None:
    answer = as_bob.post(f"/decisions/{asked.id}/ballot", data={"choice": "no"})
    assert answer.status_code == 409
    assert asked.tally.ballots == 0


def test_an_answer_to_an_old_page_is_not_counted_and_its_words_are_kept(
    as_bob: FlaskClient, db: Session, asked: Proposal, alice: User, clock_at: Clock
) -> None:
    rounds.integrate(db, asked, actor=alice, text="Other.", asked=1, now=NOW)
    assert say(as_bob, asked, choice="yes") == 409
    clock_at(asked.opens_at)
    services.open_voting(db, asked, now=asked.opens_at)
    path = f"/decisions/{asked.id}/answer"
    for stale in ("1", "", "x", "99999999999999999999", "²"):
        sent = {"round": stale, "choice": "no", "reason": "Kept here."}
        answer = as_bob.post(path, data=sent)
        assert answer.status_code == 409
        assert "Another round began" in answer.text
        assert "Kept here." in answer.text
        assert 'name="round" type="hidden" value="2"' in answer.text
    assert say(as_bob, asked, round="2", choice="yes") == 303


def test_the_author_takes_a_change_in(
    client: FlaskClient, sign_in: SignIn, db: Session, asked: Proposal, alice: User, bob: User
) -> None:
    object_to(db, asked, bob)
    sign_in(client, alice)
    path = f"/decisions/{asked.id}"
    assert "Take a change in and ask again" in client.get(path).text
    page = client.get(f"{path}/integrate").text
    assert NO_SHADE in page
    assert "They hold the soil." in page
    for typed, status in [("", 422), ("They hold the soil.", 409)]:
        data = {"round": "1", "text": typed}
        assert client.post(f"{path}/integrate", data=data).status_code == status
    data = {"round": "1", "text": "They hold the soil; **few** of them."}
    assert client.post(f"{path}/integrate", data=data).status_code == 303
    late = client.post(f"{path}/integrate", data={"round": "1", "text": "My long words."})
    assert late.status_code == 409
    assert "My long words." in late.text
    assert client.get(f"{path}/integrate").status_code == 409
    page = client.get(path).text
    assert "Round 2 of at most 5" in page
    assert "Round 1 ended with 0 consents, 1 objection, 0 standing aside." in page
    assert f"{path}/versions?before=1&amp;after=2" in page
    assert "Ask or react" in page
    assert "It ended when the author took a change in." in page
    assert NO_SHADE in page
    assert client.get(f"{path}/versions?before=1&after=2").status_code == 200


def test_the_versions_say_what_consent_was_asked_about(
    as_bob: FlaskClient, db: Session, asked: Proposal, alice: User, bob: User
) -> None:
    path = f"/decisions/{asked.id}/versions"
    assert "Each round of consent is about one of them." in as_bob.get(path).text
    object_to(db, asked, bob)
    rounds.integrate(db, asked, actor=alice, text="Half of it.", asked=1, now=asked.opens_at)
    page = as_bob.get(path).text
    assert "Version 2" in page
    assert "Each round of consent is about one of them." in page
    assert "froze" not in page


def test_what_is_taken_back_between_two_rounds_says_so(
    client: FlaskClient, db: Session, sign_in: SignIn, asked: Proposal, alice: User, bob: User
) -> None:
    object_to(db, asked, bob)
    assert closing.close_proposal(db, asked, MEANS, now=asked.closes_at)
    db.commit()
    sign_in(client, alice)
    edit = client.get(f"/decisions/{asked.id}/edit").text
    assert "Once consent is asked, a change begins another round." in edit
    assert "freezes" not in edit
    services.withdraw(db, asked, actor=alice, now=asked.put_at)
    page = client.get(f"/decisions/{asked.id}").text
    assert "took it back between two rounds, or before anyone had answered, or the guild" in page
    assert "before anyone had voted" not in page


def test_only_the_author_does(as_bob: FlaskClient, asked: Proposal) -> None:
    path = f"/decisions/{asked.id}/integrate"
    assert as_bob.get(path).status_code == 403
    assert as_bob.post(path, data={"round": "1", "text": "Mine."}).status_code == 403


def test_who_answered_what_stays_readable_for_every_round(
    as_bob: FlaskClient, db: Session, asked: Proposal, alice: User, bob: User
) -> None:
    object_to(db, asked, bob)
    rounds.integrate(db, asked, actor=alice, text="Other.", asked=1, now=NOW)
    path = f"/decisions/{asked.id}/rounds"
    page = as_bob.get(f"{path}/1").text
    assert "count no more" in page
    assert "@bob" in page
    assert NO_SHADE in page
    assert "No answers here" in as_bob.get(f"{path}/2").text
    for number in ("0", "3", "99999999999999999999"):
        assert as_bob.get(f"{path}/{number}").status_code == 404


def test_a_result_by_consent_tells_its_numbers_and_its_objections(
    as_bob: FlaskClient, db: Session, asked: Proposal, alice: User, bob: User, clock_at: Clock
) -> None:
    for number in range(1, 6):
        object_to(db, asked, bob)
        closing.close_proposal(db, asked, MEANS, now=asked.closes_at)
        if number < 5:
            services.open_voting(db, asked, now=asked.opens_at)
    clock_at(asked.closes_at + timedelta(days=1))
    assert asked.state == ProposalState.FAILED
    page = as_bob.get(f"/decisions/{asked.id}").text
    assert "Objections that were left" in page
    assert "After 5 rounds, of at most 5, objections are left" in page
    assert "<td>Objection</td>" not in page
    assert page.count("<summary>Round") == 4
    assert NO_SHADE in as_bob.get(f"/decisions/{asked.id}/ballots").text


def test_adopted_by_consent_reads_so(
    as_bob: FlaskClient, db: Session, asked: Proposal, alice: User, clock_at: Clock
) -> None:
    assert say(as_bob, asked, choice="yes") == 303
    rounds.answer(db, asked, actor=alice, choice=Choice.ABSTAIN, reason="", asked=1, now=NOW)
    page = as_bob.get(f"/decisions/{asked.id}").text
    assert "Everyone has answered and nobody objects" in page
    assert "Give my answer" not in page
    closing.close_proposal(db, asked, MEANS, now=NOW)
    page = as_bob.get(f"/decisions/{asked.id}").text
    assert "1 consent, no objection, 1 standing aside" in page
    assert "Adopted in round 1" in page


def test_the_page_asks_no_more_of_the_database_the_longer_the_process(
    as_bob: FlaskClient,
    db: Session,
    asked: Proposal,
    alice: User,
    bob: User,
    count_queries: Callable[[], object],
) -> None:
    def cost() -> int:
        with count_queries() as seen:  # type: ignore[attr-defined] # a context manager
            assert as_bob.get(f"/decisions/{asked.id}").status_code == 200
        return len(seen)

    object_to(db, asked, bob)
    rounds.integrate(db, asked, actor=alice, text="1", asked=1, now=NOW)
    services.open_voting(db, asked, now=asked.opens_at)
    few = cost()
    for number in range(2, 5):
        object_to(db, asked, bob)
        object_to(db, asked, alice)
        rounds.integrate(db, asked, actor=alice, text=str(number), asked=number, now=NOW)
        services.open_voting(db, asked, now=asked.opens_at)
    assert cost() == few


def test_many_answers_are_paged(
    client: FlaskClient, sign_in: SignIn, db: Session, alice: User
) -> None:
    people = [make_user(db, f"member{number}") for number in range(queries.PAGE + 2)]
    guild = make_guild(db, admins=[alice], members=people, slug="many", charter="consent-circle")
    proposal = make_vote(db, guild, alice)
    for person in people:
        object_to(db, proposal, person)
    sign_in(client, alice)
    first = client.get(f"/decisions/{proposal.id}/rounds/1").text
    assert first.count(NO_SHADE) == queries.PAGE
    [later] = re.findall(r'href="([^"]+)" rel="next"', first)
    assert client.get(later).text.count(NO_SHADE) == 2
    page = client.get(f"/decisions/{proposal.id}").text
    assert page.count(NO_SHADE) == round_queries.MOST_OBJECTIONS
    assert "32 objections" in page
    assert f"/decisions/{proposal.id}/rounds/1?choice=objections" in page


def test_objections_have_pages_of_their_own_in_every_round(
    client: FlaskClient, sign_in: SignIn, db: Session, alice: User, bob: User
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob], slug="many", charter="consent-circle")
    proposal = make_vote(db, guild, alice)
    object_to(db, proposal, bob)
    rounds.integrate(db, proposal, actor=alice, text="Another text.", asked=1, now=NOW)
    services.open_voting(db, proposal, now=proposal.opens_at)
    object_to(db, proposal, bob)
    consents = {"choice": Choice.YES, "reason": "", "asked": 2, "now": proposal.opens_at}
    rounds.answer(db, proposal, actor=alice, **consents)  # type: ignore[arg-type]  # as it says
    sign_in(client, alice)
    assert client.get(f"/decisions/{proposal.id}").text.count(NO_SHADE) == 2
    everyone, only = (
        client.get(f"/decisions/{proposal.id}/rounds/2{which}").text
        for which in ("", "?choice=objections")
    )
    assert "<td>Consent</td>" in everyone
    assert "<td>Consent</td>" not in only
    assert "Objections of round 2" in only
    assert only.count(NO_SHADE) == 1
