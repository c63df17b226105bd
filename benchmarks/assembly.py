"""A guild of very many members and one vote of theirs, laid straight into an empty database."""

import secrets
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain, count, repeat
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID, uuid4

from flask import Flask, session
from flask_wtf.csrf import generate_csrf
from sqlmodel import Session, SQLModel, select

from accounts.identity import token_hash
from accounts.models import SignedIn
from app import create_app
from benchmarks.places import Place, environment_of
from core import clock, migrating
from core.database import EXTENSION, make_engine, open_session
from core.settings import load
from demo.bulk import batches, insert, make_room
from guilds.charter import DecisionKind, Method
from guilds.models import Guild, Membership
from tests import postgres
from tests.builders import make_guild, make_proposal, make_user
from voting import queries
from voting.counting.files.box_marks import DIGITS
from voting.models import Ballot, Choice, Proposal
from voting.question import OptionFacts

FOREVER = datetime(2100, 1, 1, tzinfo=UTC)
OPTIONS = 20


@dataclass(frozen=True)
class Assembly:
    """A place, its app in this process, and a proposal in debate that is due to be voted on."""

    place: Place
    app: Flask
    database: str
    guild_id: UUID
    proposal_id: UUID

    def session(self) -> Session:
        return open_session(self.app.extensions[EXTENSION])

    def proposal(self, db: Session) -> Proposal:
        return db.get_one(Proposal, self.proposal_id)


@contextmanager
def databases() -> Iterator[dict[str, Callable[[], str]]]:
    """What to measure on; each makes an empty database and tells its address.

    An address of "" is SQLite in the data folder.
    """
    numbers = count(1)
    with postgres.running_server(durable=True) as pg:

        def fresh() -> str:
            name = f"guilds{next(numbers)}"
            pg.create(name)
            return pg.url(name)

        yield {"SQLite": lambda: "", "PostgreSQL": fresh}


@contextmanager
def assembled(
    members: int,
    *,
    method: Method = Method.MAJORITY,
    is_secret: bool = False,
    database_url: str = "",
) -> Iterator[Assembly]:
    """So many members, with a question of 20 options or of yes and no."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="guilds-bench-"))
        place = Place(Path(folder), environment_of(folder, database_url))
        chosen = {key: text for key, text in place.environment.items() if key.startswith("GUILDS_")}
        settings = load(chosen)
        engine = make_engine(settings.database_url)
        migrating.upgrade(engine)
        with open_session(engine) as db:
            guild, proposal = _lay(db, members, method, is_secret=is_secret)
            db.commit()
        engine.dispose()
        app = create_app(settings)
        stack.callback(lambda: app.extensions[EXTENSION].dispose())
        database = database_url.replace("+psycopg", "") or str(place.data / "guilds.sqlite")
        yield Assembly(place, app, database, guild.id, proposal.id)


def _lay(db: Session, members: int, method: Method, *, is_secret: bool) -> tuple[Guild, Proposal]:
    now = clock.now()
    make_room(db)
    author = make_user(db, "author", created_at=now - timedelta(days=90))
    guild = make_guild(db, admins=[author], founded_at=now - timedelta(days=80))
    names = [f"Option {number}" for number in range(OPTIONS)]
    many: dict[str, Any] = {"options": tuple(OptionFacts(name) for name in names)}
    proposal = make_proposal(
        db,
        guild,
        author,
        kind=DecisionKind.RESOLUTION,
        method=method,
        now=now - timedelta(days=40),
        **many if method != Method.MAJORITY else {},
    )
    secret = {"is_secret": True, "delegation": False, "is_changeable": False}
    proposal.rule = {**proposal.rule, **(secret if is_secret else {})}
    proposal.opens_at, proposal.closes_at = now - timedelta(hours=1), now + timedelta(days=3)
    seat = db.exec(select(Membership).where(Membership.user_id == author.id)).one()
    people = [(uuid4(), number) for number in range(members - 1)]
    _multiply(
        db,
        author,
        ({"id": key, "handle": f"voter-{at}", "address_hash": f"{at:064d}"} for key, at in people),
    )
    _multiply(db, seat, ({"id": uuid4(), "user_id": key, "role": "member"} for key, _ in people))
    guild.member_count = members
    db.add_all([guild, proposal])
    db.flush()
    return guild, proposal


def _multiply(db: Session, row: SQLModel, changes: Iterator[dict[str, Any]]) -> None:
    """Rows like a given one but for some columns."""
    alike = row.model_dump()
    for batch in batches({**alike, **change} for change in changes):
        insert(db, type(row), batch)


def electors(assembly: Assembly) -> list[UUID]:
    with assembly.session() as db:
        return queries.elector_ids(db, assembly.proposal_id)


def sign_in(assembly: Assembly, voters: Sequence[UUID]) -> list[tuple[str, str]]:
    """(cookie, form token) of people who were not signed in."""
    tokens = [secrets.token_urlsafe(32) for _ in voters]
    now = clock.now()
    with assembly.session() as db:
        rows = [
            SignedIn(
                user_id=user_id,
                token_hash=token_hash(token),
                device="Firefox on Linux",
                created_at=now,
                expires_at=FOREVER,
            ).model_dump()
            for user_id, token in zip(voters, tokens, strict=True)
        ]
        insert(db, SignedIn, rows)
        db.commit()
    return [_cookie(assembly.app, token) for token in tokens]


def _cookie(app: Flask, token: str) -> tuple[str, str]:
    """What the browser of who is signed in by a token sends."""
    with app.test_request_context("/"):
        session.update(_user_id=token, _fresh=True)
        form = generate_csrf()
        signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined] # of the default interface
        name = app.config["SESSION_COOKIE_NAME"]
        return f"{name}={signer.dumps(dict(session))}", form


def lay_ballots(assembly: Assembly, number: int, voters: Iterable[UUID | None]) -> None:
    """Lay so many random ballots into the box, under the names of voters while there are any."""
    falls, now = Random(7), clock.now()
    with assembly.session() as db:
        make_room(db)
        proposal = assembly.proposal(db)
        is_question = proposal.method == Method.MAJORITY
        names = chain(voters, repeat(None))
        changes = (
            {
                "id": uuid4(),
                "user_id": next(names),
                "marks": falls.choice(list(Choice)) if is_question else marks(falls),
                "nonce": secrets.token_hex(16),
                "cast_at": now + timedelta(microseconds=at),
            }
            for at in range(number)
        )
        _multiply(db, Ballot(proposal_id=proposal.id, marks="", nonce="", cast_at=now), changes)
        proposal.ballot_count = proposal.electorate_count = number
        db.add(proposal)
        db.commit()


def marks(falls: Random) -> str:
    """A complete strict ranking."""
    ranks = list(DIGITS[1 : OPTIONS + 1])
    falls.shuffle(ranks)
    return "".join(ranks)
