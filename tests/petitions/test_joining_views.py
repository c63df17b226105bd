"""Pages of guilds that stand behind another guild's petition."""

import re
from collections.abc import Callable

import pytest
from sqlmodel import Session, col, select

from accounts.models import User
from guilds.models import Guild
from petitions import joining
from petitions.models import PetitionState
from petitions.writing_models import CoPetitioner, JoinState
from tests.builders import NOW, make_guild, make_petition, make_user
from tests.conftest import Client, Clock
from tests.drafting_builders import make_standing

SignIn = Callable[[Client, User], None]


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


def test_only_who_has_another_guild_is_offered_to_join_and_whoever_stands_can_leave_at_any_time(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    dora = make_user(db, "dora")
    other = make_guild(
        db, admins=[dora], slug="night-watch", name="Night watch", charter="affinity-group"
    )
    petition = make_petition(db, guild, alice)
    here = f"/petitions/{petition.id}"
    leave = f"/guilds/night-watch/petitions/{petition.id}/join"
    sign_in(client, alice)
    page = client.get(here).text
    assert f'"{here}/join' not in page
    assert "Any guild can join" in page
    sign_in(client, dora)
    page = client.get(here).text
    assert f'"{here}/join' in page
    assert leave not in page
    make_standing(db, petition, other, dora)
    page = client.get(here).text
    assert f'"{here}/join' not in page
    assert leave in page
    petition.state, petition.closed_at = PetitionState.CLOSED, NOW
    db.add(petition)
    assert leave in client.get(here).text
    assert "takes its name off" in client.get(leave).text
