"""Pages of suggestions: members offer other words, who looks after the draft answers."""

import re
from collections.abc import Callable

import pytest
from sqlmodel import Session, select

from accounts.models import User
from guilds.models import Guild
from petitions import suggestions
from petitions.models import Petition, PetitionState
from petitions.writing_models import Suggestion, SuggestionState
from tests.builders import NOW, make_petition, make_user
from tests.conftest import Client, Clock
from tests.drafting_builders import make_suggestion, the_draft

SignIn = Callable[[Client, User], None]
P = PetitionState


def test_accepting_what_was_edited_meanwhile_shows_both(
    client: Client, db: Session, guild: Guild, alice: User, bob: User, clock_at: Clock,
    sign_in: SignIn,
) -> None:  # fmt: skip
    petition = make_petition(db, guild, alice, state=P.AMENDMENT)
    one = make_suggestion(db, petition, bob, after="DreamSync Corp has begun to give it away.")
    sign_in(client, alice)
    path = f"/petitions/{petition.id}/suggestions/{one.id}"
    assert "Take it into the text" in client.get(path).text
    changed = the_draft(db, background="DreamSync Corp now has begun to sell it.", version="1")
    assert client.post(f"/petitions/{petition.id}/edit", data=changed).status_code == 303
    stale = client.post(f"{path}/accept", data={"seen": "1"})
    assert stale.status_code == 409
    assert "As it stands now" in stale.text
    assert "As it would become" in stale.text
    assert 'name="seen" type="hidden" value="2"' in stale.text
    assert client.post(f"{path}/accept", data={"seen": "2"}).status_code == 303
    db.expire_all()
    kept = db.get_one(Petition, petition.id).background
    assert kept == "DreamSync Corp now has begun to give it away."


def test_what_fits_no_more_is_taken_in_once_its_words_are_written_by_hand(
    client: Client, db: Session, guild: Guild, alice: User, bob: User, clock_at: Clock,
    sign_in: SignIn,
) -> None:  # fmt: skip
    petition = make_petition(db, guild, alice, state=P.AMENDMENT)
    here = f"/petitions/{petition.id}"
    one = make_suggestion(db, petition, bob, after="DreamSync Corp has begun to give it away.")
    sign_in(client, alice)
    put = client.get(f"{here}/put").text
    assert "1 suggestion waits for an answer." in " ".join(put.split())
    assert f'href="{here}#suggestions">Answer it first' in put
    sold = the_draft(db, background="DreamSync Corp has begun to lease it.", version="1")
    assert client.post(f"{here}/edit", data=sold).status_code == 303
    page = client.get(f"{here}/suggestions/{one.id}").text
    assert "Take it into the text" not in page
    assert "write its words into the draft by hand: then it can be taken in" in page
    by_hand = sold | {"background": one.after, "version": "2"}
    assert client.post(f"{here}/edit", data=by_hand).status_code == 303
    taken = client.post(f"{here}/suggestions/{one.id}/accept", data={"seen": "3"})
    assert taken.status_code == 303
    assert "Taken in" in client.get(f"{here}/suggestions/{one.id}").text


def test_a_member_suggests_and_the_author_declines_with_a_reason(
    client: Client, db: Session, guild: Guild, alice: User, bob: User, clock_at: Clock,
    sign_in: SignIn,
) -> None:  # fmt: skip
    petition = make_petition(db, guild, alice, state=P.DRAFT)
    here = f"/petitions/{petition.id}"
    sign_in(client, bob)
    assert client.get(f"{here}/suggest/request").status_code == 403
    assert client.post(f"{here}/amendment/begin").status_code == 403
    sign_in(client, alice)
    assert client.post(f"{here}/amendment/begin").status_code == 303
    sign_in(client, bob)
    page = client.get(here).text
    assert f"{here}/suggest/title" in page
    assert "In amendment" in page
    assert petition.request in client.get(f"{here}/suggest/request").text
    assert client.post(f"{here}/suggest/title", data={"after": "t" * 81}).status_code == 422
    assert client.post(f"{here}/suggest/request", data={"after": ""}).status_code == 422
    same = client.post(f"{here}/suggest/request", data={"after": petition.request, "seen": "1"})
    assert same.status_code == 422
    assert "change something in them" in same.text
    words = {"after": "Forbid it.", "reason": "Short.", "seen": "1"}
    made = client.post(f"{here}/suggest/request", data=words)
    assert made.status_code == 303
    assert client.post(f"{made.location}/accept", data={"seen": "1"}).status_code == 403
    sign_in(client, alice)
    assert "Short." in client.get(made.location).text
    assert client.post(f"{made.location}/decline", data={}).status_code == 422
    said = client.post(f"{made.location}/decline", data={"reason": "Too short."})
    assert said.status_code == 303
    page = client.get(here).text
    assert "Too short." in page
    assert "Declined" in page
    one = db.exec(select(Suggestion)).one()
    assert one.state == SuggestionState.DECLINED
    assert client.post(f"{made.location}/accept", data={"seen": "1"}).status_code == 409


def test_all_suggestions_stay_readable_for_members_over_pages(
    client: Client, db: Session, guild: Guild, alice: User, sign_in: SignIn, clock_at: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(suggestions, "PAGE", 2)
    petition = make_petition(db, guild, alice, state=P.AMENDMENT)
    path = f"/petitions/{petition.id}/suggestions"
    sign_in(client, alice)
    assert "Nobody has suggested anything" in client.get(path).text
    assert path not in client.get(f"/petitions/{petition.id}").text
    made = [make_suggestion(db, petition) for _ in range(5)]  # all at one instant
    suggestions.decline(db, made[0], actor=alice, reason="Too long.", now=NOW)
    petition = db.get_one(Petition, petition.id)
    petition.state = P.BEFORE_GUILD
    db.add(petition)
    assert path in client.get(f"/petitions/{petition.id}").text
    seen, more = [], path
    while more:
        page = client.get(more).text
        seen += re.findall(rf"{path}/([0-9a-f-]+)", page)
        further = re.search(r'href="([^"]+)" rel="next"', page)
        more = further[1] if further else ""
    assert sorted(seen) == sorted(str(one.id) for one in made)
    sign_in(client, make_user(db, "charlie"))
    assert client.get(path).status_code == 404
