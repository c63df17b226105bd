"""What cannot be decided as the guild is now says so before it is put, and while it is voted on."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from accounts.models import User
from events.models import EventState
from guilds.charter import Charter, DecisionKind, Electorate, Method
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild, Role
from petitions.models import PetitionState
from tests.builders import MEANS, NOW, make_bill, make_event, make_guild, make_petition, make_vote
from tests.conftest import Clock
from voting import closing, services
from voting.models import ProposalState
from voting.question import OptionFacts, Question

DAY = timedelta(days=1)
SignIn = Callable[[FlaskClient, User], None]
STUCK = "As the guild is now, this cannot be decided"
TOO_FEW = "3 people would have to cast a ballot, because ballots are secret, and there are only 2"
ASSEMBLY = TEMPLATES["simple-assembly"].charter


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    """Two people whose charter asks for secret elections; one more would do."""
    return make_guild(db, admins=[alice], members=[bob])


@pytest.fixture
def as_alice(client: FlaskClient, sign_in: SignIn, guild: Guild, alice: User) -> FlaskClient:
    assert guild
    sign_in(client, alice)
    return client


def elect(db: Session, guild: Guild, author: User) -> str:
    """The page of an election that is voted on."""
    standing = (OptionFacts("Oak"), OptionFacts("Elm"))
    kind, method = DecisionKind.ELECT, Method.IRV
    vote = make_vote(db, guild, author, kind=kind, method=method, options=standing)
    db.commit()
    return f"/decisions/{vote.id}"


@pytest.mark.usefixtures("clock_at")
def test_before_it_is_put_the_rule_says_that_too_few_are_here(
    as_alice: FlaskClient, db: Session
) -> None:
    for path in ("decisions/new?kind=elect", "decisions/kinds", "charter"):
        page = as_alice.get(f"/guilds/river-guild/{path}").text
        assert page.count(STUCK) == 1, path
        assert TOO_FEW in page, path
    assert STUCK not in as_alice.get("/guilds/river-guild/decisions/new").text


@pytest.mark.usefixtures("clock_at")
def test_every_page_on_which_a_proposal_is_put_says_it(
    as_alice: FlaskClient, db: Session, alice: User, bob: User
) -> None:
    rules = {
        kind: rule.model_copy(update={"supporters": 1}) for kind, rule in ASSEMBLY.rules.items()
    }
    lone = make_guild(
        db,
        admins=[alice],
        slug="lone",
        charter=Charter(rules=rules),
        founded_at=NOW - timedelta(days=100),
    )
    petition = make_petition(db, lone, alice, state=PetitionState.DRAFT)
    event = make_event(db, lone, alice, state=EventState.DRAFT)
    bill = make_bill(db)
    db.commit()
    for path in (
        f"/petitions/{petition.id}/put",
        f"/events/{event.id}/put",
        f"/guilds/lone/bills/{bill.id}/stance",
        "/guilds/lone/charter/change",
    ):
        assert STUCK in as_alice.get(path).text, path


@pytest.mark.usefixtures("clock_at")
def test_a_draft_says_it_and_the_page_of_a_debate_counts_no_members_for_it(
    as_alice: FlaskClient,
    db: Session,
    guild: Guild,
    alice: User,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    question = Question(
        DecisionKind.ELECT,
        "Who keeps the keys",
        "For a year.",
        2 * DAY,
        Method.IRV,
        (OptionFacts("Oak"), OptionFacts("Elm")),
    )
    draft = services.keep_draft(db, guild, question, actor=alice, now=NOW)
    db.commit()
    assert STUCK in as_alice.get(f"/decisions/{draft.id}").text
    services.put_draft(db, draft, actor=alice, now=NOW)
    assert draft.state == ProposalState.DELIBERATION
    db.commit()
    with count_queries() as queries:
        as_alice.get(f"/decisions/{draft.id}")
    counting = [query for query in queries if "count(" in query and "FROM membership" in query]
    assert (bool(queries), counting) == (True, [])


@pytest.mark.usefixtures("clock_at")
def test_with_one_more_nothing_is_said(
    client: FlaskClient, db: Session, sign_in: SignIn, alice: User, bob: User, charlie: User
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob, charlie])
    sign_in(client, alice)
    for path in ("decisions/new?kind=elect", "decisions/kinds", "charter"):
        assert STUCK not in client.get(f"/guilds/river-guild/{path}").text
    assert "decides nothing" not in client.get(elect(db, guild, alice)).text


def test_strangers_read_the_charter_without_it(client: FlaskClient, guild: Guild) -> None:
    assert STUCK not in client.get(f"/guilds/{guild.slug}/charter").text


def test_who_is_asked_to_vote_for_nothing_is_told(
    as_alice: FlaskClient, db: Session, guild: Guild, alice: User, clock_at: Clock
) -> None:
    clock_at(NOW)
    page = as_alice.get(elect(db, guild, alice)).text
    assert "Whatever is voted here decides nothing" in page
    assert "3 would have to vote, as ballots are secret, and only 2 may." in page


def test_a_vote_of_nobody_says_so_and_no_quorum_is_reached(
    as_alice: FlaskClient, db: Session, alice: User, bob: User, clock_at: Clock
) -> None:
    changes = {"electorate": Electorate.ROLE, "electorate_role": Role.ORGANISER}
    resolution = ASSEMBLY.rules[DecisionKind.RESOLUTION].model_copy(update=changes)
    rules = {**ASSEMBLY.rules, DecisionKind.RESOLUTION: resolution}
    guild = make_guild(db, members=[alice, bob], slug="flat", charter=Charter(rules=rules))
    vote = make_vote(db, guild, bob)
    db.commit()
    path = f"/decisions/{vote.id}"
    clock_at(NOW)
    said = "vote: when voting opened, organisers and admins were none."
    assert f"Nobody can {said}" in as_alice.get(path).text
    closing.close_proposal(db, vote, MEANS, now=vote.closes_at)
    db.commit()
    clock_at(vote.closes_at)
    page = as_alice.get(path).text
    assert f"Nobody could {said}" in page
    assert "quorum reached" not in page
