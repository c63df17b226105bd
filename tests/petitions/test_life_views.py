"""Pages of giving a petition up, drafting it again, and stopping it."""

from collections.abc import Callable

from sqlmodel import Session

from accounts.models import User
from guilds.models import Guild
from petitions.models import Petition, PetitionState
from tests.builders import make_petition
from tests.conftest import Client, Clock

SignIn = Callable[[Client, User], None]
P = PetitionState


def test_a_turned_down_petition_is_drafted_again_or_withdrawn(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    petition = make_petition(db, guild, alice, state=P.REJECTED)
    sign_in(client, alice)
    assert "Draft it again" in client.get(f"/petitions/{petition.id}").text
    assert client.post(f"/petitions/{petition.id}/redraft").status_code == 303
    assert client.get(f"/petitions/{petition.id}/withdraw").status_code == 200
    assert client.post(f"/petitions/{petition.id}/withdraw").status_code == 303
    db.expire_all()
    assert db.get_one(Petition, petition.id).state == P.WITHDRAWN


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
