"""Votes among options: from the paper to who voted what, by every method."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from guilds.charter import Charter, DecisionKind, DecisionRule, Method
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild
from tests.builders import make_guild, make_vote
from voting.models import Ballot, Proposal
from voting.question import OptionFacts

SignIn = Callable[[FlaskClient, User], None]
TREES = tuple(OptionFacts(name, f"About {name}.") for name in ("Oak", "Ash & Elm", "Fir"))
PROJECTS = tuple(OptionFacts(name, cost=cost) for name, cost in (("Bench", "300"), ("Pond", "800")))

pytestmark = pytest.mark.usefixtures("clock_at")


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    """Its charter allows every method, with open ballots."""
    base = TEMPLATES["affinity-group"].charter
    allowed = {
        DecisionKind.RESOLUTION: tuple(
            set(Method) - {Method.STV, Method.GREEDY, Method.EQUAL_SHARES}
        ),
        DecisionKind.SPEND: (Method.GREEDY, Method.EQUAL_SHARES, Method.MAJORITY),
        DecisionKind.ELECT: (Method.STV, Method.IRV, Method.SCORE),
    }
    rules = {
        kind: DecisionRule.model_validate(
            {**rule.model_dump(), "methods": sorted(allowed.get(kind, rule.methods))}
        )
        for kind, rule in base.rules.items()
    }
    return make_guild(db, admins=[alice], members=[bob], charter=Charter(rules=rules))


@pytest.fixture
def as_bob(client: FlaskClient, sign_in: SignIn, guild: Guild, bob: User) -> FlaskClient:
    sign_in(client, bob)
    return client


def vote_by(db: Session, guild: Guild, author: User, method: Method) -> Proposal:
    more: dict[str, Any] = {"options": TREES}
    if method in (Method.GREEDY, Method.EQUAL_SHARES):
        more = {"options": PROJECTS, "settings": {"budget": "1000"}, "kind": DecisionKind.SPEND}
    elif method == Method.STV:
        more |= {"kind": DecisionKind.ELECT, "seats": 2}
    elif method in (Method.SCORE, Method.STAR):
        more |= {"settings": {"highest": "5"}}
    return make_vote(db, guild, author, method=method, **more)


@pytest.mark.parametrize(
    ("method", "typed", "marks", "words"),
    [
        (Method.APPROVAL, ["1", "1"], "11-", ["Approves Oak and Ash &amp; Elm"]),
        (Method.SCORE, ["5", "", "0"], "5-0", ["5: Oak", "0: Fir", "No opinion: Ash &amp; Elm"]),
        (Method.STAR, ["1", "2", "3"], "123", ["3: Fir", "2: Ash &amp; Elm", "1: Oak"]),
        (Method.IRV, ["2", "", "1"], "2-1", ["1. Fir", "2. Oak"]),
        (Method.STV, ["3", "1", ""], "21-", ["1. Ash &amp; Elm", "2. Oak"]),
        (Method.SCHULZE, ["1", "1", "2"], "112", ["1. Oak and Ash &amp; Elm", "2. Fir"]),
        (Method.RANKED_PAIRS, ["3", "2", "1"], "321", ["1. Fir"]),
        (Method.GREEDY, ["1", "1"], "11", ["Supports Bench and Pond"]),
        (Method.EQUAL_SHARES, ["", "1"], "-1", ["Supports Pond"]),
    ],
)
def test_a_ballot_is_cast_and_shown_in_words(
    as_bob: FlaskClient,
    db: Session,
    guild: Guild,
    bob: User,
    method: Method,
    typed: list[str],
    marks: str,
    words: list[str],
) -> None:
    proposal = vote_by(db, guild, bob, method)
    path = f"/decisions/{proposal.id}"
    page = as_bob.get(path)
    assert 'name="mark-0"' in page.text
    assert as_bob.post(f"{path}/ballot").status_code == 422
    data = {f"mark-{place}": text for place, text in enumerate(typed)}
    assert as_bob.post(f"{path}/ballot", data=data).status_code == 303
    assert db.exec(select(Ballot)).one().marks == marks
    mine = as_bob.get(path).text
    everyone = as_bob.get(f"{path}/ballots").text
    for line in words:
        assert line in mine
        assert line in everyone
    assert "Change my ballot" in mine
    assert "1 of 2 members has voted" in mine
    assert as_bob.post(f"{path}/ballot", data={"blank": "1"}).status_code == 303
    assert "A blank ballot" in as_bob.get(f"{path}/ballots").text


def test_bad_marks_are_told_by_option_and_kept(
    as_bob: FlaskClient, db: Session, guild: Guild, bob: User
) -> None:
    proposal = vote_by(db, guild, bob, Method.IRV)
    path = f"/decisions/{proposal.id}/ballot"
    answer = as_bob.post(path, data={"mark-0": "1", "mark-1": "1", "mark-2": "77"})
    assert answer.status_code == 422
    assert "Give a rank from 1 to 3, or leave it out." in answer.text
    assert '<option value="77" selected>' in answer.text
    assert '<option value="1" selected>' in answer.text
    answer = as_bob.post(path, data={"mark-0": "1", "mark-1": "1"})
    assert answer.status_code == 422
    assert "Oak has rank 1 too" in answer.text
    assert db.exec(select(Ballot)).all() == []
