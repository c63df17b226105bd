"""What a handle is, and how long things of the account last."""

import re
import secrets
from datetime import timedelta

from accounts.models import HANDLE_LENGTH

HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,30}[a-z0-9])?")
SIGN_UP_LASTS = timedelta(hours=24)
RESET_LASTS = timedelta(hours=1)
ADDRESS_CHANGE_LASTS = timedelta(hours=24)
SIGNED_IN_FOR = timedelta(days=30)
#: handles that could pass for the house itself
RESERVED = frozenset(
    {
        "admin", "administrator", "moderator", "operator", "root", "support", "system", "guilds",
        "dream-guilds",
    }
)  # fmt: skip


def is_handle(text: str) -> bool:
    """2 to 32 of a to z, digits, - and _, those not at the ends; not a name of the house."""
    return len(text) >= 2 and HANDLE.fullmatch(text) is not None and text not in RESERVED


def another_handle(wanted: str) -> str:
    """A handle like the wanted one that is very likely free."""
    return f"{wanted[: HANDLE_LENGTH - 5]}-{secrets.randbelow(9000) + 1000}"


def device_name(user_agent: str) -> str:
    """Enough to recognise one's own device, and no more: "Firefox on Android"."""
    browsers = (
        ("Edg", "Edge"),
        ("Firefox", "Firefox"),
        ("Chrom", "Chromium"),
        ("Safari", "Safari"),
    )
    systems = (
        ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
        ("Mac OS", "Mac"), ("Linux", "Linux"),
    )  # fmt: skip
    browser = next((name for mark, name in browsers if mark in user_agent), "A browser")
    system = next((name for mark, name in systems if mark in user_agent), "an unknown system")
    return f"{browser} on {system}"
