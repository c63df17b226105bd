"""What every app compiles, compiled once for all apps of a test process."""

from collections.abc import Callable
from types import CodeType
from typing import Any

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from sqlalchemy import create_engine as plain_engine
from sqlalchemy.engine import Engine
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

STATEMENTS = 3_000
#: engines that have met their database, by the name of its kind
_met: dict[str, Engine] = {}


def share(engine: Engine) -> None:
    """Let all engines of its kind to come use what this one has compiled; it was connected."""
    if engine.dialect.name not in _met:
        engine._compiled_cache = LRUCache(STATEMENTS)
        _met[engine.dialect.name] = engine


def create_engine(*args: Any, **options: Any) -> Engine:
    """SQLAlchemy's; statements compiled for one database are not compiled again for its copies."""
    engine = plain_engine(*args, **options)
    if met := _met.get(engine.dialect.name):
        engine.dialect, engine._compiled_cache = met.dialect, met._compiled_cache
    return engine


class Templates(BytecodeCache):
    """A cache that lives as long as it is held."""

    def __init__(self) -> None:
        self._codes: dict[str, CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get(bucket.key)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key] = bucket.code


class Route(Rule):
    """A rule that shares the functions which build its addresses with those written like it.

    They reach the rule they belong to as their first argument. Should Werkzeug name them otherwise
    one day, then nothing breaks but the haste.
    """

    _builders: dict[tuple[Any, ...], Callable[..., tuple[str, str]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        defaults = tuple((self.defaults or {}).items())
        key = (self.rule, self.subdomain, self.host, defaults, append_unknown)
        if key not in self._builders:
            self._builders[key] = super()._compile_builder(append_unknown)
        return self._builders[key]
