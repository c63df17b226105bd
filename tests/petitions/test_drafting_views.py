"""Pages of writing a petition together: drafts, suggestions, versions, guilds that join."""

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from sqlmodel import Session, col, select

from accounts.models import User
from core.errors import NotAllowed
from guilds.models import Guild
from institutions.models import Institution
from petitions import drafting, joining, suggestions, versions
from petitions.models import Petition, PetitionState
from petitions.writing_models import CoPetitioner, JoinState, Suggestion, SuggestionState
from tests.builders import NOW, make_guild, make_institution, make_petition, make_user
from tests.conftest import Client, Clock
from tests.drafting_builders import make_standing, make_suggestion

SignIn = Callable[[Client, User], None]
P = PetitionState


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    return make_guild(db, admins=[alice], members=[bob], charter="affinity-group")


def the_draft(db: Session, **changes: Any) -> dict[str, Any]:
    usual = {
        "title": "No advertising in dreams",
        "institution": str(make_institution(db).id),
        "request": "Forbid it.",
        "background": "",
        "goal": "500",
        "closes_on": "2026-06-01",
        "kept_months": "6",
    }
    return usual | changes


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
    put = client.post(f"{made.location}/put", data={"voting_length": "60"})
    assert put.status_code == 303
    assert put.location.startswith("/decisions/")
    petition = db.exec(select(Petition)).one()
    assert (petition.state, petition.goal) == (PetitionState.BEFORE_GUILD, 900)
    assert "The guild decides" in client.get(made.location).text


def test_a_stale_edit_shows_both_texts_and_can_be_saved_over(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    petition = make_petition(db, guild, alice, state=PetitionState.DRAFT)
    petition.version = 4
    db.add(petition)
    sign_in(client, alice)
    mine = the_draft(db, title="Mine", version="3")
    page = client.post(f"/petitions/{petition.id}/edit", data=mine)
    assert page.status_code == 409
    assert 'value="Mine"' in page.text
    assert "<mark>No advertising in dreams</mark>" in page.text
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


def test_a_turned_down_petition_is_drafted_again_or_withdrawn(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    petition = make_petition(db, guild, alice, state=PetitionState.REJECTED)
    sign_in(client, alice)
    assert "Draft it again" in client.get(f"/petitions/{petition.id}").text
    assert client.post(f"/petitions/{petition.id}/redraft").status_code == 303
    assert client.get(f"/petitions/{petition.id}/withdraw").status_code == 200
    assert client.post(f"/petitions/{petition.id}/withdraw").status_code == 303
    db.expire_all()
    assert db.get_one(Petition, petition.id).state == PetitionState.WITHDRAWN


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


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("further", "f" * 3001),
        ("regions", "\n".join(str(n) for n in range(701))),
        ("regions", "r" * 61),
        ("kept_months", "0"),
        ("kept_months", "25"),
    ],
)
def test_new_limits_hold(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn,
    field: str, value: str,
) -> None:  # fmt: skip
    sign_in(client, alice)
    page = client.post(f"/guilds/{guild.slug}/petitions/new", data=the_draft(db, **{field: value}))
    assert page.status_code == 422


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


# --- suggestions ---


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


def test_versions_tell_what_changed_to_members_alone(
    client: Client, db: Session, guild: Guild, alice: User, bob: User, clock_at: Clock,
    sign_in: SignIn,
) -> None:  # fmt: skip
    petition = make_petition(db, guild, alice, state=P.AMENDMENT)
    one = make_suggestion(db, petition, bob)
    sign_in(client, alice)
    client.post(f"/petitions/{petition.id}/suggestions/{one.id}/accept", data={"seen": "1"})
    changed = the_draft(db, goal="900", version="2", background="DreamSync Corp sells it.")
    client.post(f"/petitions/{petition.id}/edit", data=changed)
    sign_in(client, bob)
    path = f"/petitions/{petition.id}/versions"
    page = client.get(path).text
    assert "From version 2 to 3" in page
    assert "<ins><bdi>900</bdi></ins>" in page
    assert "A suggestion taken in" in page
    assert "<del>has begun to sell </del>" in client.get(f"{path}?before=1&after=2").text
    sign_in(client, make_user(db, "charlie"))
    assert client.get(path).status_code == 404


def test_versions_go_on_over_pages_and_any_two_neighbours_are_compared(
    client: Client, db: Session, guild: Guild, alice: User, sign_in: SignIn, clock_at: Clock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(versions, "LISTED", 3)
    petition = make_petition(db, guild, alice, state=P.DRAFT)
    for number in range(1, 8):
        petition.version, petition.title = number, f"Title {number}"
        versions.add_version(db, petition, actor=alice, now=NOW)
    sign_in(client, alice)
    path: str = f"/petitions/{petition.id}/versions"
    assert client.get(f"{path}?until=0").status_code == 400
    compared: list[tuple[int, int]] = []
    pages = 0
    while path:
        pages += 1
        page = client.get(path).text
        shown = sorted({int(number) for number in re.findall(r"<h3>Version (\d)</h3>", page)})
        compared += list(pairwise(shown))
        for before, after in pairwise(shown):
            sep = "&" if "?" in path else "?"
            words = client.get(f"{path}{sep}before={before}&after={after}").text
            assert f"From version {before} to {after}" in words
        further = re.search(r'href="([^"]+)" rel="next"', page)
        path = further[1] if further else ""
    assert sorted(compared) == list(pairwise(range(1, 8)))
    assert pages == 3


def test_a_stopped_petition_says_why(
    client: Client, db: Session, guild: Guild, alice: User, bob: User, clock_at: Clock,
    sign_in: SignIn,
) -> None:  # fmt: skip
    petition = make_petition(db, guild, bob)
    here = f"/petitions/{petition.id}"
    sign_in(client, bob)
    assert client.post(f"{here}/stop", data={"reason": "x"}).status_code == 403
    sign_in(client, alice)
    assert f"{here}/stop" in client.get(here).text
    assert client.post(f"{here}/stop", data={}).status_code == 422
    assert client.post(f"{here}/stop", data={"reason": "They did it."}).status_code == 303
    client.delete_cookie("guilds")
    page = client.get(here).text
    assert "They did it." in page
    assert "Stopped" in page


# --- guilds that join ---


def test_a_guild_is_asked_to_join_and_its_name_can_be_taken_off(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    petition = make_petition(db, guild, alice)
    dora = make_user(db, "dora")
    other = make_guild(
        db, admins=[dora], slug="night-watch", name="Night watch", charter="affinity-group"
    )
    here, join = f"/petitions/{petition.id}", f"/guilds/night-watch/petitions/{petition.id}/join"
    sign_in(client, dora)
    assert f"{here}/join" in client.get(here).text
    assert client.get(f"{here}/join").location.endswith(join)
    assert "stands behind this petition" in client.get(join).text
    put = client.post(join, data={"why": "We ask it too.", "voting_length": "60"})
    assert put.status_code == 303
    assert "Night watch stands behind the petition" in client.get(put.location).text
    assert client.post(join, data={"why": "x", "voting_length": "60"}).status_code == 409
    soon = make_petition(db, guild, alice, closes_on=NOW.date())
    path = f"/guilds/night-watch/petitions/{soon.id}/join"
    late = client.post(path, data={"why": "We ask it.", "voting_length": "10080"})
    assert late.status_code == 422
    assert "before the guild has decided" in late.text
    assert "We ask it." in late.text
    standing = make_standing(db, petition, other, dora)
    client.delete_cookie("guilds")
    assert "Night watch" in client.get(here).text
    sign_in(client, alice)
    path = f"{here}/guilds/{standing.id}"
    assert "Night watch" in client.get(f"{here}/guilds").text
    assert client.post(f"{path}/decline", data={}).status_code == 422
    assert client.post(f"{path}/decline", data={"reason": "Not you."}).status_code == 303
    assert "Not you." in client.get(f"{here}/guilds").text
    state = db.exec(select(col(CoPetitioner.state))).one()
    assert state == JoinState.DECLINED
    client.delete_cookie("guilds")
    assert "Night watch" not in client.get(here).text
    sign_in(client, dora)
    assert client.get(join).status_code == 409
    theirs = client.get(f"{here}/guilds").text
    assert "Not you." not in theirs, "why is for both guilds' organisers"
    assert "Take this name off" not in theirs


def test_every_guild_behind_it_is_found_however_many(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(joining, "SHOWN", 2)
    petition, dora = make_petition(db, guild, alice), make_user(db, "dora")
    made = [
        make_standing(
            db, petition, make_guild(db, admins=[dora], slug=f"g{n}", name=f"Guild {n}."), dora
        )
        for n in range(5)
    ]
    detail = client.get(f"/petitions/{petition.id}").text
    assert "And 3 more" in detail
    assert "not listed" not in detail
    path, seen = f"/petitions/{petition.id}/guilds", []
    while path:
        page = client.get(path)
        assert page.cache_control.public
        seen += re.findall(r"Guild (\d)\.", page.text)
        further = re.search(r'href="([^"]+)" rel="next"', page.text)
        path = further[1] if further else ""
    assert sorted(seen) == list("01234")
    sign_in(client, alice)
    for standing in made:
        take_off = f"/petitions/{petition.id}/guilds/{standing.id}/decline"
        assert client.post(take_off, data={"reason": "Not you."}).status_code == 303


def test_an_unlisted_guild_is_counted_and_leaves_no_trace(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    petition = make_petition(db, guild, alice)
    hidden = make_guild(
        db, admins=[make_user(db, "dora")], slug="quiet", name="Quiet ones",
        charter="affinity-group", listed=False,
    )  # fmt: skip
    make_standing(db, petition, hidden, db.exec(select(User).where(User.handle == "dora")).one())
    sign_in(client, alice)
    for path in (f"/petitions/{petition.id}", f"/petitions/{petition.id}/guilds"):
        page = client.get(path).text
        assert "not listed" in page
        assert "Quiet ones" not in page
        assert "quiet" not in page
