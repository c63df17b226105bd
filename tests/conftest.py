"""Fixtures of all tests: databases, the app, who is asking, the clock, mail and browsers.

Every test that uses a database runs on SQLite and on PostgreSQL, unless it is marked `postgres`
(that one alone) or `browser` (SQLite alone), or chooses: @pytest.mark.parametrize("database", […]).
Pages asked for by a `client` run on one of the two, drawn by the test's name: what they call is
tested on both, but a page can fail on one alone by how it reads (a stream of rows did).
"""

import gc
import shutil
import socket
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser
from sqlalchemy.engine import Engine
from sqlmodel import Session

from accounts import passwords
from accounts.models import User
from app import create_app
from core import clock, migrating, scheduling
from core.database import EXTENSION, make_engine, open_session
from core.settings import Settings
from guilds.models import Guild
from petitions.views import caching
from tests import builders, chromium, compiling, postgres, serving, statements
from tests.postoffice import PostOffice, open_post_office, read_mail
from tests.visiting import Visits

# --- databases ---


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Put what tests write into memory, if there is room: SQLite waits for its disk at each commit.

    Of several test processes the first one chooses; it gives the others their folders.
    """
    place = postgres.memory()
    if config.option.basetemp is None and place:
        config.option.basetemp = tempfile.mkdtemp(prefix="guilds-tests-", dir=place)
        config.add_cleanup(partial(shutil.rmtree, config.option.basetemp, ignore_errors=True))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what may take longer than the rest, so that nobody waits for it at the end."""
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)


def pytest_collection_finish() -> None:
    """The garbage collector leaves alone what was imported and comes less often: 1/4 less time."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    chosen = any(
        "database" in mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")
    )
    if "database" not in metafunc.fixturenames or chosen:
        return
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    names = ["sqlite", "postgresql"]
    if "postgres" in marks:
        names = ["postgresql"]
    elif "browser" in marks:
        names = ["sqlite"]
    elif "client" in metafunc.fixturenames:
        names = [names[zlib.crc32(metafunc.definition.nodeid.encode()) % 2]]
    metafunc.parametrize("database", names)


def migrate(url: str) -> None:
    """Bring an empty database to the newest schema; what its engine learns is for all others."""
    engine = make_engine(url)
    try:
        migrating.upgrade(engine)
    finally:
        engine.dispose()
    compiling.share(engine)


@pytest.fixture(scope="session", autouse=True)
def _shared_statements() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlalchemy, "create_engine", compiling.create_engine)
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One migrated file, copied for each test."""
    path = tmp_path_factory.mktemp("template") / "guilds.sqlite"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def pg_server() -> Iterator[postgres.Server]:
    """One PostgreSQL server of this test process, with a migrated database to clone."""
    with postgres.running_server() as server:
        server.drop(postgres.TEMPLATE)
        server.create(postgres.TEMPLATE)
        migrate(server.url(postgres.TEMPLATE))
        yield server


@pytest.fixture
def database_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh migrated database of the kind the test runs on."""
    with ExitStack() as stack:
        if database == "postgresql":
            server: postgres.Server = request.getfixturevalue("pg_server")
            yield stack.enter_context(server.clone(postgres.TEMPLATE))
        else:
            path = tmp_path / "guilds.sqlite"
            shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
            yield f"sqlite:///{path}"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def pg_engine(pg_server: postgres.Server) -> Iterator[Engine]:
    """A PostgreSQL database whatever else the test uses; for tests marked `postgres`."""
    with pg_server.clone(postgres.TEMPLATE) as url:
        engine = make_engine(url)
        yield engine
        engine.dispose()


@pytest.fixture
def db(engine: Engine) -> Iterator[Session]:
    """A session that writes. On SQLite it holds the write lock until it commits (`client` does)."""
    with open_session(engine) as session:
        yield session


# --- time ---


class Clock:
    """A clock that stands still until it is moved; every thread of this process sees it."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self, at: datetime) -> datetime:
        """Set it; returns the same instant."""
        self.at = at
        return at

    def move(self, by: timedelta) -> datetime:
        return self(self.at + by)


@pytest.fixture
def clock_at(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stops the clock at NOW: `clock_at(instant)` sets it, `clock_at.move(timedelta)` moves it."""
    stopped = Clock(builders.NOW)
    monkeypatch.setattr(clock, "now", lambda: stopped.at)
    return stopped


@pytest.fixture
def now(clock_at: Clock) -> datetime:
    """builders.NOW, at which the clock stands."""
    return clock_at.at


# --- the cast ---


@pytest.fixture
def alice(db: Session) -> User:
    return builders.make_user(db, "alice")


@pytest.fixture
def bob(db: Session) -> User:
    return builders.make_user(db, "bob")


@pytest.fixture
def charlie(db: Session) -> User:
    """Belongs to no guild."""
    return builders.make_user(db, "charlie")


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    """By approval; Alice is admin, Bob member."""
    return builders.make_guild(db, admins=[alice], members=[bob])


# --- the app and who is asking ---


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Where the app will be served, if the test serves it."""
    with serving.listen() as listener:
        yield listener


@pytest.fixture
def settings(tmp_path: Path, database_url: str, request: pytest.FixtureRequest) -> Settings:
    """Settings as an operator might have them.

    Without `smtp` mails become files in data/mail; with `live_server` the address is real.
    """
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    public_url = "http://localhost"
    if "live_server" in request.fixturenames:
        public_url = f"http://127.0.0.1:{request.getfixturevalue('listener').getsockname()[1]}"
    office: PostOffice | None = None
    if "smtp" in request.fixturenames:
        office = request.getfixturevalue("smtp")
    return Settings(
        data=data,
        database_url=database_url,
        host="127.0.0.1",
        port=8000,
        public_url=public_url,
        smtp=office.smtp if office else None,
        mail_from="Dream Guilds <guilds@guilds.example>",
        proxies=0,
        master_secret=builders.MASTER_SECRET,
    )


@pytest.fixture(autouse=True)
def _cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", builders.CHEAP)


@pytest.fixture(autouse=True)
def _draws_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Public pages are drawn for each request: tests change what no tag knows of."""
    monkeypatch.setattr(caching, "PAGES_MOST", 0)
    monkeypatch.setattr(caching, "FRESH", 0.0)


@pytest.fixture(scope="session")
def templates() -> Iterator[compiling.Templates]:
    """What the apps of this process have compiled; its routes are shared as well."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Flask, "url_rule_class", compiling.Route)
        yield compiling.Templates()


@pytest.fixture
def strict_app(settings: Settings, templates: compiling.Templates) -> Iterator[Flask]:
    """The app as it is served: forms need their CSRF token."""
    app = create_app(settings)
    app.jinja_env.bytecode_cache = templates
    yield app
    app.extensions[EXTENSION].dispose()


@pytest.fixture
def app(strict_app: Flask) -> Flask:
    """The app without CSRF, and with errors raised instead of turned into pages of status 500."""
    strict_app.config.update(TESTING=True, WTF_CSRF_ENABLED=False)
    strict_app.error_handler_spec[None][None].pop(Exception)
    return strict_app


class Client(FlaskClient):
    """Commits the test's session before each request, and lets it read anew afterwards."""

    db: Session | None = None

    def open(self, *args: Any, **options: Any) -> Any:
        if self.db is not None:
            self.db.commit()
        response = super().open(*args, **options)
        if self.db is not None:
            self.db.expire_all()
        return response


@pytest.fixture
def client(app: Flask, db: Session) -> Client:
    """A stranger; `sign_in(client, user)` makes it somebody."""
    app.test_client_class = Client
    client = app.test_client()
    assert isinstance(client, Client)
    client.db = db
    return client


@pytest.fixture
def sign_in(db: Session) -> Callable[[FlaskClient, User], None]:
    """`sign_in(client, user)`: from here on this client is that user."""

    def become(client: FlaskClient, user: User) -> None:
        token = builders.make_sign_in(db, user)
        db.commit()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
            cookie["_fresh"] = True

    return become


@pytest.fixture
def count_queries(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """A `with` block that collects the statements the app sends meanwhile."""
    return partial(statements.collected, app.extensions[EXTENSION])


# --- jobs and mail ---


@pytest.fixture
def run_job(strict_app: Flask, db: Session) -> Callable[[str], int]:
    """`run_job("deliver")`: one round of a job as the clock would run it; errors are raised."""

    def run(name: str) -> int:
        jobs = {job.name: job for job in strict_app.extensions[scheduling.EXTENSION]}
        db.commit()
        done = scheduling.run_job(strict_app, jobs[name], forced=True)
        db.expire_all()
        return done

    return run


@pytest.fixture
def smtp() -> Iterator[PostOffice]:
    """A real SMTP server that the app sends through; what arrived is in `smtp.mails`."""
    with open_post_office() as office:
        yield office


@pytest.fixture
def deliver(
    run_job: Callable[[str], int], settings: Settings, request: pytest.FixtureRequest
) -> Callable[[], list[EmailMessage]]:
    """`deliver()`: send what is due by now, to signatories too; returns the mails, by address."""
    office = request.getfixturevalue("smtp") if "smtp" in request.fixturenames else None
    seen: set[Path] = set()

    def send() -> list[EmailMessage]:
        before = len(office.mails) if office else 0
        run_job("tell-signatories")
        run_job("deliver")
        if office:
            mails = office.mails[before:]
        else:
            files = set((settings.data / "mail").glob("*.eml")) - seen
            seen.update(files)
            mails = [read_mail(path.read_bytes()) for path in files]
        return sorted(mails, key=lambda mail: (mail["To"], mail["Subject"]))

    return send


# --- browsers ---


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """For pytest-playwright: the system's Chromium."""
    own = {"executable_path": chromium.find(), "args": list(chromium.ARGUMENTS)}
    return {**browser_type_launch_args, **own}


@pytest.fixture
def live_server(strict_app: Flask, listener: socket.socket, settings: Settings) -> Iterator[str]:
    """The app behind a real socket; its address. Commit before a browser asks for your rows."""
    with serving.served(strict_app, listener):
        yield settings.public_url


@pytest.fixture
def visit(live_server: str, browser: Browser) -> Iterator[Visits]:
    """Browsers: each call opens a page of somebody new, without scripts if told so.

    Script errors, CSP violations and requests to other hosts fail the test at its end.
    """
    visits = Visits(browser, live_server)
    yield visits
    visits.close()
    assert not visits.faults
