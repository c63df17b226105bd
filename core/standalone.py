"""One file that needs Python and nothing else: modules of ours as text, imported from within it."""

from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

FRONT = """
import linecache
import sys
from hashlib import sha256
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path

MODULES = {}
"""

BACK = '''

class Within(MetaPathFinder, Loader):
    """Imports the modules above."""

    def find_spec(self, name, path=None, target=None):
        if name not in MODULES:
            return None
        is_package = any(other.startswith(name + ".") for other in MODULES)
        return ModuleSpec(name, self, origin=f"<{name}>", is_package=is_package)

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        name, text = f"<{module.__name__}>", MODULES[module.__name__]
        linecache.cache[name] = len(text), None, text.splitlines(True), name
        exec(compile(text, name, "exec"), module.__dict__)


if __name__ == "__main__":
    sys.meta_path.insert(0, Within())
    sys.stdout.reconfigure(errors="backslashreplace")  # names in any writing, on any console
'''


def standalone(front: str, paths: Iterable[Path], main: str) -> str:
    """The file's text.

    front: what comes first, the docstring; paths: modules that import nothing of ours but each
    other; main: lines that import the one to begin with and end the process.
    """
    modules = [_embedded(_name_of(path), path.read_text("utf-8")) for path in paths]
    lines = "".join(f"    {line}\n" if line else "\n" for line in main.splitlines())
    return front + FRONT + "".join(modules) + BACK + lines


def _name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts).removesuffix(".__init__")


def _embedded(name: str, text: str) -> str:
    """A module as a text that can be read. Raises ValueError if it would end before its end."""
    if "'''" in text or not text.endswith("\n"):
        raise ValueError(f"{name} cannot stand between three quotes")
    return f"\nMODULES[{name!r}] = r'''{text}'''\n"
