"""Passwords: hashed with Argon2id, a few at a time, at the same cost for known and unknown."""

import os
import threading
from typing import Any

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

LEAST, MOST = 10, 200
#: OWASP's second choice for Argon2id: 64 MiB, 3 passes, 4 lanes; ~110 ms on the machine we aim at
COST: dict[str, Any] = {"iterations": 3, "lanes": 4, "memory_cost": 64 * 1024}
#: each try takes 64 MiB: more at once would let anyone fill the memory
AT_ONCE = threading.BoundedSemaphore(2)

#: the most used passwords of ten characters or more, and those that only say where they are used
COMMON = frozenset(
    """
    1234567890 12345678910 0123456789 123456789a 1234567891 0987654321 9876543210 1111111111
    0000000000 1q2w3e4r5t 1qaz2wsx3edc q1w2e3r4t5 qwertyuiop qwerty12345 qwerty123456 asdfghjkl1
    password12 password123 password1234 passwort123 motdepasse1 contrasena1 iloveyou12 iloveyou123
    letmein1234 welcome123 welcome1234 administrator changeme123 superman123 princess123 football123
    baseball123 abcdefghij abcdef1234 abc1234567 aaaaaaaaaa zxcvbnm123 dreamguilds dream guilds
    dreamguild1 dreamsovereignty sovereignty1
    """.split()  # noqa: SIM905 - a list of forty strings is harder to read
)


def objection(password: str, *, handle: str = "", address: str = "") -> str | None:
    """Why this password will not do, in words for the person, or None. No rules of composition."""
    if len(password) < LEAST:
        return f"Use at least {LEAST} characters. A few words in a row are easy to remember."
    if len(password) > MOST:
        return f"Use at most {MOST} characters."
    plain = password.casefold()
    own = {handle.casefold(), address.casefold(), address.casefold().partition("@")[0]} - {""}
    if plain in COMMON or plain in own or len(set(plain)) < 4:
        return "This password is among the first that others would try. Choose another."
    return None


def hash_password(password: str) -> str:
    """A PHC string (`$argon2id$…`)."""
    with AT_ONCE:
        return _argon2(os.urandom(16)).derive_phc_encoded(_bytes(password))


def is_right(password: str, password_hash: str | None) -> bool:
    """Say whether the password fits; with no hash (no such account) say no after the same work."""
    with AT_ONCE:
        if password_hash is None:
            _argon2(bytes(16)).derive_phc_encoded(_bytes(password))
            return False
        try:
            Argon2id.verify_phc_encoded(_bytes(password), password_hash)
        except InvalidKey:
            return False
        return True


def _argon2(salt: bytes) -> Argon2id:
    return Argon2id(salt=salt, length=32, **COST)


def _bytes(password: str) -> bytes:
    return password[: MOST * 2].encode("utf-8", "surrogatepass")
