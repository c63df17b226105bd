"""What a passed proposal does: at its close, never twice, and later if it could not be done."""

from collections.abc import Callable
from datetime import timedelta

from flask.testing import FlaskClient
from sqlmodel import Session

from accounts.models import User
from guilds.charter import DecisionKind
from guilds.models import Guild, Role
from guilds.services import set_role
from petitions import drafting as petitions
from petitions.models import PetitionState
from tests.builders import MEANS, NOW, make_petition
from tests.conftest import Clock
from voting import casting, closing, memberships, services
from voting.models import Choice, Proposal, ProposalState
from voting.question import Case

DAY = timedelta(days=1)
SignIn = Callable[[FlaskClient, User], None]


def close_with_yes(db: Session, proposal: Proposal, *voters: User) -> None:
    """Bring it to its close by the clock; all voters say yes."""
    if proposal.state == ProposalState.DELIBERATION:
        services.open_voting(db, proposal, now=proposal.opens_at)
    for voter in voters:
        at = proposal.opens_at
        casting.cast_ballot(db, proposal, actor=voter, marks=Choice.YES, now=at)
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    db.flush()


def belated(db: Session, guild: Guild, alice: User) -> Proposal:
    """Passed, when the petition's closing day was over."""
    petition = make_petition(db, guild, alice, state=PetitionState.DRAFT)
    proposal = petitions.put_before_guild(db, petition, actor=alice, how=Case("", 2 * DAY), now=NOW)
    petition.closes_on = NOW.date()
    db.add(petition)
    close_with_yes(db, proposal, alice)
    return proposal


def given_already(db: Session, guild: Guild, alice: User, bob: User) -> Proposal:
    """Bob was to be an organiser by decision, and was one at its close."""
    case = Case("We know him.", 2 * DAY)
    proposal = memberships.propose_role(
        db, guild, bob.id, Role.ORGANISER, case, actor=alice, now=NOW
    )
    set_role(db, guild, bob.id, role=Role.ORGANISER, actor=None, now=NOW)
    close_with_yes(db, proposal, alice)
    return proposal


def test_the_page_says_what_passing_does_and_what_could_not_be_done(
    client: FlaskClient,
    db: Session,
    guild: Guild,
    alice: User,
    bob: User,
    sign_in: SignIn,
    clock_at: Clock,
) -> None:
    proposal = belated(db, guild, alice)
    clock_at(proposal.closes_at)
    assert proposal.state == ProposalState.PASSED
    assert proposal.kind == DecisionKind.OPEN_PETITION
    db.commit()
    sign_in(client, bob)
    page = client.get(f"/decisions/{proposal.id}").text
    assert "Passed, not carried out" in page
    assert "closing day has passed" in page
    assert "can never be done any more" in page
    assert "Try again" not in page
    assert "Passed, not carried out" in client.get("/guilds/river-guild/decisions").text
    lists = {
        show: proposal.title in client.get(f"/guilds/river-guild/decisions?show={show}").text
        for show in ("decided", "undone", "resolved")
    }
    assert lists == {"decided": True, "undone": True, "resolved": False}
    assert client.post(f"/decisions/{proposal.id}/carry-out").status_code == 403


def test_an_organiser_tries_again_once_it_can_be_done(
    client: FlaskClient,
    db: Session,
    guild: Guild,
    alice: User,
    bob: User,
    sign_in: SignIn,
    clock_at: Clock,
) -> None:
    proposal = given_already(db, guild, alice, bob)
    db.commit()
    clock_at(proposal.closes_at + DAY)
    sign_in(client, alice)
    path = f"/decisions/{proposal.id}/carry-out"
    assert "Try again" in client.get(f"/decisions/{proposal.id}").text
    for page in ("/", "/guilds/river-guild"):
        assert "See what to do" in client.get(page).text
    answer = client.post(path, follow_redirects=True)
    assert "It still cannot be carried out" in answer.text
    set_role(db, guild, bob.id, role=Role.MEMBER, actor=None, now=NOW)
    db.commit()
    answer = client.post(path, follow_redirects=True)
    assert "carried out now" in answer.text
    assert "when it had become possible" in answer.text
    assert client.post(path).status_code == 409
    assert client.post(f"/decisions/{guild.id}/carry-out").status_code == 404
