"""A guild's stance on a bill: proposed, decided, public if the guild is, kept as history."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, col, select

from accounts.models import User
from guilds.models import Guild
from legislation.models import Bill, BillStance, GuildStance
from legislation.stances import current_stance, stances_on
from tests.builders import NOW, make_bill, make_guild
from tests.voting.test_deeds import close_with_yes
from voting.models import Proposal, ProposalState
from voting.question import Case
from voting.stances import MANDATE, propose_stance

DAY = timedelta(days=1)
SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def bill(db: Session) -> Bill:
    return make_bill(db)


def decide(
    db: Session, guild: Guild, bill: Bill, stance: GuildStance, voter: User, *, days: int = 0
) -> Proposal:
    proposal = propose_stance(
        db,
        guild,
        bill,
        stance,
        case=Case("Because.", 2 * DAY),
        actor=voter,
        now=NOW + days * DAY,
    )
    close_with_yes(db, proposal, voter)
    return proposal


def test_a_decision_lets_the_guild_stand_there_and_the_next_makes_it_history(
    db: Session, guild: Guild, bill: Bill, alice: User
) -> None:
    first = decide(db, guild, bill, GuildStance.SUPPORT, alice)
    assert (first.state, first.carried_out_at) == (ProposalState.PASSED, first.decided_at)
    second = decide(db, guild, bill, GuildStance.OPPOSE, alice, days=10)
    query = select(BillStance).order_by(col(BillStance.taken_at))
    rows = [(row.stance, row.is_current, row.decision_id) for row in db.exec(query)]
    assert rows == [
        (GuildStance.SUPPORT, False, first.id),
        (GuildStance.OPPOSE, True, second.id),
    ]
    assert "1 of 2 members voted" in db.exec(query).all()[0].numbers
    stands = current_stance(db, bill.id, guild.id)
    assert stands is not None
    assert stands.stance == GuildStance.OPPOSE


def test_what_was_decided_before_does_not_overrule_what_was_decided_since(
    db: Session, guild: Guild, bill: Bill, alice: User
) -> None:
    first = decide(db, guild, bill, GuildStance.SUPPORT, alice)
    decide(db, guild, bill, GuildStance.OPPOSE, alice, days=10)
    assert "decided anew" in str(MANDATE.check(db, first, NOW))


def test_a_guild_that_is_not_listed_is_seen_by_its_members_alone(
    db: Session, alice: User, bob: User, bill: Bill
) -> None:
    hidden = make_guild(db, admins=[alice], slug="hidden", listed=False)
    decide(db, hidden, bill, GuildStance.SUPPORT, alice)
    assert stances_on(db, bill.id, None) == []
    assert stances_on(db, bill.id, bob) == []
    assert [line.guild for line in stances_on(db, bill.id, alice)] == [hidden]


@pytest.mark.usefixtures("clock_at")
def test_from_the_bill_s_page_to_the_proposal(
    client: FlaskClient, db: Session, guild: Guild, bill: Bill, bob: User, sign_in: SignIn
) -> None:
    path = f"/guilds/river-guild/bills/{bill.id}/stance"
    assert client.get(path).status_code == 302
    sign_in(client, bob)
    assert "Propose a stance" in client.get(f"/legislation/{bill.id}").text
    assert client.get(f"/legislation/{bill.id}/propose").headers["Location"] == path
    assert client.get(path).status_code == 200
    wrong = client.post(path, data={"stance": "dance", "why": "We sleep.", "voting_length": "1"})
    assert wrong.status_code == 422
    assert "We sleep." in wrong.text
    data = {"stance": "oppose", "why": "We sleep.", "voting_length": str(2 * 24 * 60)}
    data["topic"] = "Sleep"
    answer = client.post(path, data=data)
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).text
    assert f"Oppose {bill.identifier}" in page
    assert "What passing does" in page
    assert "opposes it, to everyone" in page
    assert db.exec(select(Proposal.topic)).one() == "Sleep"
    again = client.get(path).text
    assert '<option value="Sleep">' in again
    assert "The guild is asked this already" in again
    assert answer.headers["Location"] in again
    assert client.get(f"/guilds/river-guild/bills/{guild.id}/stance").status_code == 404


@pytest.mark.usefixtures("clock_at")
def test_everyone_reads_who_stands_where_by_what_numbers_and_only_members_find_the_decision(
    client: FlaskClient,
    db: Session,
    guild: Guild,
    bill: Bill,
    alice: User,
    sign_in: SignIn,
) -> None:
    proposal = decide(db, guild, bill, GuildStance.SUPPORT, alice, days=-20)
    decide(db, guild, bill, GuildStance.OPPOSE, alice, days=-10)
    page = client.get(f"/legislation/{bill.id}").text
    assert "River guild" in page
    assert "Opposes it" in page
    assert "1 of 2 members voted" in page
    assert str(proposal.id) not in page
    history = client.get(f"/legislation/{bill.id}/stances").text
    assert "Until decided anew: supports it" in history
    sign_in(client, alice)
    assert f"/decisions/{proposal.id}" in client.get(f"/legislation/{bill.id}/stances").text


@pytest.mark.usefixtures("clock_at")
def test_the_charter_says_who_may_propose_one(
    client: FlaskClient, db: Session, bill: Bill, alice: User, bob: User, sign_in: SignIn
) -> None:
    make_guild(
        db, admins=[alice], members=[bob], slug="federation", charter="federation-with-quorum"
    )
    sign_in(client, bob)
    assert client.get(f"/guilds/federation/bills/{bill.id}/stance").status_code == 403
    assert "leaves this proposal to others" in client.get(f"/legislation/{bill.id}/propose").text
