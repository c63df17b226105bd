import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from guilds.models import Guild
from tests.builders import NOW, make_proposal
from voting import debate, queries
from voting.debate_models import Comment, Stance
from voting.models import Proposal

SignIn = Callable[[FlaskClient, User], None]

pytestmark = pytest.mark.usefixtures("clock_at")


@pytest.fixture
def proposal(db: Session, guild: Guild, alice: User) -> Proposal:
    return make_proposal(db, guild, alice)


@pytest.fixture
def as_bob(client: FlaskClient, sign_in: SignIn, proposal: Proposal, bob: User) -> FlaskClient:
    sign_in(client, bob)
    return client


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_comments_take_a_stance_or_none_and_are_counted_by_it(
    as_bob: FlaskClient, db: Session, proposal: Proposal
) -> None:
    path = f"/decisions/{proposal.id}"
    assert "Comments by stance" not in as_bob.get(path).text
    for text, stance in [
        ("Why east?", "question"),
        ("Who waters them?", "question"),
        ("It drains the well.", "against"),
        ("Good.", "for"),
        ("There are six willows now.", ""),
    ]:
        sent = as_bob.post(f"{path}/comments", data={"text": text, "stance": stance})
        assert sent.status_code == 303
    stances = [said.stance for said in db.exec(select(Comment).order_by(Comment.text))]  # type: ignore[arg-type] # SQLModel types a column as its value
    assert stances == [Stance.FOR, Stance.AGAINST, None, Stance.QUESTION, Stance.QUESTION]
    page = words(as_bob.get(path).text)
    for label in ("All (5)", "Questions (2)", "For (1)", "Against (1)"):
        assert label in page
    assert page.count("? Question") + page.count("! Question") == 2
    asked = as_bob.get(f"{path}?stance=question").text
    assert "Who waters them?" in asked
    assert "It drains the well." not in asked
    assert "There are six willows now." not in asked


def test_a_filter_nobody_knows_shows_all_and_a_stance_nobody_knows_is_refused(
    as_bob: FlaskClient, db: Session, proposal: Proposal, bob: User
) -> None:
    path = f"/decisions/{proposal.id}"
    debate.comment(db, proposal, actor=bob, text="Good.", stance=Stance.FOR, now=NOW)
    assert "Good." in as_bob.get(f"{path}?stance=%00x").text
    none = as_bob.get(f"{path}?stance=against").text
    assert "No comment of this kind." in none
    refused = as_bob.post(f"{path}/comments", data={"text": "Hm, kept.", "stance": "maybe"})
    assert refused.status_code == 422
    assert "Hm, kept." in refused.text
    assert as_bob.post(f"{path}/comments", data={"text": "Plain."}).status_code == 303


def test_a_filtered_debate_is_paged_within_its_stance(
    as_bob: FlaskClient, db: Session, proposal: Proposal, bob: User
) -> None:
    for number in range(queries.PAGE + 1):
        for stance in (Stance.FOR, None):
            text = f"{stance or 'remark'} {number}."
            debate.comment(db, proposal, actor=bob, text=text, stance=stance, now=NOW)
    first = as_bob.get(f"/decisions/{proposal.id}?stance=for").text
    [later] = re.findall(r'href="([^"]+)" rel="next"', first)
    assert "stance=for" in later
    second = as_bob.get(later.replace("&amp;", "&")).text
    assert "<p>for " in second
    assert "<p>remark " not in first + second
    both = first + second
    assert len(set(re.findall(r"<p>for (\d+)\.", both))) == queries.PAGE + 1
