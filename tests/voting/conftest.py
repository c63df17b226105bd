"""What several tests of deciding begin from."""

from collections.abc import Callable

import pytest
from flask import Flask, render_template
from flask.testing import FlaskClient
from sqlmodel import Session

from accounts.models import User
from core.mail import Writer
from guilds.charter import DecisionKind, Method
from guilds.models import Guild, Membership, Role
from tests.builders import NOW, VAULT, make_guild, make_proposal, make_user
from tests.voting.test_charters import propose
from voting.models import Proposal
from voting.question import OptionFacts

BENCH, SWING = BUDGET = (OptionFacts("Bench", cost="300"), OptionFacts("Swing", cost="200"))
SLIDE = OptionFacts("Slide", "For the small ones.", cost="250")


@pytest.fixture
def writer(app: Flask) -> Writer:
    def render(name: str, **facts: object) -> str:
        with app.test_request_context():
            return render_template(name, **facts)

    return Writer(render=render, public_url="http://localhost", vault=VAULT)


@pytest.fixture
def as_bob(
    client: FlaskClient, sign_in: Callable[[FlaskClient, User], None], guild: Guild, bob: User
) -> FlaskClient:
    """Bob's browser; he belongs to the guild."""
    assert guild
    sign_in(client, bob)
    return client


@pytest.fixture
def seeking(db: Session, alice: User, bob: User, charlie: User) -> Proposal:
    """Bob's resolution in a federation: two others must support it."""
    far = make_guild(
        db,
        admins=[alice],
        members=[bob, charlie],
        charter="federation-with-quorum",
        slug="far-guild",
    )
    return make_proposal(db, far, bob)


@pytest.fixture
def change(db: Session, guild: Guild, alice: User) -> Proposal:
    """Alice's proposal that half must take part where money is spent."""
    return propose(db, guild, alice)


@pytest.fixture
def budget(db: Session, guild: Guild, alice: User) -> Proposal:
    """Alice's choice between two projects, with money for both."""
    return make_proposal(
        db,
        guild,
        alice,
        kind=DecisionKind.SPEND,
        method=Method.EQUAL_SHARES,
        options=BUDGET,
        settings={"budget": "500", "completion": "greedy"},
    )


@pytest.fixture
def bigger(db: Session, guild: Guild) -> list[User]:
    """Three more members of the guild."""
    more = [make_user(db, f"member{number}") for number in range(3)]
    for user in more:
        db.add(Membership(guild_id=guild.id, user_id=user.id, role=Role.MEMBER, joined_at=NOW))
    guild.member_count += 3
    db.flush()
    return more
