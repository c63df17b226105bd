"""What a page says, without what differs each time."""

import re


def without_token(body: str) -> str:
    """A form's token holds the second in which it was made."""
    return re.sub(r'name="csrf_token"[^>]*value="[^"]*"', "", body)
