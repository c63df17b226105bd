"""Pages of versions: members see what changed between any two."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from sqlmodel import Session

from accounts.models import User
from guilds.models import Guild
from petitions import versions
from petitions.models import PetitionState
from tests.builders import NOW, make_petition, make_user
from tests.conftest import Client, Clock
from tests.drafting_builders import make_suggestion, the_draft

SignIn = Callable[[Client, User], None]
P = PetitionState


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
