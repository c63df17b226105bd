"""The pages of letting another vote."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from guilds.charter import Charter, DecisionKind, Method
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild
from tests.builders import MEANS, NOW, make_guild, make_proposal, make_user, make_vote
from voting import casting, closing, delegations
from voting.models import Choice, Delegation, Proposal, ProposalState
from voting.question import OptionFacts

SignIn = Callable[[FlaskClient, User], None]
PAGE = "/guilds/river-guild/delegations"

pytestmark = pytest.mark.usefixtures("clock_at")


@pytest.fixture
def people(db: Session) -> list[User]:
    """Alice, Bob, Dora and Emil, who all belong to the guild."""
    return [make_user(db, name) for name in ("alice", "bob", "dora", "emil")]


@pytest.fixture
def guild(db: Session, people: list[User]) -> Guild:
    return make_guild(db, admins=people[:1], members=people[1:])


@pytest.fixture
def as_bob(client: FlaskClient, sign_in: SignIn, guild: Guild, people: list[User]) -> FlaskClient:
    sign_in(client, people[1])
    return client


def lets(db: Session, guild: Guild, one: User, other: User) -> Delegation:
    return delegations.give(db, guild, holder=other, actor=one, now=NOW)


def cast(db: Session, proposal: Proposal, user: User, choice: Choice = Choice.YES) -> None:
    casting.cast_ballot(db, proposal, actor=user, marks=choice, now=NOW)


def test_strangers_and_outsiders_find_nothing(
    client: FlaskClient, db: Session, sign_in: SignIn, guild: Guild, people: list[User]
) -> None:
    given = lets(db, guild, people[1], people[0])
    proposal = make_vote(db, guild, people[0])
    assert client.get(PAGE).status_code == 302
    for outsider in (make_user(db, "charlie"), people[2]):
        sign_in(client, outsider)
        assert client.post(f"/delegations/{given.id}/end").status_code == 404
    sign_in(client, make_user(db, "gwen"))
    assert client.get(PAGE).status_code == 404
    assert client.post(PAGE).status_code == 404
    assert client.post(f"/decisions/{proposal.id}/delegation").status_code == 404


def test_a_member_lets_another_vote_changes_it_and_takes_it_back(
    as_bob: FlaskClient, db: Session, guild: Guild, people: list[User]
) -> None:
    make_proposal(db, guild, people[0], topic="Rivers")
    assert PAGE in as_bob.get("/guilds/river-guild/decisions").text
    page = as_bob.get(PAGE)
    assert "Nobody. You vote for yourself." in page.text
    assert '<option value="dora">Dora</option>' in page.text
    assert "Only decisions on “Rivers”" in page.text
    for typed in ("dora", "@Dora"):
        answer = as_bob.post(PAGE, data={"handle": typed, "about": "everything"})
        assert answer.status_code == 303
    answer = as_bob.post(PAGE, data={"handle": "emil", "about": "topic:rivers"})
    assert answer.status_code == 303
    page = as_bob.get(PAGE)
    assert "Everything the guild decides" in page.text
    assert "Decisions on “rivers”" in page.text
    assert len(db.exec(select(Delegation)).all()) == 2
    for given in db.exec(select(Delegation)).all():
        assert as_bob.post(f"/delegations/{given.id}/end").location == PAGE
    assert "Nobody. You vote for yourself." in as_bob.get(PAGE).text


def test_a_bad_name_and_a_refusal_stand_beside_the_field(
    as_bob: FlaskClient, db: Session, guild: Guild
) -> None:
    make_user(db, "charlie")
    for typed in ("", "charlie", "nobody at all", "x" * 200):
        answer = as_bob.post(PAGE, data={"handle": typed, "about": "everything"})
        assert answer.status_code == 422
        assert 'id="handle-error"' in answer.text
    assert as_bob.post(PAGE, data={"handle": "dora", "about": "topic:no"}).status_code == 422
    answer = as_bob.post(PAGE, data={"handle": "bob", "about": "everything"})
    assert answer.status_code == 409
    assert "You vote for yourself anyway" in answer.text
    assert 'value="bob"' in answer.text


def test_the_holder_sees_who_lets_them_vote_and_hands_it_back(
    as_bob: FlaskClient, db: Session, guild: Guild, people: list[User]
) -> None:
    proposal = make_proposal(db, guild, people[0])
    delegations.give_on(db, proposal, holder=people[1], actor=people[2], now=NOW)
    page = as_bob.get(PAGE)
    assert "Hand back" in page.text
    assert proposal.title in page.text
    given = db.exec(select(Delegation)).one()
    assert as_bob.post(f"/delegations/{given.id}/end", data={"back": "//evil"}).location == PAGE
    assert "Nobody lets you vote for them." in as_bob.get(PAGE).text


def test_a_guild_without_delegation_says_so(
    client: FlaskClient, db: Session, sign_in: SignIn, people: list[User]
) -> None:
    make_guild(db, admins=people[:1], members=people[1:], slug="plain", charter="affinity-group")
    sign_in(client, people[1])
    page = client.get("/guilds/plain/delegations")
    assert "Everybody votes for themselves here" in page.text
    assert "Let them vote for me" not in page.text


def test_on_a_proposal_it_is_given_told_and_taken_back(
    as_bob: FlaskClient, db: Session, guild: Guild, people: list[User]
) -> None:
    alice, _, dora, emil = people
    proposal = make_vote(db, guild, alice)
    path = f"/decisions/{proposal.id}"
    assert "are added at the close" in as_bob.get(path).text
    assert as_bob.post(f"{path}/delegation", data={"handle": "who"}).status_code == 422
    refused = as_bob.post(f"{path}/delegation", data={"handle": "bob"})
    assert refused.status_code == 409
    assert "You vote for yourself anyway" in refused.text
    answer = as_bob.post(f"{path}/delegation", data={"handle": "dora"})
    assert answer.status_code == 303
    assert "Dora has not voted yet" in as_bob.get(path).text
    cast(db, proposal, dora)
    assert "Dora has voted, and votes for you unless you vote yourself" in as_bob.get(path).text
    given = db.exec(select(Delegation)).one()
    back = as_bob.post(f"/delegations/{given.id}/end", data={"back": f"{path}#delegation"})
    assert back.location == f"{path}#delegation"
    assert "votes for you unless" not in as_bob.get(path).text
    lets(db, guild, emil, people[1])
    assert "It has come to you to vote for 1 member." in as_bob.get(path).text
    cast(db, proposal, people[1])
    page = as_bob.get(path)
    assert "You vote for 1 member besides yourself" in page.text
    assert "Let a member vote for me here" not in page.text


def test_loops_and_dead_ends_are_told_before_the_close(
    as_bob: FlaskClient, db: Session, guild: Guild, people: list[User]
) -> None:
    alice, bob, dora, emil = people
    proposal = make_vote(db, guild, alice)
    path = f"/decisions/{proposal.id}"
    for one, other in ((bob, dora), (dora, emil), (emil, bob)):
        lets(db, guild, one, other)
    page = as_bob.get(path)
    assert "you → Dora → Emil → you" in page.text
    assert "As it stands, nobody votes for you" in page.text
    cast(db, proposal, emil)
    assert "it comes to Emil" in as_bob.get(path).text


def test_who_closes_a_circle_is_told_at_once(
    as_bob: FlaskClient, db: Session, guild: Guild, people: list[User]
) -> None:
    _, bob, dora, emil = people
    typed = {"handle": "dora", "about": "everything"}
    lets(db, guild, dora, emil)
    page = as_bob.post(PAGE, data=typed, follow_redirects=True).text
    assert "Dora votes for you" in page
    assert "circle:" not in page
    lets(db, guild, emil, bob)
    page = as_bob.post(PAGE, data=typed, follow_redirects=True).text
    assert "As it stands, it goes in a circle: you → Dora → Emil → you." in page
    lets(db, guild, emil, dora)  # a circle without Bob leads him nowhere either
    page = as_bob.post(PAGE, data=typed, follow_redirects=True).text
    assert "goes in a circle: Dora → Emil → Dora." in page


def test_afterwards_each_sees_how_they_were_represented(
    client: FlaskClient,
    db: Session,
    sign_in: SignIn,
    guild: Guild,
    people: list[User],
) -> None:
    alice, bob, dora, emil = people
    proposal = make_vote(db, guild, alice)
    lets(db, guild, bob, alice)
    lets(db, guild, dora, emil)
    cast(db, proposal, alice, Choice.NO)
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    db.commit()
    path = f"/decisions/{proposal.id}"
    told = {
        "alice": "Your ballot counted for you and for 1 other member.",
        "bob": "Alice voted for you: <strong><bdi>no</bdi></strong>",
        "dora": "whoever it came to did not vote",
    }
    for person in (alice, bob, dora):
        sign_in(client, person)
        page = client.get(path)
        assert told[person.handle] in page.text
        assert sum(said in page.text for said in told.values()) == 1
    assert "1 of them let others vote for them" in client.get(path).text
    assert "for 2 members" in client.get(f"{path}/ballots").text


def test_a_page_asks_no_more_of_a_crowd_than_of_a_few(
    as_bob: FlaskClient,
    db: Session,
    guild: Guild,
    people: list[User],
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    proposal = make_vote(db, guild, people[0])
    path = f"/decisions/{proposal.id}"
    lets(db, guild, people[2], people[1])
    for address in (path, PAGE):
        with count_queries() as few:
            as_bob.get(address)
        for number in range(3):
            one = make_user(db, f"more-{number}-{len(address)}")
            db.add(
                Delegation(
                    guild_id=guild.id, principal_id=one.id, holder_id=people[1].id, given_at=NOW
                )
            )
        with count_queries() as many:
            assert as_bob.get(address).status_code == 200
        assert len(many) <= len(few)


def test_a_long_list_goes_on(
    as_bob: FlaskClient, db: Session, guild: Guild, people: list[User]
) -> None:
    for number in range(35):
        one = make_user(db, f"one{number:02}")
        at = NOW - timedelta(minutes=number)
        db.add(
            Delegation(guild_id=guild.id, principal_id=one.id, holder_id=people[1].id, given_at=at)
        )
    page = as_bob.get(PAGE)
    assert page.text.count("Hand back<") == 30
    path = page.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0]
    assert as_bob.get(path).text.count("Hand back<") == 5


def test_ballots_of_ranks_and_of_consent_speak_for_others_too(
    client: FlaskClient, db: Session, sign_in: SignIn, people: list[User]
) -> None:
    alice, bob, dora, emil = people
    base = TEMPLATES["simple-assembly"].charter.rules
    methods = (Method.IRV, Method.CONSENT)
    open_to_both = {
        kind: rule.model_copy(update={"methods": methods})
        if kind == DecisionKind.RESOLUTION
        else rule
        for kind, rule in base.items()
    }
    charter = Charter(rules=open_to_both)
    guild = make_guild(db, admins=[alice], members=[bob, dora, emil], slug="ranks", charter=charter)
    lets(db, guild, bob, alice)
    lets(db, guild, dora, alice)
    trees = (OptionFacts("Oak"), OptionFacts("Fir"))
    ranked = make_vote(db, guild, alice, method=Method.IRV, options=trees, title="Which tree")
    asked = make_vote(db, guild, alice, method=Method.CONSENT, title="Plant it")
    casting.cast_ballot(db, ranked, actor=alice, marks="21", now=NOW)
    casting.cast_ballot(db, ranked, actor=emil, marks="12", now=NOW)
    cast(db, asked, alice)
    for proposal in (ranked, asked):
        closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    db.commit()
    assert ranked.result is not None
    assert ranked.result["winners"] == ["Fir"]
    assert ranked.ballot_count == 4
    assert (asked.state, asked.yes_count) == (ProposalState.PASSED, 3)
    sign_in(client, bob)
    assert "Alice voted for you:" in client.get(f"/decisions/{ranked.id}").text
    assert "<bdi>1. Fir</bdi>" in client.get(f"/decisions/{ranked.id}").text
    assert "Alice voted for you:" in client.get(f"/decisions/{asked.id}").text


def test_whose_voter_erased_the_account_still_learns_that_they_were_represented(
    as_bob: FlaskClient, db: Session, guild: Guild, people: list[User]
) -> None:
    proposal = make_vote(db, guild, people[0])
    lets(db, guild, people[1], people[2])
    cast(db, proposal, people[2])
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    db.delete(people[2])
    db.flush()
    assert "A former member voted for you." in as_bob.get(f"/decisions/{proposal.id}").text
