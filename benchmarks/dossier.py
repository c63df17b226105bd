"""Making the dossier of a petition, against reading its signatures and hashing each once.

Each is made in a process of its own, so that what it holds at most is known: the figure "memory" is
what making the dossier adds to a process, and its limit what ten thousand signatures take.
"""

import multiprocessing
import time
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session, col

from benchmarks.assembly import databases
from benchmarks.measuring import asked_effort, report
from core import migrating
from core.database import (
    fresh_key,
    insert_from,
    make_engine,
    open_session,
    read_only,
    table_of,
)
from demo.bulk import batches, insert
from petitions import counter, dossier, rules
from petitions.gathering import BATCH
from petitions.models import Petition, PetitionState, Signature, SignatureState
from tests.builders import NOW, make_guild, make_petition, make_user
from tests.petitions.closing import means

SIZES = (10_000, 1_000_000)
#: at most so many signatures are written one by one; the database doubles them
SEED = 20_000
FILE = "sqlite:////dev/shm/guilds-dossier-bench.sqlite"
LATER = NOW + rules.CONFIRM_GRACE
Measured = tuple[float, float]


def main() -> None:
    asked_effort(__doc__)  # once is enough: it takes minutes
    with databases() as places:
        for name, fresh in places.items():
            few = 0.0
            for size in SIZES:
                url = fresh() or FILE
                petition_id = _lay(url, size)
                (bare, _), (ours, added) = (
                    _apart(deed, url, petition_id) for deed in (_read, _make)
                )
                report(f"dossier of {size:,} signatures, {name}", "s", [ours], [bare])
                few = few or added
                report(f"memory of making it, {size:,}, {name}", "MB", [added], [few])
                _forget(url)


def _lay(url: str, size: int) -> UUID:
    """A closed petition with so many signatures; every other one hands its name over."""
    _forget(url)
    engine = make_engine(url)
    migrating.upgrade(engine)
    with open_session(engine) as db:
        guild = make_guild(db, admins=[make_user(db)])
        petition = make_petition(db, guild)
        few = size
        while few > SEED and few % 2 == 0:
            few //= 2
        for batch in batches(_row(petition.id, number) for number in range(few)):
            insert(db, Signature, batch)
        while few < size:
            few += _double(db, petition.id)
        petition.state, petition.closed_at = PetitionState.CLOSED, NOW
        db.add(petition)
        db.flush()
        counter.recount(db, petition.id, now=NOW)
        db.commit()
        petition_id = petition.id
    engine.dispose()
    return petition_id


def _double(db: Session, petition_id: UUID) -> int:
    """As many signatures again, made by the database; says how many."""
    columns: dict[str, Any] = {column.name: column for column in table_of(Signature).c}
    columns["id"] = fresh_key(db)
    columns["address_hash"] = sa.cast(fresh_key(db), sa.String(64))
    return insert_from(db, Signature, columns, col(Signature.petition_id) == petition_id)


def _row(petition_id: UUID, number: int) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "petition_id": petition_id,
        "name": f"Signer {number}",
        "name_is_public": False,
        "name_is_handed_over": number % 2 == 0,
        "address_sealed": "x" * 80,
        "address_hash": f"{number:064}",
        "country": ("GB", "DE", "PT")[number % 3],
        "region": f"Region {number % 650}",
        "wants_updates": False,
        "state": SignatureState.CONFIRMED,
        "hold": "none",
        "sweep_id": None,
        "domain_hash": "",
        "network_hash": "",
        "signed_at": NOW - timedelta(days=1),
        "confirmed_at": NOW - timedelta(days=1),
        "mailed_at": NOW - timedelta(days=1),
        "mail_count": 1,
    }


def _forget(url: str) -> None:
    if url == FILE:
        for ending in ("", "-wal", "-shm"):
            Path(FILE.removeprefix("sqlite:///") + ending).unlink(missing_ok=True)


def _apart(deed: Callable[[str, UUID], None], url: str, petition_id: UUID) -> Measured:
    """Seconds a deed takes in a process of its own, and the MB it adds to it at most."""
    context = multiprocessing.get_context("spawn")
    answers: Any = context.SimpleQueue()
    process = context.Process(target=_timed, args=(deed, url, petition_id, answers))
    process.start()
    found: Measured = answers.get()
    process.join()
    return found


def _timed(deed: Callable[[str, UUID], None], url: str, petition_id: UUID, answers: Any) -> None:
    Path("/proc/self/clear_refs").write_text("5")  # the peak is from here on
    before, begun = _memory("VmRSS"), time.perf_counter()
    deed(url, petition_id)
    answers.put((time.perf_counter() - begun, _memory("VmHWM") - before))


def _memory(name: str) -> float:
    """MB, as Linux tells of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


def _make(url: str, petition_id: UUID) -> None:
    engine = make_engine(url)
    with open_session(engine) as db:
        assert dossier.make_dossier(db, petition_id, means(), now=LATER)
        db.commit()
        petition = db.get_one(Petition, petition_id)
        assert petition.state == PetitionState.CLOSED
    engine.dispose()


def _read(url: str, petition_id: UUID) -> None:
    engine = make_engine(url)
    row = table_of(Signature).c
    query = sa.select(row.id, row.name, row.country, row.region).where(
        row.petition_id == petition_id
    )
    with read_only(engine).connect() as connection:
        for part in connection.execute(query.execution_options(yield_per=BATCH)).partitions():
            for found in part:
                sha256(found[0].bytes).digest()
    engine.dispose()


if __name__ == "__main__":
    main()
