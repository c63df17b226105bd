"""A signatory's receipt: shown to them alone, derived from the vault, kept nowhere."""

import base64
import hmac
from uuid import UUID

from core.vault import Vault
from petitions.tree import RECEIPT


class Receipts:
    """Makes receipts; build it once for many."""

    def __init__(self, vault: Vault) -> None:
        self._key = vault.derive("petition-receipt")

    def of(self, signature_id: UUID) -> str:
        """26 capital letters and digits: 128 bits that nobody guesses."""
        proof = hmac.digest(self._key, signature_id.bytes, "sha256")[:16]
        return base64.b32encode(proof).decode()[:RECEIPT]


def in_groups(receipt: str) -> str:
    """As it is easily read and typed: "ABCDE-FGHIJ-…"."""
    return "-".join(receipt[at : at + 5] for at in range(0, len(receipt), 5))
