"""The demo's living movement, for tests that look at whole pages."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from flask import Flask
from sqlmodel import Session, select

from accounts.models import User
from core import clock
from core.database import EXTENSION, open_session
from demo import cli
from demo.masses import Wanted
from demo.play import Play
from events.models import Event, EventState, Visibility
from guilds.models import Guild, Membership, Role
from institutions.models import Institution
from legislation.models import Bill
from petitions.models import Petition, PetitionState
from tests import builders
from voting.models import Proposal, ProposalState

#: a member of four guilds with ballots still to cast (demo.story.people)
MEMBER = "yusra"
#: an admin, with people waiting at the door
ADMIN = "mara"


@contextmanager
def told(app: Flask) -> Iterator[tuple[Session, Play]]:
    """The story in the app's database, and the play it was told by, to add masses to."""
    with open_session(app.extensions[EXTENSION]) as db:
        # no longer than this: requests within an app context share what Flask-Login knows of one
        with app.app_context():
            play = cli.tell(db, builders.password_hash())
            db.commit()
        yield db, play


def add_masses(db: Session, play: Play, wanted: Wanted) -> None:
    for kind in cli.kinds(play, wanted, builders.password_hash()):
        for _ in kind:
            db.commit()


def person(db: Session, handle: str) -> User:
    return db.exec(select(User).where(User.handle == handle)).one()


def pages(db: Session) -> tuple[list[str], list[str]]:
    """Paths of the main pages: those for strangers, then those for who is signed in as MEMBER."""
    guild = db.exec(select(Guild).where(Guild.name == "The Lucid Assembly")).one()
    event = _first(
        db,
        select(Event.id).where(
            Event.visibility == Visibility.PUBLIC,
            Event.state == EventState.CONFIRMED,
            Event.starts_at > clock.now(),
        ),
    )
    petition = _first(db, select(Petition.id).where(Petition.state == PetitionState.OPEN))
    bill = _first(db, select(Bill.id))
    public = [
        "/", "/guilds", "/petitions", "/events", "/legislation", "/institutions", "/privacy",
        "/sign-in", "/sign-up", "/forgotten", f"/guilds/{guild.slug}/about",
        f"/guilds/{guild.slug}", f"/guilds/{guild.slug}/charter", f"/guilds/{guild.slug}/charter/1",
        f"/guilds/{guild.slug}/petitions", f"/guilds/{guild.slug}/events",
        f"/petitions/{petition}", f"/petitions/{petition}/sign", f"/events/{event}",
        f"/events/{event}/attend", f"/legislation/{bill}", "/nothing-here",
    ]  # fmt: skip
    decisions = [
        _first(
            db, select(Proposal.id).where(Proposal.guild_id == guild.id, Proposal.state == state)
        )
        for state in (ProposalState.DELIBERATION, ProposalState.VOTING, ProposalState.PASSED)
    ]
    rooms = [
        "", "decisions", "decisions/new", "decisions/kinds", "delegations", "members", "record", "bills",
        "petitions/new",
    ]  # fmt: skip
    private = [
        "/", "/inbox", "/settings", "/settings/password", "/settings/sign-ins", "/settings/data",
        "/settings/erase", "/guilds/new", "/institutions/new",
        *(f"/guilds/{guild.slug}/{room}".rstrip("/") for room in rooms),
        *(f"/decisions/{decision}" for decision in decisions),
        f"/decisions/{decisions[1]}/ballots",
        f"/guilds/{guild.slug}/charter/change",
        f"/petitions/{petition}", f"/events/{event}", f"/legislation/{bill}",
    ]  # fmt: skip
    return public, private


def desk_pages(db: Session) -> list[str]:
    """Paths of the pages where ADMIN runs a guild and this place."""
    guild = db.exec(select(Guild).where(Guild.name == "The Lucid Assembly")).one()
    event = _first(
        db,
        select(Event.id).where(
            Event.guild_id == guild.id,
            Event.state == EventState.CONFIRMED,
            Event.starts_at > clock.now(),
        ),
    )
    member = _first(
        db,
        select(Membership.id).where(
            Membership.guild_id == guild.id, Membership.role == Role.MEMBER
        ),
    )
    institution = _first(db, select(Institution.id))
    rooms = ["settings", "requests", "invitations", "leave", "events/new", "events.ics"]
    return [
        *(f"/guilds/{guild.slug}/{room}" for room in rooms),
        *(f"/guilds/{guild.slug}/members/{member}{more}"
          for more in ("", "/remove", "/propose-role", "/propose-to-expel")),
        *(f"/events/{event}{more}" for more in ("/edit", "/people", "/cancel", ".ics")),
        f"/institutions/{institution}", "/settings/address", "/operations",
    ]  # fmt: skip


def _first(db: Session, query: object) -> UUID:
    found = db.exec(query).first()  # type: ignore[call-overload]
    assert found is not None, query
    return found
