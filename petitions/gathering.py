"""Reading all signatures that count, a piece of them in memory at a time.

Rows come in the order of their random ids, which tells nothing of when anybody signed.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from heapq import merge
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import UUID

import sqlalchemy as sa

from core import sheets
from core.database import table_of
from core.vault import Vault
from petitions import tree
from petitions.counter import counts
from petitions.models import Signature
from petitions.receipts import Receipts
from voting.box import tree_root

#: rows the database hands over at a time
BATCH = 2000
#: leaves that are sorted in memory, and those read of each sorted run at a time
RUN, AHEAD = 1 << 16, 1 << 9
LEAF_SIZE = 32
HEADER = ("leaf", "name", "country", "region")

_signature = table_of(Signature)


class Sorter:
    """Sorts leaves by way of a file nobody else can open; it is gone when this is closed."""

    def __init__(self) -> None:
        self._file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - closed by close()
        self._waiting: list[bytes] = []
        self._ends: list[int] = []

    def add(self, leaf: bytes) -> None:
        self._waiting.append(leaf)
        if len(self._waiting) == RUN:
            self._write()

    def sorted(self) -> Iterator[bytes]:
        """All that was added, the lowest first."""
        self._write()
        self._file.flush()
        starts = [0, *self._ends]
        runs = (self._read(*run) for run in zip(starts, self._ends, strict=False))
        return merge(*runs)

    def close(self) -> None:
        self._file.close()

    def _write(self) -> None:
        self._file.write(b"".join(sorted(self._waiting)))
        self._waiting.clear()
        self._ends.append(self._file.tell())

    def _read(self, start: int, end: int) -> Iterator[bytes]:
        for at in range(start, end, AHEAD * LEAF_SIZE):
            size = min(AHEAD * LEAF_SIZE, end - at)
            piece = os.pread(self._file.fileno(), size, at)
            for place in range(0, size, LEAF_SIZE):
                yield piece[place : place + LEAF_SIZE]


class Branches:
    """The branches of a tree over leaves, written to a file once and read back one at a time."""

    def __init__(self, leaves: Iterator[bytes]) -> None:
        self._file: IO[bytes] = TemporaryFile()  # noqa: SIM115 - closed by close()
        self.roots: list[bytes] = []
        for branch in tree.branches(leaves):
            self._file.write(b"".join(branch.leaves))
            self.roots.append(branch.root)
        #: over all of them
        self.root = tree_root(self.roots)

    def each(self) -> Iterator[tuple[bytes, bytes]]:
        """The leaves of each branch, 32 bytes each, and its root."""
        self._file.seek(0)
        for root in self.roots:
            yield self._file.read(tree.BRANCH * LEAF_SIZE), root

    def close(self) -> None:
        self._file.close()


@dataclass
class Gathered:
    """What one reading of all rows found."""

    signature_count: int = 0
    #: signatories who let the institution have their name
    handed_over: int = 0
    #: (country, region) -> signatures
    places: Counter[tuple[str, str]] = field(default_factory=Counter)
    csv_hash: str = ""
    leaves: Sorter = field(default_factory=Sorter)


def gather(connection: sa.Connection, petition_id: UUID, vault: Vault) -> Gathered:
    """Read all rows. Close its `leaves` when they were used."""
    found, hashed = Gathered(), sha256()
    rows = _cells(_rows(connection, petition_id), petition_id, vault, found)
    for piece in sheets.lines(HEADER, rows):
        hashed.update(piece.encode())
    found.csv_hash = hashed.hexdigest()
    return found


def csv_pieces(connection: sa.Connection, petition_id: UUID, vault: Vault) -> Iterator[str]:
    """The CSV of signatures, with what each signatory let the institution have. Personal data."""
    rows = _cells(_rows(connection, petition_id), petition_id, vault, None)
    return sheets.lines(HEADER, rows)


def _rows(connection: sa.Connection, petition_id: UUID) -> Iterator[Any]:
    row = _signature.c
    query = (
        sa.select(row.id, row.name, row.name_is_handed_over, row.country, row.region)
        .where(row.petition_id == petition_id, counts())
        .order_by(row.id)
        .execution_options(yield_per=BATCH)
    )
    with connection.execute(query) as found:
        for part in found.partitions():
            yield from part


def _cells(
    rows: Iterable[Any], petition_id: UUID, vault: Vault, found: Gathered | None
) -> Iterator[tuple[str, ...]]:
    """A line of the CSV for each row, noting it in `found`; who handed nothing over is a leaf."""
    receipts, petition = Receipts(vault), str(petition_id)
    for signature_id, name, is_handed_over, country, region in rows:
        leaf = tree.leaf_of(petition, receipts.of(signature_id))
        if found is not None:
            found.signature_count += 1
            found.handed_over += bool(is_handed_over and name)
            found.places[country, region] += 1
            found.leaves.add(leaf)
        is_shown = is_handed_over and name
        yield (leaf.hex(), name, country, region) if is_shown else (leaf.hex(), "", "", "")
