"""The pages of a proposal's life: drafted, supported, written anew, ended."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from guilds.models import Guild
from tests.builders import MEANS, NOW, make_guild, make_proposal, make_vote
from tests.conftest import Clock
from voting import casting, closing, expiring, rules, services
from voting.models import Choice, Proposal, ProposalState

DAY = timedelta(days=1)
SignIn = Callable[[FlaskClient, User], None]
NEW = "/guilds/river-guild/decisions/new"
FACTS = {"title": "Plant willows", "text": "They **hold**.", "voting_length": "4320"}

pytestmark = pytest.mark.usefixtures("clock_at")


def only(db: Session) -> Proposal:
    return db.exec(select(Proposal)).one()


def test_a_draft_is_kept_changed_and_put(
    as_bob: FlaskClient, db: Session, client: FlaskClient, sign_in: SignIn, alice: User, bob: User
) -> None:
    answer = as_bob.post(NEW, data={**FACTS, "deed": "draft", "topic": "river"})
    assert answer.status_code == 303
    draft = only(db)
    assert (draft.state, draft.topic) == (ProposalState.DRAFT, "river")
    page = as_bob.get(answer.location).text
    assert "Only you see it" in page
    assert page.count("button-action") == 1
    assert "Plant willows" in as_bob.get("/guilds/river-guild/decisions").text
    edit = f"/decisions/{draft.id}/edit"
    form = as_bob.get(edit).text
    assert 'value="river"' in form
    seen = draft.put_at.isoformat()
    refused = as_bob.post(edit, data={**FACTS, "title": "", "seen": seen})
    assert refused.status_code == 422
    facts = {**FACTS, "title": "Plant oaks", "seen": seen, "deed": "draft"}
    assert as_bob.post(edit, data=facts).status_code == 303
    sign_in(client, alice)
    for path in ("", "/edit", "/delete"):
        assert client.get(f"/decisions/{draft.id}{path}").status_code == 404
    assert client.post(f"/decisions/{draft.id}/put").status_code == 404
    assert "Plant oaks" not in client.get("/guilds/river-guild/decisions").text
    sign_in(client, bob)
    assert client.post(f"/decisions/{draft.id}/put").status_code == 303
    assert only(db).state == ProposalState.DELIBERATION
    again = client.post(f"/decisions/{draft.id}/put")
    assert (again.status_code, again.location) == (303, f"/decisions/{draft.id}")


def test_a_draft_changed_in_two_places_shows_both_texts(
    as_bob: FlaskClient, db: Session, clock_at: Clock
) -> None:
    as_bob.post(NEW, data={**FACTS, "deed": "draft"})
    draft = only(db)
    edit, seen = f"/decisions/{draft.id}/edit", draft.put_at.isoformat()
    clock_at.move(timedelta(minutes=1))
    as_bob.post(edit, data={**FACTS, "text": "Theirs.", "seen": seen, "deed": "draft"})
    stale = as_bob.post(edit, data={**FACTS, "text": "Mine.", "seen": seen, "deed": "draft"})
    assert stale.status_code == 409
    assert "Theirs." in stale.text
    assert "Mine." in stale.text
    for nonsense in ("", "yesterday", "2026-13-01"):
        again = as_bob.post(edit, data={**FACTS, "seen": nonsense, "deed": "draft"})
        assert again.status_code == 409


def test_a_draft_is_deleted_after_asking_once(as_bob: FlaskClient, db: Session) -> None:
    as_bob.post(NEW, data={**FACTS, "deed": "draft"})
    path = f"/decisions/{only(db).id}/delete"
    assert "gone for good" in as_bob.get(path).text
    assert as_bob.post(path).status_code == 303
    assert db.exec(select(Proposal)).all() == []


def test_what_was_put_is_not_deleted(as_bob: FlaskClient, db: Session) -> None:
    as_bob.post(NEW, data=FACTS)
    for answer in (as_bob.get, as_bob.post):
        assert answer(f"/decisions/{only(db).id}/delete").status_code == 409


def test_a_refused_draft_keeps_what_was_typed(
    as_bob: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MOST_DRAFTS", 0)
    refused = as_bob.post(NEW, data={**FACTS, "deed": "draft"})
    assert refused.status_code == 409
    assert "Put or delete one of them first" in refused.text
    assert "They **hold**." in refused.text


@pytest.mark.parametrize("day", ["2026-03-05", "0001-01-01", "9999-12-31", "nonsense"])
def test_a_review_comes_after_the_decision(as_bob: FlaskClient, db: Session, day: str) -> None:
    refused = as_bob.post(NEW, data={**FACTS, "review_on": day})
    assert refused.status_code == 422
    assert as_bob.post(NEW, data={**FACTS, "review_on": "2026-09-01"}).status_code == 303
    assert str(only(db).review_at) == "2026-09-01 09:00:00+00:00"


def test_much_the_same_question_is_pointed_out(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User, bob: User
) -> None:
    asked = make_proposal(db, guild, alice, title="Willows for the <east> bank")
    other = make_guild(db, admins=[bob], slug="other-guild")
    make_proposal(db, other, bob, title="Willow secrets")
    similar = "/guilds/river-guild/decisions/similar"
    found = as_bob.get(similar, query_string={"title": "plant a willow"})
    assert "Willows for the &lt;east&gt; bank" in found.text
    assert "secrets" not in found.text
    assert "Join that debate, or say what is different" in found.text
    assert "Willows" not in as_bob.get(similar, query_string={"title": "Buy drums"}).text
    assert as_bob.get(similar).text.strip() == ""
    draft = as_bob.post(NEW, data={**FACTS, "deed": "draft"})
    assert "asked something like it before" in as_bob.get(draft.location).text
    services.withdraw(db, asked, actor=alice, now=NOW)
    found = as_bob.get(similar, query_string={"title": "plant a willow"})
    assert "Join that debate" not in found.text
    assert "Say what is different this time." in found.text


def test_members_support_and_take_it_back(
    client: FlaskClient,
    db: Session,
    sign_in: SignIn,
    seeking: Proposal,
    alice: User,
    bob: User,
    charlie: User,
) -> None:
    path = f"/decisions/{seeking.id}"
    sign_in(client, bob)
    assert "others have to support it" in client.get(path).text
    assert client.post(f"{path}/support").status_code == 409
    sign_in(client, alice)
    assert "0 members support it; 2 are needed." in client.get(path).text
    assert client.post(f"{path}/support").status_code == 303
    assert "Take my support back" in client.get(path).text
    assert "1 of 2 supporters" in client.get("/guilds/far-guild/decisions").text
    assert client.post(f"{path}/take-back-support").status_code == 303
    assert client.post(f"{path}/support").status_code == 303
    sign_in(client, charlie)
    assert client.post(f"{path}/support").status_code == 303
    assert "In debate" in client.get(path).text
    assert client.post(f"{path}/take-back-support").status_code == 409


def test_each_end_explains_itself(
    as_bob: FlaskClient, db: Session, guild: Guild, seeking: Proposal, bob: User
) -> None:
    expiring.end_support(db, seeking, now=NOW + rules.SUPPORT_LENGTH)
    page = as_bob.get(f"/decisions/{seeking.id}").text
    assert "0 members supported it in time, and 2 were needed" in page
    assert f"decisions/new?from={seeking.id}" in page
    gone = make_proposal(db, guild, bob)
    services.withdraw(db, gone, actor=bob, now=NOW)
    page = as_bob.get(f"/decisions/{gone.id}").text
    assert "This proposal was withdrawn" in page
    again = as_bob.get(f"{NEW}?from={gone.id}").text
    assert "Plant willows on the east bank" in again
    assert as_bob.get(f"{NEW}?from={seeking.id}").text.count("Plant willows on the east bank") == 0
    assert as_bob.get(f"{NEW}?from=nonsense&kind=nonsense").status_code == 200
    as_bob.post(NEW, data={**FACTS, "title": "Left alone", "deed": "draft"})
    draft = db.exec(select(Proposal).where(Proposal.title == "Left alone")).one()
    expiring.expire_draft(db, draft, now=NOW + rules.DRAFT_LENGTH)
    assert "This draft expired" in as_bob.get(f"/decisions/{draft.id}").text


def test_the_text_changes_until_voting_opens_and_its_versions_stay(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User, bob: User
) -> None:
    proposal = make_proposal(db, guild, bob, text="They hold the <b>soil</b>.\n\nIn May.")
    path = f"/decisions/{proposal.id}"
    assert "Change the text" in as_bob.get(path).text
    anew = {"title": proposal.title, "text": "They hold the <i>bank</i>.\n\nIn May.", "seen": "1"}
    assert as_bob.post(f"{path}/edit", data={**anew, "text": " "}).status_code == 422
    assert as_bob.post(f"{path}/edit", data=anew).status_code == 303
    stale = as_bob.post(f"{path}/edit", data={**anew, "text": "Other."})
    assert stale.status_code == 409
    assert "Other." in stale.text
    assert "&lt;i&gt;bank&lt;/i&gt;" in stale.text
    for nonsense in ("", "x", "9" * 40):
        assert as_bob.post(f"{path}/edit", data={**anew, "seen": nonsense}).status_code == 409
    assert "Version 2: what changed" in as_bob.get(path).text
    page = as_bob.get(f"{path}/versions").text
    assert "<del>&lt;b&gt;soil&lt;/b&gt;.</del><ins>&lt;i&gt;bank&lt;/i&gt;.</ins>" in page
    assert "<i>bank" not in page
    same = as_bob.get(f"{path}/versions?before=1&after=1").text
    assert "<ins>" not in same
    assert as_bob.get(f"{path}/versions?before=%00&after=99").status_code == 200
    hers = make_proposal(db, guild, alice)
    assert as_bob.get(f"/decisions/{hers.id}/edit").status_code == 403
    frozen = make_vote(db, guild, bob)
    assert as_bob.get(f"/decisions/{frozen.id}/edit").status_code == 409
    assert "Change the text" not in as_bob.get(f"/decisions/{frozen.id}").text


def test_a_passed_decision_says_when_it_is_looked_at_again(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User, bob: User, clock_at: Clock
) -> None:
    proposal = make_vote(db, guild, alice, review_at=NOW + 60 * DAY)
    casting.cast_ballot(db, proposal, actor=bob, marks=Choice.YES, now=NOW)
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
    path = f"/decisions/{proposal.id}"
    assert "looks at this decision again on" in as_bob.get(path).text
    clock_at(NOW + 60 * DAY)
    assert "Time to look at it again" in as_bob.get(path).text
