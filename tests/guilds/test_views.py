from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from core.database import EXTENSION
from guilds import admission, queries
from guilds.models import Admission, Guild, GuildState, Invitation, JoinRequest, Membership, Role
from tests.builders import NOW, VAULT, make_guild, make_user
from tests.statements import collected

SignIn = Callable[[FlaskClient, User], None]

pytestmark = pytest.mark.usefixtures("clock_at")

FOUNDING = {
    "name": "Night Shift",
    "purpose": "Guard the dreams of those who work at night.",
    "about": "<script>alert(1)</script> **bold**",
    "admission": "open",
    "is_listed": "y",
    "template": "simple-assembly",
}


@pytest.fixture
def hidden(db: Session, alice: User) -> Guild:
    return make_guild(db, admins=[alice], slug="hidden", listed=False, admission=Admission.OPEN)


@pytest.fixture
def as_alice(client: FlaskClient, sign_in: SignIn, alice: User) -> FlaskClient:
    sign_in(client, alice)
    return client


@pytest.fixture
def as_bob(client: FlaskClient, sign_in: SignIn, bob: User) -> FlaskClient:
    sign_in(client, bob)
    return client


@pytest.fixture
def as_charlie(client: FlaskClient, sign_in: SignIn, charlie: User) -> FlaskClient:
    sign_in(client, charlie)
    return client


def make_invitation(db: Session, guild: Guild, inviter: User, uses: int = 2) -> Invitation:
    return admission.invite(
        db, guild, uses=uses, valid_for=timedelta(days=7), actor=inviter, now=NOW
    )


def link_to(invitation: Invitation) -> str:
    return f"/invitations/{VAULT.link_token('invitation', invitation.id)}"


# --- the guild itself ---


def test_strangers_see_the_listed_guilds_alone(
    client: FlaskClient, guild: Guild, hidden: Guild
) -> None:
    page = client.get("/guilds")
    assert page.status_code == 200
    assert guild.name in page.text
    assert "2 members" in page.text
    assert hidden.name not in page.text
    assert "Set-Cookie" not in page.headers


def test_an_empty_list_says_what_would_be_there(client: FlaskClient) -> None:
    assert "Guilds will stand here" in client.get("/guilds").text


def test_the_list_has_pages(
    client: FlaskClient, db: Session, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 1)
    for number in (1, 2):
        make_guild(
            db, admins=[alice], slug=f"number-{number}", founded_at=NOW - timedelta(days=number)
        )
    first = client.get("/guilds").text
    assert "Number 1" in first
    assert "Number 2" not in first
    place = first.partition("/guilds?before=")[2].partition('"')[0]
    second = client.get(f"/guilds?before={place}").text
    assert "Number 2" in second
    assert "Number 1" not in second


@pytest.mark.parametrize("place", ["x", "20260101T000000000000.zz", "\x00", "é.é", "." * 500])
def test_a_place_we_did_not_write_is_the_start(client: FlaskClient, place: str) -> None:
    assert client.get("/guilds", query_string={"before": place}).status_code == 200


def test_founding_leads_to_the_new_guild(as_alice: FlaskClient, db: Session, alice: User) -> None:
    page = as_alice.get("/guilds/new")
    assert page.status_code == 200
    assert "It counts if at least 20 % of all members cast a ballot" in page.text
    answer = as_alice.post("/guilds/new", data=FOUNDING)
    assert (answer.status_code, answer.location) == (303, "/guilds/night-shift")
    found = queries.get_guild(db, "night-shift", alice)
    assert found is not None
    assert found[1] == Role.ADMIN
    about = as_alice.get("/guilds/night-shift/about").text
    assert "<strong>bold</strong>" in about
    assert "<script>alert" not in about


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "Give the guild a name."),
        ({"name": "New"}, "A page of this site has that name."),
        ({"name": "x" * 81}, "80"),
        ({"template": "anarchy"}, "Not a valid choice"),
        ({"template": ""}, "Choose how the guild decides."),
        ({"admission": "closed"}, "Not a valid choice"),
        ({"about": "x" * 4001}, "4000"),
    ],
)
def test_a_founding_that_needs_another_look_keeps_what_was_typed(
    as_alice: FlaskClient, db: Session, change: dict[str, str], said: str
) -> None:
    page = as_alice.post("/guilds/new", data={**FOUNDING, **change})
    assert page.status_code == 422
    assert said in page.text
    assert FOUNDING["purpose"] in page.text
    assert db.exec(select(Guild)).all() == []


def test_strangers_are_led_to_the_door(client: FlaskClient, guild: Guild) -> None:
    for path in ("/guilds/new", f"/guilds/{guild.slug}/members", f"/guilds/{guild.slug}/settings"):
        answer = client.get(path)
        assert answer.status_code == 302
        assert answer.location.startswith("/sign-in?next=")


def test_about_and_charter_are_there_for_everybody(client: FlaskClient, guild: Guild) -> None:
    about = client.get(f"/guilds/{guild.slug}/about")
    assert about.status_code == 200
    assert "an organiser answers" in about.text
    assert "It passes if more than half of the yes and no ballots are yes." in about.text
    charter = client.get(f"/guilds/{guild.slug}/charter")
    assert "Version 1, in force since" in charter.text
    assert "Alice" not in about.text + charter.text


@pytest.mark.parametrize(
    "name", ["about", "charter", "members", "settings", "requests", "invitations", "leave", "ask"]
)
def test_a_hidden_guild_is_not_there(as_charlie: FlaskClient, hidden: Guild, name: str) -> None:
    assert as_charlie.get(f"/guilds/{hidden.slug}/{name}").status_code == 404


@pytest.mark.parametrize("deed", ["join", "ask", "ask/withdraw", "leave", "invitations"])
def test_nothing_can_be_done_to_a_hidden_guild(
    as_charlie: FlaskClient, db: Session, hidden: Guild, deed: str
) -> None:
    data = {"uses": "1", "days": "7", "message": "x"}
    assert as_charlie.post(f"/guilds/{hidden.slug}/{deed}", data=data).status_code == 404
    db.refresh(hidden)
    assert hidden.member_count == 1


def test_organisers_change_settings_and_members_do_not(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User, sign_in: SignIn
) -> None:
    path = f"/guilds/{guild.slug}/settings"
    assert as_bob.get(path).status_code == 403
    assert as_bob.post(path, data=FOUNDING).status_code == 403
    sign_in(as_bob, alice)
    assert as_bob.get(path).status_code == 200
    data = {key: value for key, value in FOUNDING.items() if key != "is_listed"}
    assert as_bob.post(path, data=data).status_code == 303
    db.refresh(guild)
    assert (guild.name, guild.is_listed, guild.slug) == ("Night Shift", False, "river-guild")
    assert as_bob.post(path, data={**data, "name": ""}).status_code == 422


# --- members ---


def test_members_see_names_and_never_addresses(as_bob: FlaskClient, guild: Guild) -> None:
    page = as_bob.get(f"/guilds/{guild.slug}/members")
    assert page.status_code == 200
    assert "Alice" in page.text
    assert "@example.org" not in page.text
    assert "Invite people" not in page.text
    assert ">Change<" not in page.text


def test_outsiders_do_not_see_members(as_charlie: FlaskClient, guild: Guild) -> None:
    page = as_charlie.get(f"/guilds/{guild.slug}/members")
    assert page.status_code == 403
    assert "Only members of this guild see this page." in page.text


def membership_of(db: Session, guild: Guild, user: User) -> str:
    found = [row for row, member in queries.members(db, guild) if member.id == user.id]
    return str(found[0].id)


def test_an_admin_gives_a_role(as_alice: FlaskClient, db: Session, guild: Guild, bob: User) -> None:
    path = f"/guilds/{guild.slug}/members/{membership_of(db, guild, bob)}"
    assert "Give this role" in as_alice.get(path).text
    answer = as_alice.post(path, data={"role": "organiser"}, follow_redirects=True)
    assert "Bob is organiser now." in answer.text
    assert queries.get_role(db, guild.id, bob) == Role.ORGANISER
    assert as_alice.post(path, data={"role": "king"}).status_code == 422


def test_the_last_admin_is_told_why_the_role_stays(
    as_alice: FlaskClient, db: Session, guild: Guild, alice: User
) -> None:
    path = f"/guilds/{guild.slug}/members/{membership_of(db, guild, alice)}"
    answer = as_alice.post(path, data={"role": "member"})
    assert answer.status_code == 422
    assert "Make somebody else an admin first" in answer.text
    assert queries.get_role(db, guild.id, alice) == Role.ADMIN


def test_removing_asks_for_a_reason(
    as_alice: FlaskClient, db: Session, guild: Guild, bob: User
) -> None:
    path = f"/guilds/{guild.slug}/members/{membership_of(db, guild, bob)}/remove"
    assert "Remove Bob?" in as_alice.get(path).text
    assert as_alice.post(path, data={"reason": " "}).status_code == 422
    assert as_alice.post(path, data={"reason": "Left the city"}).status_code == 303
    assert queries.get_role(db, guild.id, bob) is None
    assert as_alice.get(path).status_code == 404


def test_members_are_managed_by_admins_alone(
    as_bob: FlaskClient, db: Session, guild: Guild, alice: User
) -> None:
    path = f"/guilds/{guild.slug}/members/{membership_of(db, guild, alice)}"
    assert as_bob.post(path, data={"role": "member"}).status_code == 403
    assert as_bob.post(f"{path}/remove", data={"reason": "x"}).status_code == 403


def test_a_member_leaves_after_being_asked_once(
    as_bob: FlaskClient, db: Session, guild: Guild, bob: User
) -> None:
    path = f"/guilds/{guild.slug}/leave"
    assert "Leave River guild?" in as_bob.get(path).text
    assert queries.get_role(db, guild.id, bob) == Role.MEMBER
    answer = as_bob.post(path, follow_redirects=True)
    assert "You have left River guild." in answer.text
    assert queries.get_role(db, guild.id, bob) is None


def test_the_last_admin_is_told_before_and_refused_after(
    as_alice: FlaskClient, guild: Guild
) -> None:
    path = f"/guilds/{guild.slug}/leave"
    assert "You cannot leave yet" in as_alice.get(path).text
    answer = as_alice.post(path)
    assert answer.status_code == 409
    assert "You are the only admin of River guild." in answer.text


def test_the_last_member_is_told_that_the_guild_ends(
    as_alice: FlaskClient, db: Session, hidden: Guild
) -> None:
    path = f"/guilds/{hidden.slug}/leave"
    assert "Leave and dissolve Hidden?" in as_alice.get(path).text
    assert as_alice.post(path).status_code == 303
    db.refresh(hidden)
    assert hidden.state == GuildState.DISSOLVED


# --- coming in ---


def test_an_open_guild_is_joined_by_a_button(
    as_charlie: FlaskClient, db: Session, alice: User, charlie: User
) -> None:
    guild = make_guild(db, admins=[alice], admission=Admission.OPEN)
    assert f'action="/guilds/{guild.slug}/join"' in as_charlie.get("/guilds/river-guild/about").text
    answer = as_charlie.post("/guilds/river-guild/join")
    assert (answer.status_code, answer.location) == (303, "/guilds/river-guild")
    assert queries.get_role(db, guild.id, charlie) == Role.MEMBER


def test_a_guild_by_approval_is_not(as_charlie: FlaskClient, guild: Guild) -> None:
    assert as_charlie.post(f"/guilds/{guild.slug}/join").status_code == 409


def test_asking_and_being_admitted(
    as_charlie: FlaskClient,
    db: Session,
    guild: Guild,
    alice: User,
    charlie: User,
    sign_in: SignIn,
) -> None:
    path = f"/guilds/{guild.slug}"
    assert "Ask to join" in as_charlie.get(f"{path}/about").text
    assert as_charlie.post(f"{path}/ask", data={"message": "x" * 501}).status_code == 422
    answer = as_charlie.post(
        f"{path}/ask", data={"message": "I am <b>Charlie</b>"}, follow_redirects=True
    )
    assert "You have asked to join" in answer.text
    assert as_charlie.get(f"{path}/requests").status_code == 403
    sign_in(as_charlie, alice)
    assert "1 request to join" in as_charlie.get(f"{path}/members").text
    page = as_charlie.get(f"{path}/requests")
    assert "I am &lt;b&gt;Charlie&lt;/b&gt;" in page.text
    request = db.exec(select(JoinRequest)).one()
    assert as_charlie.post(f"{path}/requests/{request.id}/admit").status_code == 303
    assert queries.get_role(db, guild.id, charlie) == Role.MEMBER
    assert as_charlie.post(f"{path}/requests/{request.id}/decline").status_code == 409
    assert as_charlie.post(f"{path}/requests/{uuid4()}/admit").status_code == 404
    assert as_charlie.post(f"{path}/requests/{request.id}/eat").status_code == 404


def test_a_request_can_be_taken_back(as_charlie: FlaskClient, db: Session, guild: Guild) -> None:
    as_charlie.post(f"/guilds/{guild.slug}/ask", data={"message": ""})
    assert db.exec(select(JoinRequest)).one()
    answer = as_charlie.post(f"/guilds/{guild.slug}/ask/withdraw", follow_redirects=True)
    assert "Your request is taken back." in answer.text
    assert db.exec(select(JoinRequest)).all() == []


def test_asking_is_limited(as_charlie: FlaskClient, guild: Guild) -> None:
    path = f"/guilds/{guild.slug}/ask"
    for _ in range(3):
        assert as_charlie.post(path, data={"message": ""}).status_code == 303
    assert as_charlie.post(path, data={"message": ""}).status_code == 429


def test_an_organiser_makes_and_revokes_a_link(
    as_alice: FlaskClient, db: Session, guild: Guild
) -> None:
    path = f"/guilds/{guild.slug}/invitations"
    assert "No link admits anybody now" in as_alice.get(path).text
    answer = as_alice.post(path, data={"uses": "3", "days": "7"}, follow_redirects=True)
    row = db.exec(select(Invitation)).one()
    assert f"http://localhost{link_to(row)}" in answer.text
    assert "Admits 3 more people" in answer.text
    assert as_alice.post(f"{path}/{row.id}/revoke").status_code == 303
    assert link_to(row) not in as_alice.get(path).text
    assert as_alice.get(link_to(row)).status_code == 410
    assert as_alice.post(f"{path}/{uuid4()}/revoke").status_code == 404


@pytest.mark.parametrize("uses", ["0", "101", "many", "", "9" * 30])
def test_an_invitation_has_bounds(as_alice: FlaskClient, guild: Guild, uses: str) -> None:
    data = {"uses": uses, "days": "7"}
    assert as_alice.post(f"/guilds/{guild.slug}/invitations", data=data).status_code == 422


def test_members_do_not_see_the_links(as_bob: FlaskClient, guild: Guild) -> None:
    assert as_bob.get(f"/guilds/{guild.slug}/invitations").status_code == 403
    data = {"uses": "1", "days": "7"}
    assert as_bob.post(f"/guilds/{guild.slug}/invitations", data=data).status_code == 403


def test_a_stranger_with_a_link_sees_who_invites_and_the_way_in(
    client: FlaskClient, db: Session, hidden: Guild, alice: User
) -> None:
    path = link_to(make_invitation(db, hidden, alice))
    page = client.get(path)
    assert page.status_code == 200
    assert "You are invited to Hidden" in page.text
    assert "Alice</bdi> invites you" in page.text
    assert f"/sign-up?next={path}" in page.text
    assert f"/sign-in?next={path}" in page.text
    assert client.post(path).status_code == 403


def test_a_link_admits_once_its_button_is_pressed(
    as_charlie: FlaskClient, db: Session, hidden: Guild, alice: User, charlie: User
) -> None:
    row = make_invitation(db, hidden, alice, uses=1)
    as_charlie.get(link_to(row))
    assert queries.get_role(db, hidden.id, charlie) is None
    answer = as_charlie.post(link_to(row))
    assert (answer.status_code, answer.location) == (303, "/guilds/hidden")
    assert queries.get_role(db, hidden.id, charlie) == Role.MEMBER
    lapsed = as_charlie.get(link_to(row))
    assert lapsed.status_code == 410


def test_a_link_that_lapsed_tells_nothing_and_admits_nobody(
    as_charlie: FlaskClient, db: Session, hidden: Guild, alice: User, charlie: User
) -> None:
    row = make_invitation(db, hidden, alice)
    row.expires_at = NOW
    db.add(row)
    page = as_charlie.get(link_to(row))
    assert page.status_code == 410
    assert "Hidden" not in page.text
    assert "Alice" not in page.text
    assert as_charlie.post(link_to(row)).status_code == 409
    assert queries.get_role(db, hidden.id, charlie) is None


@pytest.mark.parametrize("token", ["x", "A" * 43, "é", "%00", "A" * 5000])
def test_a_link_we_did_not_make_leads_nowhere(as_charlie: FlaskClient, token: str) -> None:
    assert as_charlie.get(f"/invitations/{token}").status_code == 404
    assert as_charlie.post(f"/invitations/{token}").status_code == 404


def test_a_link_of_another_purpose_leads_nowhere(
    as_charlie: FlaskClient, db: Session, guild: Guild, alice: User
) -> None:
    row = make_invitation(db, guild, alice)
    token = VAULT.link_token("reset", row.id)
    assert as_charlie.get(f"/invitations/{token}").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_guild(
    as_bob: FlaskClient, db: Session, guild: Guild
) -> None:
    def cost(path: str) -> int:
        with collected(as_bob.application.extensions[EXTENSION]) as asked:
            assert as_bob.get(path).status_code == 200
        return len([text for text in asked if text.lower().startswith("select")])

    paths = ["/guilds", f"/guilds/{guild.slug}/members", f"/guilds/{guild.slug}/about"]
    before = [cost(path) for path in paths]
    crowd = [make_user(db, f"person{number}") for number in range(25)]
    for number in range(25):
        make_guild(db, admins=crowd[number : number + 1], slug=f"guild-{number}")
    db.add_all(Membership(guild_id=guild.id, user_id=user.id, joined_at=NOW) for user in crowd)
    db.flush()
    assert [cost(path) for path in paths] == before
    assert max(before) <= 6
