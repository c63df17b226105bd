"""What is written about the code is true of it: the files, names and commands it mentions."""

import ast
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.cli import run_command

from accounts.rules import SIGNED_IN_FOR
from events.rules import ATTENDANCE_KEPT_FOR
from notifications.services import KEPT_FOR
from petitions.models import KEPT_MONTHS
from petitions.rules import UNCONFIRMED_KEPT
from tests.test_house import ROOT, python_files, tracked_files

PACKAGES = "|".join(sorted(path.parent.name for path in ROOT.glob("*/__init__.py")))
PATH = re.compile(rf"\b(?:{PACKAGES}|docs|scripts)/[\w/.-]*\w\.(?:py|md|toml|html|txt)\b")
#: a module of ours and perhaps a name in it: "voting.steps.lock"
NAME = re.compile(rf"(?<![\w./\"'])(?:{PACKAGES})(?:\.\w+)+(?![\w(\"'=])")
COMMAND = re.compile(r"flask --app app ((?:[a-z]+[a-z-]*)(?: [a-z]+[a-z-]*)?)")


def prose() -> Iterator[tuple[str, str]]:
    """(where, text) of every page in Markdown, and of every module's docstrings and comments."""
    for path in tracked_files():
        if path.suffix == ".md":
            for number, line in enumerate(path.read_text().splitlines(), 1):
                yield f"{path.relative_to(ROOT)}:{number}", line
    for path in python_files():
        where, text = str(path.relative_to(ROOT)), path.read_text()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                yield where, ast.get_docstring(node) or ""
        for comment in re.findall(r"^\s*#:? .*|  # .*", text, re.MULTILINE):
            yield where, comment


def is_there(name: str, words: str) -> bool:
    """Say whether a dotted name is a package, a module, something in a module, or a kind."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        path = ROOT.joinpath(*parts[:length])
        if path.with_suffix(".py").is_file():
            rest = parts[length:]
            text = path.with_suffix(".py").read_text()
            return all(re.search(rf"\b{word}\b", text) for word in rest)
        if path.is_dir() and length == len(parts):
            return True
    return f'"{name}"' in words


def test_files_and_names_it_mentions_are_there() -> None:
    words = "\n".join(path.read_text() for path in python_files())
    missing = []
    for where, text in prose():
        missing += [
            f"{where}: {path}"
            for path in PATH.findall(text)
            if not list(ROOT.glob(path)) and "NNNN" not in path
        ]
        named = " ".join(re.findall(r"`([^`]+)`", text)) if ".md:" in where else text
        missing += [f"{where}: {name}" for name in NAME.findall(named) if not is_there(name, words)]
    assert missing == []


@pytest.mark.parametrize("database", ["sqlite"])
def test_commands_it_mentions_are_there(app: Flask) -> None:
    known = {**app.cli.commands, "run": run_command}
    said = {hit for _, text in prose() for hit in COMMAND.findall(text)}
    assert said
    for command in said:
        first, _, then = command.partition(" ")
        assert first in known, command
        assert then in {"", *getattr(known[first], "commands", [then])}, command


def test_make_knows_what_it_mentions() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    said = {
        hit
        for path in tracked_files()
        if path.suffix == ".md"
        for hit in re.findall(r"(?:`|^    )make ([a-z-]+)", path.read_text(), re.MULTILINE)
    }
    assert said - targets == set()


def test_benchmarks_it_mentions_are_there() -> None:
    said = {hit for _, text in prose() for hit in re.findall(r"-m benchmarks\.(\w+)", text)}
    assert {name for name in said if not Path(ROOT, "benchmarks", f"{name}.py").is_file()} == set()


@pytest.mark.parametrize(
    ("row", "kept"),
    [
        ("Where you are signed in", SIGNED_IN_FOR),
        ("A signature: name, address", UNCONFIRMED_KEPT),
        ("A protest you said yes to", ATTENDANCE_KEPT_FOR),
        ("Mails owed and sent", KEPT_FOR),
    ],
)
def test_what_we_say_we_keep_is_kept_no_longer(row: str, kept: timedelta) -> None:
    page = (ROOT / "templates/accounts/privacy.html").read_text()
    (line,) = [line for line in page.splitlines() if f"['{row}" in line]
    assert f"'{kept.days} days" in line


def test_names_of_signatories_are_kept_as_long_as_the_page_says() -> None:
    page = (ROOT / "templates/accounts/privacy.html").read_text()
    assert f"as it says beside its form: {KEPT_MONTHS} unless it says otherwise" in page
