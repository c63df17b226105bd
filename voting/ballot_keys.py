"""The keys of open secret ballot boxes: one file each in the data folder, never in the database.

A key is random, is made with the first ballot of its box and destroyed once the box is counted. It
follows from nothing else we hold: whoever has every copy of the database and the master secret has
none of it. Keys belong in no backup (docs/operating.md).
"""

import os
import secrets
from pathlib import Path
from uuid import UUID

KEY_LENGTH = 32
FOLDER = "ballot-keys"


class BallotKeys:
    """The folder of keys. Whoever makes or destroys one holds its proposal's row lock."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, proposal_id: UUID) -> bytes | None:
        """A box's key; None if there is none, or only the start of one (a crash while writing)."""
        try:
            key = self._path(proposal_id).read_bytes()
        except FileNotFoundError:
            return None
        return key if len(key) == KEY_LENGTH else None

    def make(self, proposal_id: UUID) -> bytes:
        """A fresh key, on the disk before this returns. Raises OSError if it cannot be kept."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key = secrets.token_bytes(KEY_LENGTH)
        _write(self._path(proposal_id), key)
        _settle(self._folder)
        _settle(self._folder.parent)
        return key

    def kept(self) -> list[UUID]:
        """The proposals that have a key, whole or not."""
        if not self._folder.is_dir():
            return []
        return [UUID(path.name) for path in self._folder.iterdir() if _is_id(path.name)]

    def destroy(self, proposal_id: UUID) -> None:
        """Overwrite a key and take it away; nothing if it is gone."""
        path = self._path(proposal_id)
        try:
            _write(path, secrets.token_bytes(KEY_LENGTH), only_if_there=True)
            path.unlink()
        except FileNotFoundError:  # another process was first
            return
        _settle(self._folder)

    def _path(self, proposal_id: UUID) -> Path:
        return self._folder / str(proposal_id)


def _write(path: Path, key: bytes, *, only_if_there: bool = False) -> None:
    """Write in place, so that what was there is overwritten, and wait for the disk."""
    flags = os.O_WRONLY if only_if_there else os.O_WRONLY | os.O_CREAT
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(key)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _settle(folder: Path) -> None:
    """Wait until the disk knows a folder's names; Windows has no such call."""
    if os.name != "posix":
        return
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _is_id(name: str) -> bool:
    try:
        return str(UUID(name)) == name
    except ValueError:
        return False
