"""A bundle and the script that checks it may be of different years: what holds then."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session, select

from guilds.charter import Method
from tests.voting.test_recounting import bundle_of, decided
from voting import bundles
from voting.models import RecountScript
from voting.recounting import check as checking
from voting.recounting.script import recount_script, script_hash

#: of every method, made before bundles named their script
OLD = sorted((Path(__file__).parent / "bundles").glob("*.json"))
OTHER = "0" * 64

Run = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.parametrize("database", ["sqlite"])


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a recount.py, as it was or changed, on a bundle."""

    def run(bundle: str, *changes: tuple[str, str]) -> subprocess.CompletedProcess[str]:
        script = recount_script()
        for old, new in changes:
            assert old in script
            script = script.replace(old, new)
        (tmp_path / "recount.py").write_text(script)
        (tmp_path / "bundle.json").write_text(bundle)
        command = [sys.executable, "-I", "-S", "-X", "utf8=0", "recount.py", "bundle.json"]
        ascii_only = {"LC_ALL": "POSIX"}
        return subprocess.run(
            command, cwd=tmp_path, env=ascii_only, capture_output=True, text=True, check=False
        )

    return run


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.stem)
def test_bundles_of_the_first_version_are_checked_for_ever(path: Path, database: str) -> None:
    found, result = checking.check(path.read_bytes(), script=script_hash())
    assert [one.said for one in found if one.is_right is False] == []
    assert any("another version" in one.said for one in found if one.is_right is None)
    published = json.loads(path.read_text())["result"]
    assert all(result[key] == published[key] for key in checking.MAIN_RESULT)


def test_every_method_has_a_bundle_of_the_first_version(database: str) -> None:
    assert {path.stem for path in OLD} == set(Method)


def test_the_script_that_counted_says_so_and_holds_every_word(db: Session, run: Run) -> None:
    text = bundle_of(db, decided(db, Method.IRV))
    done = run(text)
    assert done.returncode == 0
    assert f"right: counted by this very script, {script_hash()}" in done.stdout
    assert "note" not in done.stdout
    bundle = json.loads(text)
    bundle["result"]["rounds"][0]["action"] = "x"
    assert "WRONG: the count by irv" in run(json.dumps(bundle)).stdout


def test_names_in_any_writing_are_told_on_any_console(db: Session, run: Run) -> None:
    done = run(bundle_of(db, decided(db, Method.IRV)).replace('"B"', '"Бук"'))
    assert (done.returncode, done.stderr) == (1, ""), "the signature is no longer right"
    assert r"the count by irv comes out the same: \u0411\u0443\u043a" in done.stdout


def test_another_version_checks_all_but_how_the_rounds_are_told(db: Session, run: Run) -> None:
    bundle = bundle_of(db, decided(db, Method.IRV))
    done = run(bundle, ('"eliminated": ', '"dropped": '))
    assert (done.returncode, done.stderr) == (0, "")
    assert f"note: counted by another version, /recount/{script_hash()}.py" in done.stdout
    assert "note: this version tells the rounds differently" in done.stdout
    for said in ("signed by the key", "the root of the ballots", "the count by irv comes out"):
        assert f"right: {said}" in done.stdout
    wrong = run(bundle, ('"winners": [', '"winners": ["Nobody"] + ['))
    assert wrong.returncode == 1
    assert "WRONG: the count by irv" in wrong.stdout


def test_a_bundle_of_a_format_to_come_is_refused_with_the_version_it_needs(
    db: Session, run: Run
) -> None:
    bundle = json.loads(bundle_of(db, decided(db, Method.MAJORITY)))
    bundle |= {"format": "dream-guilds-ballots/2", "script": OTHER}
    done = run(json.dumps(bundle))
    assert (done.returncode, done.stdout) == (2, "")
    assert "'dream-guilds-ballots/2'" in done.stderr
    assert f"another version, /recount/{OTHER}.py" in done.stderr


def test_rules_that_are_not_chosen_are_told_as_well(db: Session) -> None:
    """What is usual may be another thing one day."""
    rules = json.loads(bundle_of(db, decided(db, Method.IRV)))["rules"]
    assert rules == {
        "equal-ranks": "exhaust-if-several", "elimination": "single", "stop": "majority",
    }  # fmt: skip


def test_the_script_of_an_old_vote_can_still_be_had(
    db: Session, client: FlaskClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    decided(db, Method.MAJORITY)
    bundles._keep_script(db)
    [kept] = db.exec(select(RecountScript)).all()
    assert (kept.sha256, kept.text) == (script_hash(), recount_script())
    db.commit()
    old, text = script_hash(), recount_script()
    monkeypatch.setattr(bundles, "script_hash", lambda: OTHER)
    monkeypatch.setattr(bundles, "recount_script", lambda: "today's")
    answer = client.get(f"/recount/{old}.py")
    assert (answer.status_code, answer.text) == (200, text)
    assert f"recount-{old[:8]}.py" in answer.headers["Content-Disposition"]
    assert client.get(f"/recount/{OTHER}.py").text == "today's"
    assert client.get("/recount/none.py").status_code == 404
    command: Any = app.test_cli_runner()
    assert command.invoke(args=["voting", "recount-script", old]).stdout == text
    refused = command.invoke(args=["voting", "recount-script", "none"])
    assert (refused.exit_code, refused.stdout) == (2, "")
