"""What checking a bundle finds, one thing after another."""

from collections.abc import Mapping
from typing import Any, NamedTuple

Bundle = Mapping[str, Any]


class Checked(NamedTuple):
    """One thing that was looked at, and what was found. is_right: None: neither right nor wrong."""

    is_right: bool | None
    said: str
