"""Secrets: derived keys, keyed hashes, sealed text and links nobody can guess.

A copy of the database alone gives no address and no working link: both need the master secret,
which lies in the data folder.
"""

import base64
import hmac
import os
from typing import cast
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app

#: bytes of a link's proof: 128 bits cannot be guessed (docs/threat-model.md)
PROOF_LENGTH = 16
NONCE_LENGTH = 12


EXTENSION = "guilds.vault"


class Vault:
    """What can be done with the master secret; the secret itself never leaves."""

    def __init__(self, master_secret: bytes) -> None:
        self._master = master_secret
        self._seal = AESGCM(self.derive("seal"))

    def derive(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose; the same every time."""
        return hmac.digest(self._master, f"guilds/1/{purpose}".encode(), "sha256")

    def keyed_hash(self, purpose: str, text: str) -> str:
        """64 hex digits that tell equal texts, and tell nothing to who lacks the secret."""
        return hmac.digest(self.derive(purpose), text.encode(), "sha256").hex()

    def seal(self, text: str) -> str:
        """Encrypt a short text (an address) for keeping; a different result every time."""
        nonce = os.urandom(NONCE_LENGTH)
        return base64.b64encode(nonce + self._seal.encrypt(nonce, text.encode(), None)).decode()

    def unseal(self, sealed: str) -> str:
        """The text that was sealed. Raises ValueError if it was changed or sealed elsewhere."""
        raw = base64.b64decode(sealed)
        try:
            return self._seal.decrypt(raw[:NONCE_LENGTH], raw[NONCE_LENGTH:], None).decode()
        except InvalidTag as error:
            raise ValueError("sealed with another secret, or changed since") from error

    def link_token(self, purpose: str, row_id: UUID) -> str:
        """43 URL-safe characters that name a row and prove the link is ours; nothing is stored."""
        return (
            base64.urlsafe_b64encode(row_id.bytes + self._proof(purpose, row_id))
            .decode()
            .rstrip("=")
        )

    def read_link_token(self, purpose: str, token: str) -> UUID | None:
        """The row a link names, or None if we did not make it for this purpose."""
        try:
            raw = base64.urlsafe_b64decode(token.encode("ascii") + b"==")
        except ValueError:  # not ASCII or not base64
            return None
        if len(raw) != 16 + PROOF_LENGTH:
            return None
        row_id = UUID(bytes=raw[:16])
        return row_id if hmac.compare_digest(raw[16:], self._proof(purpose, row_id)) else None

    def _proof(self, purpose: str, row_id: UUID) -> bytes:
        return hmac.digest(self.derive(f"link/{purpose}"), row_id.bytes, "sha256")[:PROOF_LENGTH]


def get_vault() -> Vault:
    """The vault of the running app, for views; services get it as a value."""
    return cast(Vault, current_app.extensions[EXTENSION])
