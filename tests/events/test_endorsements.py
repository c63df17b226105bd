"""Public events that other guilds endorse, and whose hosts may turn that down."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, col, select

from accounts.models import User
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from events import endorsements
from events.by_decision import MANDATE
from events.endorsements import propose_endorsement
from events.models import Endorsement, Event, EventState, Visibility
from guilds.models import Guild, Role
from tests.builders import NOW, make_event, make_guild, make_user
from tests.conftest import Clock
from tests.voting.test_deeds import close_with_yes
from voting.models import Proposal
from voting.question import Case

DAY = timedelta(days=1)
SignIn = Callable[[FlaskClient, User], None]
Deliver = Callable[[], list[EmailMessage]]


@pytest.fixture
def charlie(db: Session) -> User:
    return make_user(db, "charlie", discreet=False)


def endorsers(
    db: Session, event: Event, viewer: User | None, role: Role | None = None
) -> list[Guild]:
    return [one.guild for one in endorsements.endorsers(db, event.id, viewer, role)]


def endorsed(db: Session, event: Event, guild: Guild, voter: User) -> Proposal:
    proposal = propose_endorsement(
        db, event, guild, case=Case("We march too.", 2 * DAY), actor=voter, now=NOW
    )
    close_with_yes(db, proposal, voter)
    return proposal


@pytest.fixture
def march(db: Session, charlie: User) -> Event:
    """A public event of a guild neither Alice nor Bob belongs to."""
    return make_event(db, make_guild(db, admins=[charlie], slug="marchers"), charlie)


def test_a_guild_stands_behind_what_another_calls(
    db: Session, march: Event, guild: Guild, alice: User
) -> None:
    proposal = endorsed(db, march, guild, alice)
    assert endorsers(db, march, None) == [guild]
    with pytest.raises(RuleBroken, match="already"):
        endorsed(db, march, guild, alice)
    assert db.exec(select(Endorsement.proposal_id)).all() == [proposal.id]


def test_an_endorsement_of_a_guild_that_is_not_listed_is_for_its_members(
    db: Session, march: Event, alice: User, bob: User
) -> None:
    hidden = make_guild(db, admins=[alice], slug="hidden", listed=False)
    endorsed(db, march, hidden, alice)
    assert endorsers(db, march, None) == endorsers(db, march, bob) == []
    assert endorsers(db, march, alice) == [hidden]


def test_what_changed_meanwhile_is_said_in_words(
    db: Session, march: Event, guild: Guild, alice: User
) -> None:
    proposal = propose_endorsement(
        db, march, guild, case=Case("We march too.", 2 * DAY), actor=alice, now=NOW
    )
    march.visibility = Visibility.LINK
    assert "not public" in str(MANDATE.check(db, proposal, NOW))
    march.visibility, march.state = Visibility.PUBLIC, EventState.CANCELLED
    assert "was cancelled" in str(MANDATE.check(db, proposal, NOW))
    march.state = EventState.CONFIRMED
    assert "is over" in str(MANDATE.check(db, proposal, march.ends_at))
    assert MANDATE.check(db, proposal, NOW) is None
    own = endorsements.refusal(db, march, db.get_one(Guild, march.guild_id), NOW)
    assert "own event" in str(own)


# --- turned down by the host ---


@pytest.fixture
def standing(db: Session, march: Event, guild: Guild, alice: User) -> Endorsement:
    endorsed(db, march, guild, alice)
    return db.exec(select(Endorsement)).one()


def test_the_host_turns_it_down_and_the_deed_says_so(
    db: Session, march: Event, guild: Guild, standing: Endorsement, charlie: User, alice: User
) -> None:
    for outsider in (alice, make_user(db, "dora")):
        with pytest.raises(NotAllowed):
            endorsements.turn_down(db, standing, reason="No.", actor=outsider, now=NOW)
    endorsements.turn_down(db, standing, reason="We march alone.", actor=charlie, now=NOW)
    assert endorsers(db, march, None) == []
    assert endorsers(db, march, charlie, Role.ADMIN) == endorsers(db, march, alice) == [guild]
    proposal = db.get_one(Proposal, standing.proposal_id)
    assert proposal.carried_out_at is not None
    said = " ".join(MANDATE.words(db, proposal))
    assert "Marchers, which hosts" in said
    assert "We march alone." in said
    with pytest.raises(RuleBroken, match="already"):
        endorsements.turn_down(db, standing, reason="No.", actor=charlie, now=NOW)
    assert "turned" in str(endorsements.refusal(db, march, guild, NOW))


def test_what_was_turned_down_can_be_shown_again(
    db: Session, march: Event, guild: Guild, standing: Endorsement, charlie: User
) -> None:
    endorsements.turn_down(db, standing, reason="A mistake.", actor=charlie, now=NOW)
    endorsements.show_again(db, standing, actor=charlie, now=NOW)
    assert endorsers(db, march, None) == [guild]
    assert standing.decline_reason == ""
    with pytest.raises(RuleBroken, match="already"):
        endorsements.show_again(db, standing, actor=charlie, now=NOW)
    db.commit()
    done = db.exec(select(AuditEntry.action).order_by(col(AuditEntry.sequence))).all()
    assert done[-2:] == ["events.endorsement_declined", "events.endorsement_shown"]


def test_the_hosts_and_then_the_guild_are_told(
    db: Session,
    march: Event,
    standing: Endorsement,
    charlie: User,
    alice: User,
    clock_at: Clock,
    deliver: Deliver,
) -> None:
    db.commit()
    at = standing.endorsed_at
    clock_at(at)
    to_host = [mail for mail in deliver() if "charlie" in mail["To"]]
    subjects = [mail["Subject"] for mail in to_host]
    assert subjects == ["River guild stands behind March for free sleep"]
    assert "1 of 2 members voted" in to_host[0].get_content()
    endorsements.turn_down(db, standing, reason="We march alone.", actor=charlie, now=at)
    db.commit()
    (told,) = deliver()
    assert "alice" in told["To"]
    assert told["Subject"] == "News from a guild"
    assert "We march alone." not in told.get_content()


def test_hosts_are_not_told_of_a_guild_that_is_not_listed(
    db: Session,
    march: Event,
    alice: User,
    clock_at: Clock,
    deliver: Deliver,
) -> None:
    hidden = make_guild(db, admins=[alice], slug="hidden", listed=False)
    proposal = endorsed(db, march, hidden, alice)
    db.commit()
    clock_at(proposal.closes_at)
    assert [mail for mail in deliver() if "charlie" in mail["To"]] == []


def test_turning_it_down_through_the_pages(
    client: FlaskClient,
    db: Session,
    march: Event,
    guild: Guild,
    standing: Endorsement,
    charlie: User,
    alice: User,
    sign_in: SignIn,
    clock_at: Clock,
) -> None:
    db.commit()
    clock_at(standing.endorsed_at)
    here = f"/events/{march.id}"
    path = f"{here}/endorsements/{standing.id}"
    sign_in(client, alice)
    assert "Turn it down" not in client.get(here).text
    assert client.get(f"{path}/decline").status_code == 403
    sign_in(client, charlie)
    assert "Turn it down" in client.get(here).text
    assert client.get(f"{path}/decline").status_code == 200
    assert client.post(f"{path}/decline", data={"reason": ""}).status_code == 422
    assert client.post(f"{path}/decline", data={"reason": "Not <you>."}).status_code == 303
    assert client.post(f"{path}/decline", data={"reason": "Again."}).status_code == 409
    page = client.get(here).text
    assert "Not &lt;you&gt;." in page
    assert "Show it again" in page
    client.post("/sign-out")
    assert "River guild" not in client.get(here).text
    sign_in(client, alice)
    assert "Not &lt;you&gt;." in client.get(here).text
    assert "turned the endorsement down" in client.get(f"/decisions/{standing.proposal_id}").text
    sign_in(client, charlie)
    assert client.post(f"{path}/show").status_code == 303
    assert client.post(f"{path}/show").status_code == 409
    assert client.get(f"{here}/endorsements/{march.id}/decline").status_code == 404


# --- the pages of endorsing ---


def test_from_the_event_s_page_to_its_endorsement(
    client: FlaskClient,
    db: Session,
    march: Event,
    guild: Guild,
    bob: User,
    sign_in: SignIn,
    clock_at: Clock,
) -> None:
    path = f"/guilds/{guild.slug}/events/{march.id}/endorse"
    assert client.get(path).status_code == 302
    sign_in(client, bob)
    assert "Propose that a guild of yours" in client.get(f"/events/{march.id}").text
    assert client.get(f"/events/{march.id}/endorse").headers["Location"] == path
    assert client.get(path).status_code == 200
    assert client.post(path, data={"voting_length": "2880"}).status_code == 422
    data = {"why": "We march too.", "voting_length": "2880"}
    answer = client.post(path, data=data)
    assert answer.status_code == 303
    proposal = db.exec(select(Proposal)).one()
    close_with_yes(db, proposal, bob)
    db.commit()
    clock_at(proposal.closes_at)
    assert "stands behind it, to everyone" in client.get(answer.headers["Location"]).text
    assert str(proposal.id) in client.get(f"/events/{march.id}").text
    client.post("/sign-out")
    page = client.get(f"/events/{march.id}").text
    assert "Endorsed by" in page
    assert "River guild" in page
    assert "1 of 2 members voted" in page
    assert str(proposal.id) not in page
    assert client.get(f"/guilds/marchers/events/{march.id}/endorse").status_code == 302
