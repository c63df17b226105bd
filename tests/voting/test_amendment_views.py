"""The pages of amendments."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from guilds.models import Guild
from tests.builders import NOW, make_proposal, make_vote
from tests.voting.test_views import count_queries
from voting import amending, writing
from voting.debate_models import Amendment, AmendmentState
from voting.models import Proposal

SignIn = Callable[[FlaskClient, User], None]
TEXT = "We plant willows on the bank. We meet in May."
OAKS = {"text": TEXT.replace("willows", "oaks"), "reason": "They <last>.", "seen": "1"}
NOBODY = "11111111-1111-4111-8111-111111111111"

pytestmark = pytest.mark.usefixtures("clock_at")


@pytest.fixture
def proposal(db: Session, guild: Guild, alice: User) -> Proposal:
    return make_proposal(db, guild, alice, text=TEXT)


@pytest.fixture
def as_bob(client: FlaskClient, sign_in: SignIn, proposal: Proposal, bob: User) -> FlaskClient:
    assert proposal
    sign_in(client, bob)
    return client


@pytest.fixture
def path(proposal: Proposal) -> str:
    return f"/decisions/{proposal.id}"


def offered(db: Session, client: FlaskClient, path: str) -> tuple[Amendment, str]:
    answer = client.post(f"{path}/amendments/new", data=OAKS)
    assert answer.status_code == 303
    return db.exec(select(Amendment)).one(), answer.location


def test_a_member_offers_other_words(as_bob: FlaskClient, db: Session, path: str) -> None:
    assert "Offer an amendment" in as_bob.get(path).text
    assert TEXT in as_bob.get(f"{path}/amendments/new").text
    for missing in ("text", "reason"):
        answer = as_bob.post(f"{path}/amendments/new", data={**OAKS, missing: ""})
        assert answer.status_code == 422
    same = as_bob.post(f"{path}/amendments/new", data={**OAKS, "text": TEXT})
    assert same.status_code == 409
    assert "They &lt;last&gt;." in same.text
    _, here = offered(db, as_bob, path)
    page = as_bob.get(here).text
    assert "<del>willows </del><ins>oaks </ins>" in page
    assert "They &lt;last&gt;." in page
    assert "<last>" not in page
    assert "0 for it, 0 against it" in as_bob.get(path).text


def test_written_against_an_older_text_it_is_fitted_and_shown_again(
    as_bob: FlaskClient, db: Session, proposal: Proposal, path: str, alice: User
) -> None:
    edit: dict[str, Any] = {"title": proposal.title, "actor": alice, "now": NOW}
    june = TEXT.replace("May", "June")
    writing.edit_text(db, proposal, text=june, seen_version=1, **edit)
    stale = as_bob.post(f"{path}/amendments/new", data=OAKS)
    assert stale.status_code == 409
    assert "We plant oaks on the bank. We meet in June." in stale.text
    elms = {**OAKS, "text": TEXT.replace("May", "August")}
    clash = as_bob.post(f"{path}/amendments/new", data=elms)
    assert clash.status_code == 409
    assert "It touches words that changed" in clash.text
    assert "We meet in August." in clash.text
    for nonsense in ("", "-1", "9" * 30):
        answer = as_bob.post(f"{path}/amendments/new", data={**OAKS, "seen": nonsense})
        assert answer.status_code == 409


def test_members_say_for_or_against(as_bob: FlaskClient, db: Session, path: str) -> None:
    amendment, here = offered(db, as_bob, path)
    assert as_bob.post(f"{here}/voice", data={"voice": "perhaps"}).status_code == 409
    for voice, seen in (("for", (1, 0)), ("against", (0, 1)), ("none", (0, 0))):
        assert as_bob.post(f"{here}/voice", data={"voice": voice}).status_code == 303
        assert (amendment.for_count, amendment.against_count) == seen
    as_bob.post(f"{here}/voice", data={"voice": "for"})
    page = as_bob.get(here).text
    assert "1 for it, 0 against it." in page
    assert "You are for it." in page
    assert "at least 1 member for it" in page
    assert "For it: <bdi>Bob</bdi>." in page


def test_the_author_takes_it_in_or_declines_with_a_reason(
    as_bob: FlaskClient,
    db: Session,
    proposal: Proposal,
    path: str,
    sign_in: SignIn,
    alice: User,
    bob: User,
) -> None:
    amendment, here = offered(db, as_bob, path)
    assert "Your answer" not in as_bob.get(here).text
    assert as_bob.post(f"{here}/accept").status_code == 403
    assert as_bob.post(f"{here}/decline", data={"answer": "No."}).status_code == 403
    sign_in(as_bob, alice)
    assert as_bob.get(here).text.count("button-action") == 1
    assert as_bob.post(f"{here}/withdraw").status_code == 403
    refused = as_bob.post(f"{here}/decline", data={"answer": " "})
    assert refused.status_code == 422
    assert "Say why" in refused.text
    assert as_bob.post(f"{here}/decline", data={"answer": "Too slow."}).status_code == 303
    assert "Too slow." in as_bob.get(here).text
    answer = as_bob.post(f"{here}/accept")
    assert answer.status_code == 303
    assert "oaks" in as_bob.get(path).text
    assert "an amendment taken in" in as_bob.get(f"{path}/versions").text
    assert as_bob.post(f"{here}/accept").status_code == 409
    assert amendment.state == AmendmentState.ACCEPTED


def test_what_does_not_fit_any_more_says_so_and_is_written_again(
    as_bob: FlaskClient, db: Session, proposal: Proposal, path: str, alice: User
) -> None:
    _, here = offered(db, as_bob, path)
    elms = TEXT.replace("willows", "elms")
    edit: dict[str, Any] = {"title": proposal.title, "actor": alice, "now": NOW}
    writing.edit_text(db, proposal, text=elms, seen_version=1, **edit)
    page = as_bob.get(here).text
    assert "It does not fit the text any more" in page
    again = f"{path}/amendments/new?from={here.rpartition('/')[2]}"
    assert again in page
    assert "We plant oaks" in as_bob.get(again).text
    assert as_bob.get(f"{path}/amendments/new?from=nonsense").status_code == 200
    assert as_bob.post(f"{here}/withdraw").status_code == 303
    assert "Taken back" in as_bob.get(here).text


def test_frozen_is_frozen_and_elsewhere_nothing_is_here(
    as_bob: FlaskClient, db: Session, guild: Guild, path: str, alice: User, bob: User
) -> None:
    _, here = offered(db, as_bob, path)
    key = here.rpartition("/")[2]
    frozen = make_vote(db, guild, alice)
    assert as_bob.get(f"/decisions/{frozen.id}/amendments/new").status_code == 409
    assert as_bob.get(f"/decisions/{frozen.id}/amendments/{key}").status_code == 404
    assert as_bob.get(f"{path}/amendments/{NOBODY}").status_code == 404
    mine = make_proposal(db, guild, bob)
    assert as_bob.get(f"/decisions/{mine.id}/amendments/new").status_code == 409
    assert "Offer an amendment" not in as_bob.get(f"/decisions/{mine.id}").text


def test_outsiders_find_no_amendment(
    as_bob: FlaskClient, db: Session, path: str, sign_in: SignIn, charlie: User
) -> None:
    _, here = offered(db, as_bob, path)
    sign_in(as_bob, charlie)
    assert as_bob.get(here).status_code == 404
    for deed in ("voice", "accept", "decline", "withdraw"):
        data = {"voice": "for", "answer": "No."}
        assert as_bob.post(f"{here}/{deed}", data=data).status_code == 404


def test_a_page_of_amendments_asks_the_database_no_more_the_more_there_are(
    as_bob: FlaskClient, db: Session, proposal: Proposal, path: str, bob: User
) -> None:
    def offer(number: int) -> None:
        text = f"{TEXT} {number}"
        amending.propose_amendment(
            db, proposal, text=text, reason="So.", base_version=1, actor=bob, now=NOW
        )

    offer(0)
    few = count_queries(as_bob, path)
    for number in range(1, 12):
        offer(number)
    assert count_queries(as_bob, path) == few
