"""Pages of drafting a petition: the form, its limits, and two who write at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from accounts.models import User
from core.errors import NotAllowed
from guilds.models import Guild
from institutions.models import Institution
from petitions import drafting
from petitions.models import Petition, PetitionState
from tests.builders import NOW, make_guild, make_petition, make_user
from tests.conftest import Client, Clock
from tests.drafting_builders import the_draft

SignIn = Callable[[Client, User], None]
P = PetitionState


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    return make_guild(db, admins=[alice], members=[bob], charter="affinity-group")


def test_a_member_drafts_edits_and_puts_it(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    sign_in(client, alice)
    made = client.post(f"/guilds/{guild.slug}/petitions/new", data=the_draft(db))
    assert made.status_code == 303
    assert "Put it before the guild" in client.get(made.location).text
    edit = f"{made.location}/edit"
    assert 'value="500"' in client.get(edit).text
    changed = client.post(edit, data=the_draft(db, goal="900", version="1"))
    assert changed.status_code == 303
    assert client.get(f"{made.location}/put").status_code == 200
    assert "6 months after the end" in client.get(made.location).text
    put = client.post(f"{made.location}/put", data={"voting_length": "60", "seen": "2"})
    assert put.status_code == 303
    assert put.location.startswith("/decisions/")
    petition = db.exec(select(Petition)).one()
    assert (petition.state, petition.goal) == (PetitionState.BEFORE_GUILD, 900)
    assert "The guild decides" in client.get(made.location).text


def test_a_vote_longer_than_the_petition_is_refused_at_its_field(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    petition = make_petition(
        db, guild, alice, state=P.DRAFT, closes_on=NOW.date() + timedelta(days=3)
    )
    sign_in(client, alice)
    path = f"/petitions/{petition.id}/put"
    how = {"voting_length": str(7 * 24 * 60), "topic": "buses", "seen": "1"}
    refused = client.post(path, data=how)
    assert refused.status_code == 422
    assert "Choose a shorter vote, or a later day in the draft." in refused.text
    assert 'value="buses"' in refused.text
    assert client.post(path, data=how | {"voting_length": "60"}).status_code == 303


def test_only_the_text_that_was_read_is_put(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    petition = make_petition(db, guild, alice, state=P.DRAFT)
    sign_in(client, alice)
    path = f"/petitions/{petition.id}"
    assert 'name="seen" type="hidden" value="1"' in client.get(f"{path}/put").text
    client.post(f"{path}/edit", data=the_draft(db, title="Another one", version="1"))
    stale = client.post(f"{path}/put", data={"voting_length": "60", "seen": "1"})
    assert stale.status_code == 409
    assert "The text is another one now" in stale.text
    assert 'name="seen" type="hidden" value="2"' in stale.text
    db.refresh(petition)
    assert petition.state == P.DRAFT
    again = client.post(f"{path}/put", data={"voting_length": "60", "seen": "2"})
    assert again.status_code == 303


def test_a_doubled_click_puts_it_once_and_leads_there(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    petition = make_petition(db, guild, alice, state=P.DRAFT)
    sign_in(client, alice)
    how = {"voting_length": "60", "seen": "1"}
    first, second = (client.post(f"/petitions/{petition.id}/put", data=how) for _ in range(2))
    assert (second.status_code, second.location) == (303, first.location)
    sign_in(client, make_user(db, "dora"))
    assert client.get(f"/petitions/{petition.id}/put").status_code == 404


def test_a_stale_edit_shows_both_texts_and_can_be_saved_over(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    petition = make_petition(db, guild, alice, state=PetitionState.DRAFT)
    petition.version, petition.regions = 4, ["Leeds", "York"]
    db.add(petition)
    sign_in(client, alice)
    mine = the_draft(db, title="Mine", version="3", regions="Leeds \n\nYork\nLeeds")
    page = client.post(f"/petitions/{petition.id}/edit", data=mine)
    assert page.status_code == 409
    assert 'value="Mine"' in page.text
    assert "<mark>No advertising in dreams</mark>" in page.text
    assert "<dt>Regions" not in page.text, "they are the same"
    assert 'name="version" type="hidden" value="4"' in page.text
    assert (
        client.post(f"/petitions/{petition.id}/edit", data=mine | {"version": "4"}).status_code
        == 303
    )


def test_what_was_typed_while_the_petition_was_put_is_given_back(
    client: Client, db: Session, guild: Guild, alice: User, bob: User, clock_at: Clock,
    sign_in: SignIn,
) -> None:  # fmt: skip
    petition = make_petition(db, guild, alice, state=P.BEFORE_GUILD)
    edit, suggest = (f"/petitions/{petition.id}/{end}" for end in ("edit", "suggest/request"))
    mine = the_draft(db, title="Mine", background="\nBecause <b>we</b> say so", version="1")
    sign_in(client, alice)
    late = client.post(edit, data=mine)
    assert late.status_code == 409
    for words in ("The text is fixed by now", "Mine</textarea>", "Because &lt;b&gt;we&lt;/b&gt;"):
        assert words in late.text
    assert "More about it" not in late.text
    assert client.get(edit).status_code == 403
    sign_in(client, bob)
    assert client.post(edit, data=mine).status_code == 403
    unheard = client.post(suggest, data={"after": "Other words", "reason": "", "seen": "1"})
    assert unheard.status_code == 409
    assert "Other words</textarea>" in unheard.text
    assert client.get(suggest).status_code == 403
    db.refresh(petition)
    assert (petition.title, petition.version) == ("No advertising in dreams", 1)


def test_what_was_typed_is_given_back_also_if_it_is_put_in_that_very_moment(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    def put_already(*_args: Any, **_facts: Any) -> None:
        raise NotAllowed("Only a draft can be changed.")

    petition = make_petition(db, guild, alice, state=P.DRAFT)
    sign_in(client, alice)
    monkeypatch.setattr(drafting, "edit_petition", put_already)
    late = client.post(f"/petitions/{petition.id}/edit", data=the_draft(db, title="Mine"))
    assert late.status_code == 409
    assert "Mine</textarea>" in late.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"title": "t" * 81},
        {"request": "r" * 301},
        {"background": "b" * 801},
        {"further": "f" * 3001},
        {"regions": "\n".join(str(n) for n in range(701))},
        {"regions": "r" * 61},
        {"kept_months": "0"},
        {"kept_months": "25"},
        {"goal": "0"},
        {"goal": "9" * 5000},
        {"closes_on": "2026-03-03"},
        {"closes_on": "9999-12-31"},
        {"closes_on": "soon"},
        {"institution": "nobody"},
        {"version": "9" * 5000},
    ],
)
def test_a_draft_outside_the_limits_is_shown_again(
    client: Client,
    db: Session,
    guild: Guild,
    alice: User,
    clock_at: Clock,
    sign_in: SignIn,
    wrong: dict[str, str],
) -> None:
    sign_in(client, alice)
    page = client.post(f"/guilds/{guild.slug}/petitions/new", data=the_draft(db, **wrong))
    assert page.status_code == 422


def test_an_outsider_neither_drafts_nor_finds_drafts(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    draft = make_petition(db, guild, alice, state=PetitionState.DRAFT)
    open_one = make_petition(db, guild, alice)
    sign_in(client, make_user(db, "charlie"))
    assert client.get(f"/guilds/{guild.slug}/petitions/new").status_code == 403
    for end in ("", "/edit", "/put", "/withdraw"):
        assert client.get(f"/petitions/{draft.id}{end}").status_code == 404
    for end in ("/edit", "/put", "/withdraw"):
        assert client.post(f"/petitions/{open_one.id}{end}").status_code == 403


# --- the form ---


def test_an_institution_is_named_in_the_form_and_nothing_typed_is_lost(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    sign_in(client, alice)
    path = f"/guilds/{guild.slug}/petitions/new"
    typed = the_draft(db, institution="new", further="Sources.") | {"added-name": "Night Council"}
    again = client.post(path, data=typed)
    assert again.status_code == 422
    assert "Say where it has a say." in again.text
    assert "Sources." in again.text
    typed |= {"added-kind": "agency", "added-jurisdiction": "Metropolis-9"}
    assert client.post(path, data=typed).status_code == 303
    named = db.exec(select(Institution).where(Institution.name == "Night Council")).one()
    assert db.exec(select(Petition.institution_id)).one() == named.id
    # one that is here already is taken, and a name is enough to say which is meant
    assert client.post(path, data=typed | {"institution": ""}).status_code == 303
    assert set(db.exec(select(Petition.institution_id))) == {named.id}


def test_fields_of_an_institution_left_empty_ask_nothing(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    sign_in(client, alice)
    typed = the_draft(db) | {"added-name": "", "added-jurisdiction": ""}
    path = f"/guilds/{guild.slug}/petitions/new"
    assert client.post(path, data=typed).status_code == 303
    assert len(db.exec(select(Institution)).all()) == 1


def test_all_that_is_typed_is_kept(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    sign_in(client, alice)
    typed = the_draft(
        db, further="**More**", regions="North\r\n South  East \r\n\r\nNorth", kept_months="12"
    )
    made = client.post(f"/guilds/{guild.slug}/petitions/new", data=typed)
    petition = db.exec(select(Petition)).one()
    assert petition.regions == ["North", "South East"]
    assert petition.kept_months == 12
    assert "<strong>More</strong>" in petition.further_html
    assert "South East" in client.get(f"{made.location}/edit").text


def test_like_petitions_are_pointed_out(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    make_petition(db, make_guild(db, slug="other"), title="No advertising while we dream")
    make_petition(db, make_guild(db, slug="third"), title="Nothing alike", state=P.DRAFT)
    path = f"/guilds/{guild.slug}/petitions/similar"
    sign_in(client, alice)
    found = client.get(path, query_string={"title": "Advertising in dreams"}).text
    assert "No advertising while we dream" in found
    assert "Nothing alike" not in found
    assert client.get(path, query_string={"title": "Bread"}).text.strip() == ""
    sign_in(client, make_user(db, "charlie"))
    assert client.get(path, query_string={"title": "Advertising"}).status_code == 404


# --- two at once ---


def test_edits_of_different_words_are_joined_and_both_texts_shown(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    sign_in(client, alice)
    first = the_draft(db, background="It began in spring. Few people knew of it.")
    edit = client.post(f"/guilds/{guild.slug}/petitions/new", data=first).location + "/edit"
    theirs = first | {"background": "It began in May. Few people knew of it.", "goal": "700"}
    assert client.post(edit, data=theirs).status_code == 409  # it does not say what it saw
    assert client.post(edit, data=theirs | {"version": "1"}).status_code == 303
    mine = first | {"background": "It began in spring. Few people had heard of it."}
    page = client.post(edit, data=mine | {"version": "1"})
    assert page.status_code == 409
    assert "As it is kept now" in page.text
    assert "<mark>May. </mark>" in page.text
    assert "It began in May. Few people had heard of it." in page.text
    assert 'value="700"' in page.text  # untouched by me, so theirs
    both = mine | {"version": "2", "background": "It began in May. Few people had heard of it."}
    assert client.post(edit, data=both).status_code == 303


def test_a_draft_says_what_signatories_are_asked_and_a_withdrawn_one_nothing_of_it(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    told = ("Regions to choose from", "Names and addresses kept")
    sign_in(client, alice)
    draft = the_draft(db, regions="Harbour\nOld town")
    made = client.post(f"/guilds/{guild.slug}/petitions/new", data=draft)
    page = client.get(made.location).text
    assert all(words in page for words in told)
    assert client.post(f"{made.location}/withdraw").status_code == 303
    page = client.get(made.location).text
    assert not any(words in page for words in told)
