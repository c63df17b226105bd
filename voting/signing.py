"""The signature under a closed ballot box, or a dossier: one Ed25519 key a place (RFC 8032)."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

#: the vault derives the key for this (core.vault); the name stays, for it makes the key
PURPOSE = "ballot-boxes"


class Signer:
    """Signs with a key made from 32 bytes."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)

    @property
    def public_key(self) -> str:
        """64 hex digits."""
        return self._key.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        """128 hex digits."""
        return self._key.sign(message).hex()
