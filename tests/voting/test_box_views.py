import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, select

import voting.services
from accounts.models import User
from core.settings import Settings
from core.vault import get_vault
from guilds.models import Guild
from tests.builders import make_guild, make_user, make_vote
from tests.conftest import Clock
from tests.voting.secret import cast, make_secret_vote
from voting import bundles, casting, closing
from voting.ballot_keys import BallotKeys
from voting.models import Choice, Proposal, SealedBallot

SignIn = Callable[[FlaskClient, User], None]

pytestmark = pytest.mark.usefixtures("clock_at")
CODE = re.compile(r'class="receipt" dir="ltr">([0-9A-Z-]{19})<')


@pytest.fixture
def keys(settings: Settings) -> BallotKeys:
    """The app's."""
    return BallotKeys(settings.data / "ballot-keys")


@pytest.fixture
def close(db: Session, app: Flask) -> Callable[[Proposal], None]:
    def deed(proposal: Proposal) -> None:
        means: closing.Means = app.extensions[closing.EXTENSION]
        assert closing.close_proposal(db, proposal, means, now=proposal.closes_at)

    return deed


def test_a_secret_ballot_is_cast_and_its_receipt_shown_once(
    client: FlaskClient, db: Session, sign_in: SignIn
) -> None:
    proposal, people = make_secret_vote(db, 8)
    sign_in(client, people[1])
    path = f"/decisions/{proposal.id}"
    page = client.get(path).text
    assert "This vote is secret" in page
    assert "Every member can see who voted what" not in page
    refused = client.post(f"{path}/ballot", data={"choice": "perhaps"})
    assert refused.status_code == 422
    answer = client.post(f"{path}/ballot", data={"choice": "no"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    code = CODE.search(answer.text)
    assert code is not None
    page = client.get(path).text
    assert code.group(1) not in page
    assert "Your ballot is in the box" in page
    assert "Cast my ballot" not in page
    again = client.post(f"{path}/ballot", data={"choice": "yes"})
    assert again.status_code == 409
    assert "final" in again.text
    assert len(db.exec(select(SealedBallot)).all()) == 1
    with client.session_transaction() as cookie:
        assert code.group(1) not in str(dict(cookie))


def test_turnout_is_hidden_until_it_hides_people_and_the_split_to_the_end(
    client: FlaskClient, db: Session, sign_in: SignIn, keys: BallotKeys
) -> None:
    proposal, people = make_secret_vote(db, 10, rule={"quorum_share": "1/2"})
    sign_in(client, people[9])
    for number, person in enumerate(people[:6]):
        for path in (f"/decisions/{proposal.id}", "/guilds/river-guild/decisions"):
            page = client.get(path).text
            is_shown = f"{number} of 10 members" in page
            assert is_shown == (number >= 5), (path, number)
            assert ("is not shown before 5 have" in page) == (number < 5)
        assert "Who voted what" not in client.get(f"/decisions/{proposal.id}").text
        page = client.get(f"/decisions/{proposal.id}").text
        assert "What was voted is known at the close and not before" in page
        assert "<caption>Ballots</caption>" not in page
        cast(db, proposal, person, "yes", keys=keys)


def test_nobody_is_shown_who_voted_what_or_at_all(
    client: FlaskClient, db: Session, sign_in: SignIn, keys: BallotKeys, close: Any
) -> None:
    proposal, people = make_secret_vote(db, 5)
    for person in people[:4]:
        cast(db, proposal, person, "yes", keys=keys)
    sign_in(client, people[4])
    path = f"/decisions/{proposal.id}/ballots"
    assert client.get(path).status_code == 403
    close(proposal)
    assert client.get(path).status_code == 403
    page = client.get(f"/decisions/{proposal.id}").text
    assert "4 of 5 members voted" in page
    assert "Who voted what" not in page
    assert people[1].handle not in page


def test_an_author_does_not_learn_from_withdrawing_whether_somebody_voted(
    client: FlaskClient, db: Session, sign_in: SignIn
) -> None:
    proposal, people = make_secret_vote(db, 5)
    sign_in(client, people[0])
    assert "Withdraw this proposal" not in client.get(f"/decisions/{proposal.id}").text
    assert client.post(f"/decisions/{proposal.id}/withdraw").status_code == 403


def test_receipts_are_listed_and_found_after_the_close(
    client: FlaskClient, db: Session, sign_in: SignIn, keys: BallotKeys, close: Any
) -> None:
    proposal, people = make_secret_vote(db, 5)
    codes = [cast(db, proposal, person, "yes", keys=keys) for person in people]
    sign_in(client, people[0])
    path = f"/decisions/{proposal.id}/receipts"
    before = client.get(path, query_string={"code": codes[0]}).text
    assert "The receipts will stand here" in before
    assert codes[1] not in before
    close(proposal)
    page = client.get(path).text
    assert re.findall(r"<li>([0-9A-Z-]{19})</li>", page) == sorted(codes)
    typed = codes[0].lower().replace("-", " ")
    assert "It is there" in client.get(path, query_string={"code": typed}).text
    other = client.get(path, query_string={"code": "2222-2222-2222-2222", "after": "\0%"})
    assert other.status_code == 200
    assert "It is not there" in other.text


def test_a_shut_box_is_told_on_its_page(
    client: FlaskClient,
    db: Session,
    sign_in: SignIn,
    keys: BallotKeys,
    app: Flask,
    run_job: Any,
    clock_at: Clock,
) -> None:
    proposal, people = make_secret_vote(db, 5)
    for person in people[:4]:
        cast(db, proposal, person, "yes", keys=keys)
    keys.destroy(proposal.id)
    clock_at(proposal.closes_at)
    run_job("close-proposals")
    sign_in(client, people[0])
    page = client.get(f"/decisions/{proposal.id}").text
    assert "The ballot box cannot be opened" in page
    assert "The key of the ballot box is missing; 4 ballots cannot be counted." in page
    clock_at(proposal.closes_at + timedelta(days=3))
    run_job("close-proposals")
    page = client.get(f"/decisions/{proposal.id}").text
    assert "So nothing was counted, and nothing decided" in page
    assert "Count it yourself" not in page
    assert client.get(f"/decisions/{proposal.id}/recount").status_code == 409


def test_the_bundle_is_for_members_and_whom_they_give_the_link(
    client: FlaskClient, db: Session, sign_in: SignIn, app: Flask, close: Any
) -> None:
    alice, bob = make_user(db, "alice"), make_user(db, "bob")
    proposal = make_vote(db, make_guild(db, admins=[alice], members=[bob]), alice)
    casting.cast_ballot(db, proposal, actor=bob, marks=Choice.YES, now=proposal.opens_at)
    paths = [f"/decisions/{proposal.id}/{name}" for name in ("recount", "bundle.json")]
    assert [client.get(path).status_code for path in paths] == [302, 302]
    sign_in(client, alice)
    assert [client.get(path).status_code for path in paths] == [409, 409]
    close(proposal)
    page = client.get(paths[0])
    assert page.status_code == 200
    bundle = client.get(paths[1])
    assert bundle.headers["Content-Disposition"].startswith("attachment")
    told = json.loads(bundle.text)
    assert "bob" not in bundle.text
    assert str(bob.id) not in bundle.text
    assert [one["marks"] for one in told["ballots"]] == ["yes"]
    link = re.search(r">http://localhost(/bundles/[^<]+)<", page.text)
    assert link is not None
    sign_in(client, make_user(db, "charlie"))
    assert [client.get(path).status_code for path in paths] == [404, 404]
    stranger = app.test_client()
    assert stranger.get(link.group(1)).text == bundle.text
    assert stranger.get(link.group(1).replace("bundles/", "bundles/A")).status_code == 404
    assert stranger.get("/bundles/ü/bundle.json").status_code == 404


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_bundle_is_whole_however_often_it_is_taken(
    client: FlaskClient, db: Session, sign_in: SignIn, keys: BallotKeys, close: Any
) -> None:
    proposal, people = make_secret_vote(db, 12)
    for person in people[:11]:
        cast(db, proposal, person, "yes", keys=keys)
    close(proposal)
    whole = "".join(bundles.bundle_text(db, proposal))
    assert len(json.loads(whole)["receipts"]) == 11
    sign_in(client, people[0])
    taken = {client.get(f"/decisions/{proposal.id}/bundle.json").text for _ in range(8)}
    assert taken == {whole}


def test_a_shared_bundle_is_not_taken_without_end(
    client: FlaskClient, db: Session, app: Flask, close: Any
) -> None:
    alice = make_user(db, "alice")
    proposal = make_vote(db, make_guild(db, admins=[alice]), alice)
    close(proposal)
    with app.app_context():
        path = f"/bundles/{get_vault().link_token('bundle', proposal.id)}/bundle.json"
    taken = [client.get(path).status_code for _ in range(31)]
    assert taken == [200] * 30 + [429]


def test_the_script_is_for_everyone(client: FlaskClient) -> None:
    answer = client.get("/recount.py")
    assert answer.status_code == 200
    assert answer.mimetype == "text/x-python"
    compile(answer.text, "recount.py", "exec")


def test_pages_of_the_box_ask_the_database_no_more_with_more_ballots(
    client: FlaskClient,
    db: Session,
    sign_in: SignIn,
    keys: BallotKeys,
    close: Any,
    count_queries: Any,
) -> None:
    counts = []
    for size, slug in ((4, "small-guild"), (40, "large-guild")):
        proposal, people = make_secret_vote(db, size, slug=slug)
        for person in people:
            cast(db, proposal, person, "yes", keys=keys)
        close(proposal)
        sign_in(client, people[0])
        for page in ("receipts", "recount", "bundle.json"):
            with count_queries() as queries:
                assert client.get(f"/decisions/{proposal.id}/{page}").status_code == 200
            counts.append((page, len(queries)))
    assert counts[:3] == counts[3:]
    assert max(number for _, number in counts) <= 12


def test_a_secret_vote_that_is_called_off_tells_nothing_and_leaves_nothing(
    client: FlaskClient, db: Session, sign_in: SignIn, keys: BallotKeys, run_job: Any, now: Any
) -> None:
    proposal, people = make_secret_vote(db, 5)
    for person in people[:4]:
        cast(db, proposal, person, "yes", keys=keys)
    voting.services.withdraw_open_proposals(db.get_one(Guild, proposal.guild_id), db=db, now=now)
    run_job("close-proposals")
    assert keys.kept() == []
    assert db.exec(select(SealedBallot)).all() == []
    sign_in(client, people[0])
    page = client.get(f"/decisions/{proposal.id}").text
    assert "Withdrawn" in page
    assert "4 of 5" not in page
