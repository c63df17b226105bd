"""Open petitions laid straight into an empty database, and how strangers sign and confirm them."""

import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from benchmarks.places import Place, Server, environment_of
from core import clock, migrating
from core.database import make_engine, open_session, table_of
from core.settings import load
from core.vault import Vault
from demo.bulk import batches, insert
from petitions import counter
from petitions.models import Hold, Petition, PetitionHour, Signature, SignatureState
from petitions.notices import CONFIRM
from tests.builders import make_guild, make_petition, make_user

#: signatures that seem to count already in this hour, so that many more are no flood
A_GREAT_HOUR = 139_140
#: as many bytes as a sealed address has, in base64
SEALED = "A" * 72

#: very many confirmed signatures; a tenth of them is shown, and they come from five places
MANY = {
    "postgresql": (
        "INSERT INTO signature (id, petition_id, name, name_is_public, address_sealed, "
        "address_hash, country, wants_updates, state, signed_at, confirmed_at, mailed_at, "
        "mail_count) SELECT gen_random_uuid(), :petition, 'Somebody', i % 10 = 0, :sealed, "
        "md5(i::text) || md5((-i)::text), substr('CHFRDEITAT', 1 + 2 * (i % 5), 2), false, "
        "'confirmed', at, at, at, 1 FROM (SELECT i, now() - i * interval '0.1 second' AS at "
        "FROM generate_series(1, :number) i) made"
    ),
    "sqlite": (
        "INSERT INTO signature (id, petition_id, name, name_is_public, address_sealed, "
        "address_hash, country, wants_updates, state, signed_at, confirmed_at, mailed_at, "
        "mail_count) WITH RECURSIVE made(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM made "
        "WHERE i < :number) SELECT lower(hex(randomblob(16))), :petition, 'Somebody', "
        "i % 10 = 0, :sealed, lower(hex(randomblob(32))), "
        "substr('CHFRDEITAT', 1 + 2 * (i % 5), 2), 0, 'confirmed', at, at, at, 1 FROM (SELECT i, "
        "strftime('%Y-%m-%d %H:%M:%f', 'now', (-i / 10.0) || ' seconds') AS at FROM made)"
    ),
}


@dataclass(frozen=True)
class Laid:
    """A place with two open petitions; `database`: a file, or what psycopg connects to."""

    place: Place
    database: str
    engine: Engine
    vault: Vault
    petition_id: UUID
    other_id: UUID

    @property
    def path(self) -> str:
        return f"/petitions/{self.petition_id}"

    def sign_request(self, server: Server) -> str:
        """A form as a browser would send it; each comes from another source and mailbox."""
        typed = {"name": "Somebody", "country": ""}
        return self._post(server, f"{self.path}/sign", typed, "&address=person-%(n)010d%%40b.org")

    def confirm_requests(self, server: Server, signatures: Sequence[UUID]) -> list[str]:
        """The button of each one's mail."""
        tokens = [self.vault.link_token(CONFIRM, one) for one in signatures]
        paths = [f"/signatures/{token}/confirm" for token in tokens]
        form = self._form(server)
        return [self._post(server, path, {}, "", form) for path in paths]

    def _form(self, server: Server) -> tuple[str, str]:
        page, cookie = server.read(f"{self.path}/sign")
        token = re.search(rb'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token is not None
        return cookie, token[1].decode()

    def _post(
        self,
        server: Server,
        path: str,
        typed: dict[str, str],
        numbered: str,
        form: tuple[str, str] | None = None,
    ) -> str:
        cookie, token = form or self._form(server)
        body = urlencode({"csrf_token": token, **typed}).replace("%", "%%") + numbered
        length = len(body % {"n": 0}) if numbered else len(body)
        return (
            f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
            "X-Forwarded-For: 2001:db8:%(hi)04x:%(lo)04x::1\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {length}\r\n\r\n{body}"
        )

    def lay_pending(self, number: int) -> list[UUID]:
        """So many who have signed and not confirmed."""
        keys = [uuid4() for _ in range(number)]
        alike = Signature(
            petition_id=self.petition_id,
            name="Somebody",
            address_sealed=self.vault.seal("somebody@example.org"),
            address_hash="",
            state=SignatureState.PENDING,
            hold=Hold.NONE,
            signed_at=clock.now(),
            mailed_at=clock.now(),
        ).model_dump()
        with open_session(self.engine) as db:
            for batch in batches({**alike, "id": key, "address_hash": key.hex} for key in keys):
                insert(db, Signature, batch)
            db.commit()
        return keys

    def lay_confirmed(self, petition_id: UUID, number: int) -> None:
        with open_session(self.engine) as db:
            dialect = self.engine.dialect.name
            key = petition_id if dialect == "postgresql" else petition_id.hex
            values = {"petition": key, "number": number, "sealed": SEALED}
            db.connection().execute(sa.text(MANY[dialect]), values)
            counter.recount(db, petition_id, now=clock.now())
            db.commit()

    def counts(self) -> tuple[int, int, int]:
        """Of the first petition: signatures, those that count, and what its counter says."""
        signature, petition = table_of(Signature).c, table_of(Petition).c
        rows = sa.select(sa.func.count()).where(signature.petition_id == self.petition_id)
        told = sa.select(petition.signature_count).where(petition.id == self.petition_id)
        with self.engine.connect() as connection:
            numbers = (
                connection.execute(query).scalar_one()
                for query in (rows, rows.where(counter.counts()), told)
            )
            return next(numbers), next(numbers), next(numbers)


@contextmanager
def laid_petitions(database_url: str = "") -> Iterator[Laid]:
    """Two open petitions of one guild. database_url: an empty database; "" is SQLite."""
    with tempfile.TemporaryDirectory(prefix="guilds-bench-") as folder:
        place = Place(Path(folder), environment_of(folder, database_url))
        chosen = {key: text for key, text in place.environment.items() if key.startswith("GUILDS_")}
        settings = load(chosen)
        engine = make_engine(settings.database_url)
        migrating.upgrade(engine)
        now = clock.now()
        with open_session(engine) as db:
            author = make_user(db, "author", created_at=now)
            guild = make_guild(db, admins=[author], founded_at=now)
            open_until = (now + timedelta(days=30)).date()
            one, other = (
                make_petition(db, guild, author, opened_at=now, closes_on=open_until)
                for _ in range(2)
            )
            hour = counter.hour_of(now)
            db.add_all(
                PetitionHour(petition_id=petition.id, hour=hour, step=A_GREAT_HOUR)
                for petition in (one, other)
            )
            db.commit()
        database = database_url.replace("+psycopg", "") or str(place.data / "guilds.sqlite")
        try:
            yield Laid(place, database, engine, Vault(settings.master_secret), one.id, other.id)
        finally:
            engine.dispose()
