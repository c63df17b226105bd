"""Counting is pure: it can be lifted out of the house and run by anyone who has Python."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import voting.counting

FOLDER = Path(voting.counting.__path__[0])
MODULES = sorted(FOLDER.rglob("*.py"))


def imported(module: Path) -> Iterator[str]:
    """Yield the name of everything a module imports, wherever in it."""
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module.name} imports relatively"
            yield node.module or ""


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(FOLDER)))
def test_counting_needs_only_itself_and_the_standard_library(module: Path) -> None:
    for name in imported(module):
        standard = name.partition(".")[0] in sys.stdlib_module_names
        assert standard or name.startswith("voting.counting."), name


def test_no_count_reads_a_clock_or_throws_dice() -> None:
    used = {name.partition(".")[0] for module in MODULES for name in imported(module)}
    assert not used & {"time", "datetime", "random", "secrets", "os", "socket", "subprocess"}
