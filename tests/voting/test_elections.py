"""Elections that give the role of organiser, and money that is granted: what the record does."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from guilds import services as guilds
from guilds.charter import DecisionKind, Method
from guilds.models import Guild, Membership, Role
from tests.builders import MEANS, NOW, make_guild, make_user, make_vote
from voting import casting, closing
from voting.deeds import SPEND
from voting.elections import MANDATE, role_deed
from voting.explaining.parts import money_text
from voting.models import Proposal, ProposalState
from voting.question import OptionFacts

DAY = timedelta(days=1)
SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def people(db: Session) -> list[User]:
    return [make_user(db, handle) for handle in ("alice", "bob", "dora", "emil")]


@pytest.fixture
def guild(db: Session, people: list[User]) -> Guild:
    """Alice is admin, Emil organises; elections are open, to be counted in a small guild."""
    alice, bob, dora, emil = people
    return make_guild(
        db,
        admins=[alice],
        organisers=[emil],
        members=[bob, dora],
        charter="affinity-group",
    )


def election(
    db: Session, guild: Guild, people: list[User], *, deed: dict[str, object] | None = None
) -> Proposal:
    """Voting on Bob, Dora, Emil and a name without account, by approval; two seats."""
    standing = [
        OptionFacts("Bob", user_id=people[1].id),
        OptionFacts("Dora", user_id=people[2].id),
        OptionFacts("Emil", user_id=people[3].id),
        OptionFacts("Nemo"),
    ]
    return make_vote(
        db,
        guild,
        people[0],
        kind=DecisionKind.ELECT,
        method=Method.APPROVAL,
        options=tuple(standing),
        seats=2,
        deed=deed if deed is not None else role_deed(renews=True),
    )


def count(db: Session, proposal: Proposal, people: list[User], marks: str) -> None:
    for person in people:
        at = proposal.opens_at
        casting.cast_ballot(db, proposal, actor=person, marks=marks, now=at)
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    db.flush()


def roles(db: Session, guild: Guild) -> dict[str, Role]:
    query = select(User.handle, Membership.role).where(Membership.user_id == User.id)
    return {handle: Role(role) for handle, role in db.exec(query)}


def test_those_elected_become_organisers_and_the_others_give_it_back(
    db: Session, guild: Guild, people: list[User]
) -> None:
    proposal = election(db, guild, people)
    count(db, proposal, people, "1100")
    assert proposal.state == ProposalState.PASSED
    assert proposal.carried_out_at == proposal.decided_at
    assert roles(db, guild) == {
        "alice": Role.ADMIN,
        "bob": Role.ORGANISER,
        "dora": Role.ORGANISER,
        "emil": Role.MEMBER,
    }
    assert MANDATE.words(db, proposal)[0] in ("Elected: Bob, Dora.", "Elected: Dora, Bob.")


def test_each_role_shows_the_election_it_rests_on_a_kept_one_too(
    db: Session, guild: Guild, people: list[User]
) -> None:
    proposal = election(db, guild, people)
    count(db, proposal, people, "0110")
    seats = db.exec(select(User.handle, Membership).where(Membership.user_id == User.id)).all()
    rests_on = {handle: seat.decision_id for handle, seat in seats}
    assert roles(db, guild)["emil"] == Role.ORGANISER
    assert rests_on == {
        "alice": None,
        "bob": None,
        "dora": proposal.id,
        "emil": proposal.id,
    }
    assert {handle for handle, seat in seats if seat.role_at} == {"dora"}


def test_without_renewal_organisers_stay_and_without_a_role_nothing_changes(
    db: Session, guild: Guild, people: list[User]
) -> None:
    before = roles(db, guild)
    count(db, election(db, guild, people, deed={}), people, "1100")
    assert roles(db, guild) == before
    count(db, election(db, guild, people, deed=role_deed(renews=False)), people, "1100")
    assert roles(db, guild) == {**before, "bob": Role.ORGANISER, "dora": Role.ORGANISER}


def test_who_has_left_takes_no_role_and_the_decision_says_who(
    db: Session, guild: Guild, people: list[User]
) -> None:
    proposal = election(db, guild, people)
    guilds.leave(db, guild, actor=people[2], now=NOW)
    count(db, proposal, [people[0], people[1], people[3]], "1100")
    assert roles(db, guild)["bob"] == Role.ORGANISER
    assert "without the role: Dora." in MANDATE.words(db, proposal)[-1]


def test_an_election_of_nobody_who_is_here_waits(
    db: Session, guild: Guild, people: list[User]
) -> None:
    proposal = election(db, guild, people)
    guilds.leave(db, guild, actor=people[2], now=NOW)
    before = roles(db, guild)
    count(db, proposal, [people[0], people[1], people[3]], "0101")
    assert proposal.state == ProposalState.PASSED
    assert "Nobody of those elected" in proposal.not_carried_out
    assert roles(db, guild) == before
    later = election(db, guild, people)
    later.closes_at += DAY
    count(db, later, [people[0], people[1], people[3]], "1000")
    assert "another election" not in proposal.not_carried_out
    assert roles(db, guild)["bob"] == Role.ORGANISER


@pytest.mark.usefixtures("clock_at")
def test_pages_say_of_an_election_that_it_was_decided_and_not_that_it_passed(
    client: FlaskClient, db: Session, guild: Guild, people: list[User], sign_in: SignIn
) -> None:
    proposal = election(db, guild, people)
    guilds.leave(db, guild, actor=people[2], now=NOW)
    count(db, proposal, [people[0], people[1], people[3]], "0101")
    sign_in(client, people[0])
    for path in ("/", "/guilds/river-guild", f"/decisions/{proposal.id}"):
        page = client.get(path).text
        assert "Decided, not carried out" in page
        assert "Passed" not in page


def test_an_older_election_does_not_undo_a_newer_one(
    db: Session, guild: Guild, people: list[User]
) -> None:
    first = election(db, guild, people)
    count(db, first, people, "1000")
    second = election(db, guild, people)
    second.closes_at += DAY
    count(db, second, people, "0100")
    assert "another election" in str(MANDATE.check(db, first, NOW))
    assert MANDATE.check(db, second, NOW) is None


def test_money_that_was_granted_is_told_with_its_sums(
    db: Session, guild: Guild, people: list[User]
) -> None:
    projects = (
        OptionFacts("Lanterns", cost="1200"),
        OptionFacts("Leaflets", cost="250.5"),
        OptionFacts("A stage", cost="1000"),
    )
    proposal = make_vote(
        db,
        guild,
        people[0],
        kind=DecisionKind.SPEND,
        method=Method.GREEDY,
        options=projects,
        settings={"budget": "2000"},
    )
    assert len(SPEND.words(db, proposal)) == 1
    count(db, proposal, people, "110")
    granted, together, _moved = SPEND.words(db, proposal)
    assert granted == "Granted: Lanterns (1,200), Leaflets (250.50)."
    assert together == "Together: 1,450.50 of 2,000."


@pytest.mark.parametrize(("exact", "words"), [("0", "0"), ("1200", "1,200"), ("12.5", "12.50")])
def test_amounts_read_as_money(exact: str, words: str) -> None:
    assert money_text(exact) == words
    assert money_text(exact, "€") == f"{words}\N{NO-BREAK SPACE}€"


@pytest.mark.usefixtures("clock_at")
def test_what_those_elected_get_is_chosen_with_the_election(
    client: FlaskClient, db: Session, guild: Guild, people: list[User], sign_in: SignIn
) -> None:
    sign_in(client, people[1])
    path = f"/guilds/{guild.slug}/decisions/new?kind=elect"
    assert "They become organisers of the guild" in client.get(path).text
    typed = {"title": "Who?", "text": "Two of us.", "voting_length": "60", "method": "stv"}
    names = {"options-0-name": "@bob", "options-1-name": "@dora", "options-2-name": "@emil"}
    data = {**typed, **names, "seats": "2"}
    assert client.post(path, data={**data, "gives": "crown"}).status_code == 422
    answer = client.post(path, data={**data, "gives": "renewal"})
    assert answer.status_code == 303
    proposal = db.exec(select(Proposal)).one()
    assert proposal.deed == role_deed(renews=True)
    page = client.get(answer.location).text
    assert "Those elected become organisers of the guild" in page
    assert "Organisers who are not elected are members again." in page
