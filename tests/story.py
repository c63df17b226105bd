"""The demo's living movement, for tests that look at whole pages."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from flask import Flask
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from accounts.models import User
from core import clock
from core.database import EXTENSION, open_session
from demo import cli
from demo.masses import Wanted
from demo.play import Play
from events.models import Event, EventState, Visibility
from guilds.charter import DecisionKind, Method
from guilds.models import Guild, Membership, Role
from institutions.models import Institution
from legislation.models import BillStance
from petitions.delivery import LINK
from petitions.delivery_models import Delivery
from petitions.models import Petition, PetitionState
from petitions.writing_models import CoPetitioner, Suggestion
from tests import builders
from voting.models import Proposal, ProposalState, Receipt
from voting.queries import never_put

#: names beside each other in a test's folder (tests/conftest.py)
DATABASE, DATA = "guilds.sqlite", "data"
#: a member of four guilds with ballots still to cast (demo.story.people)
MEMBER = "yusra"
#: an admin, with people waiting at the door
ADMIN = "mara"


@dataclass
class Told:
    """The story as it was first told in this test process: its files, and who is who."""

    folder: Path
    play: Play
    people: dict[str, UUID]
    guilds: dict[str, UUID]


_first_told: list[Told] = []


@contextmanager
def told(app: Flask) -> Iterator[tuple[Session, Play]]:
    """The story in the app's database, and the play it was told by, to add masses to.

    It takes seconds to tell, so on SQLite all but the first are given a copy.
    """
    engine = app.extensions[EXTENSION]
    here = Path(engine.url.database).parent if engine.dialect.name == "sqlite" else None
    with open_session(engine) as db:
        # no longer than this: requests within an app context share what Flask-Login knows of one
        with app.app_context():
            if here and _first_told:
                play = _copied(_first_told[0], here, db)
            else:
                play = cli.tell(db, builders.password_hash())
                db.commit()
                if here:
                    _first_told.append(_kept(play, here))
        yield db, play


def _kept(play: Play, here: Path) -> Told:
    folder = here.parent / "told"
    folder.mkdir()
    copy_database(here / DATABASE, folder / DATABASE)
    shutil.copytree(here / DATA, folder / DATA)
    people = {name: person.id for name, person in play.people.items()}
    return Told(folder, play, people, {name: guild.id for name, guild in play.guilds.items()})


def _copied(told: Told, here: Path, db: Session) -> Play:
    copy_database(told.folder / DATABASE, here / DATABASE)
    shutil.copytree(told.folder / DATA, here / DATA, dirs_exist_ok=True)
    people = {name: db.get_one(User, key) for name, key in told.people.items()}
    guilds = {name: db.get_one(Guild, key) for name, key in told.guilds.items()}
    return replace(told.play, db=db, people=people, guilds=guilds)


def copy_database(source: Path, target: Path) -> None:
    """Copy one SQLite file over another, whoever has them open."""
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)
    old.close()
    new.close()


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
    bill = _first(db, select(BillStance.bill_id))
    public = [
        "/", "/guilds", "/petitions", "/events", "/legislation", "/institutions", "/privacy",
        "/sign-in", "/sign-up", "/forgotten", f"/guilds/{guild.slug}/about",
        f"/guilds/{guild.slug}", f"/guilds/{guild.slug}/charter", f"/guilds/{guild.slug}/charter/1",
        f"/guilds/{guild.slug}/petitions", f"/guilds/{guild.slug}/events",
        f"/petitions/{petition}", f"/petitions/{petition}/sign", f"/petitions/{petition}/updates",
        f"/petitions/{petition}/sign/check-your-mail", f"/petitions/{petition}/sign/send-again",
        f"/petitions/{petition}/paper",
        "/petitions?order=ending", "/petitions?order=largest", "/petitions/ended",
        f"/events/{event}",
        f"/events/{event}/attend", f"/legislation/{bill}", f"/legislation/{bill}/stances",
        *_handed_over(db), "/nothing-here",
    ]  # fmt: skip
    decisions = [
        _first(
            db,
            select(Proposal.id).where(
                Proposal.guild_id == guild.id,
                Proposal.state == state,
                Proposal.kind == DecisionKind.RESOLUTION,
                Proposal.method == Method.MAJORITY,
            ),
        )
        for state in (ProposalState.DELIBERATION, ProposalState.VOTING, ProposalState.PASSED)
    ]
    rooms = [
        "", "decisions", "decisions/new", "decisions/kinds", "delegations", "members",
        "record", "bills", "petitions/new",
    ]  # fmt: skip
    private = [
        "/", "/inbox", "/settings", "/settings/password", "/settings/sign-ins", "/settings/data",
        "/settings/erase", "/guilds/new", "/institutions/new",
        *(f"/guilds/{guild.slug}/{room}".rstrip("/") for room in rooms),
        *(f"/decisions/{decision}" for decision in decisions),
        f"/decisions/{decisions[1]}/ballots", f"/decisions/{decisions[0]}/versions",
        f"/decisions/{decisions[2]}/recount",
        *(f"/decisions/{_secret_decision(db)}{more}" for more in ("", "/recount", "/receipts")),
        f"/guilds/{guild.slug}/charter/change",
        f"/petitions/{petition}", f"/events/{event}", f"/legislation/{bill}",
        *(f"/decisions/{proposal.id}" for proposal in _told(db)), *_asking(db, guild, bill),
        *_writing(db),
    ]  # fmt: skip
    return public, private


def _told(db: Session) -> list[Proposal]:
    """One proposal of each state, way of voting and kind that MEMBER's guilds have."""
    query = (
        select(Proposal)
        .join(Membership, col(Membership.guild_id) == Proposal.guild_id)
        .join(User, col(User.id) == Membership.user_id)
        .where(User.handle == MEMBER)
        .where(~never_put() | (col(Proposal.author_id) == col(User.id)))
        .order_by(col(Proposal.put_at).desc())
    )
    told: dict[str, Proposal] = {}
    for proposal in db.exec(query):
        undone = proposal.state == ProposalState.PASSED and not proposal.carried_out_at
        for what in (proposal.state, proposal.method, proposal.kind, f"undone {undone}"):
            told.setdefault(what, proposal)
    return list({proposal.id: proposal for proposal in told.values()}.values())


def _asking(db: Session, guild: Guild, bill: UUID) -> list[str]:
    """Paths where a guild is asked for a stance or an endorsement."""
    elsewhere = _first(
        db,
        select(Event.id).where(
            Event.guild_id != guild.id,
            Event.visibility == Visibility.PUBLIC,
            Event.state == EventState.CONFIRMED,
            Event.starts_at > clock.now(),
        ),
    )
    return [
        f"/legislation/{bill}/propose", f"/guilds/{guild.slug}/bills/{bill}/stance",
        f"/events/{elsewhere}/endorse", f"/guilds/{guild.slug}/events/{elsewhere}/endorse",
    ]  # fmt: skip


def _writing(db: Session) -> list[str]:
    """Paths about the draft that MEMBER amends with others, and a petition to stand behind."""
    draft = _first(db, select(Petition.id).where(Petition.state == PetitionState.AMENDMENT))
    suggestion = _first(db, select(Suggestion.id).where(Suggestion.petition_id == draft))
    opened = _first(db, select(CoPetitioner.petition_id))
    return [
        f"/petitions/{draft}",
        *(
            f"/petitions/{draft}/{more}"
            for more in ("edit", "put", "versions", "suggestions", "suggest/title")
        ),
        f"/petitions/{draft}/suggestions/{suggestion}",
        f"/guilds/circle-of-night-translators/petitions/{opened}/join",
        f"/petitions/{opened}/guilds",
    ]


def _secret_decision(db: Session) -> UUID:
    """One that MEMBER's guild has taken by secret ballot."""
    return _first(
        db,
        select(Receipt.proposal_id).where(
            Receipt.proposal_id == Proposal.id,
            Proposal.guild_id == Membership.guild_id,
            Membership.user_id == person(db, MEMBER).id,
        ),
    )


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
    held = _first(db, select(Petition.id).where(Petition.paper_count > 0))
    joined = _first(db, select(CoPetitioner.petition_id))
    standing = _first(db, select(CoPetitioner.id))
    return [
        f"/petitions/{joined}/guilds", f"/petitions/{joined}/guilds/{standing}/decline",
        f"/petitions/{joined}/stop",
        *(f"/petitions/{held}/{room}"
          for room in ("desk?hours=744", "desk/sweep", "desk/sweep?hold=held", "paper")),
        *(f"/guilds/{guild.slug}/{room}" for room in rooms),
        *(f"/guilds/{guild.slug}/members/{member}{more}"
          for more in ("", "/remove", "/propose-role", "/propose-to-expel")),
        *(f"/events/{event}{more}" for more in ("/edit", "/people", "/cancel", ".ics")),
        f"/institutions/{institution}", "/settings/address", "/operations",
        *(f"/institutions/{institution}/{more}"
          for more in ("petitions", "contacts/new", "procedure", "edit")),
        *_seeing_it_through(db),
    ]  # fmt: skip


def _handed_over(db: Session) -> list[str]:
    """Paths of a petition that was handed over and answered, and of its institution's own page."""
    row = db.exec(select(Delivery).where(col(Delivery.contact_id).is_not(None))).first()
    assert row is not None
    token = builders.VAULT.link_token(LINK, row.id)
    petition = f"/petitions/{row.petition_id}"
    return [petition, f"{petition}/dossier", f"/deliveries/{token}"]


def _seeing_it_through(db: Session) -> list[str]:
    """Paths about a petition of ADMIN's guild that nobody has answered in time."""
    late = _first(db, select(Petition.id).where(Petition.state == PetitionState.DELIVERED))
    rooms = ("", "/dossier", "/deliver", "/answer", "/answer-due", "/settle")
    return [f"/petitions/{late}{room}" for room in rooms]


def _first(db: Session, query: SelectOfScalar[UUID]) -> UUID:
    found = db.exec(query).first()
    assert found is not None, query
    return found
