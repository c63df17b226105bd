"""What `python app.py` says when it cannot start."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def start(data: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run it until it ends by itself, with no other settings than these."""
    kept = {name: word for name, word in os.environ.items() if not name.startswith("GUILDS_")}
    given = {f"GUILDS_{name}": value for name, value in settings.items()}
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=kept | {"GUILDS_DATA": str(data)} | given,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SMPT_URL", "smtp://a", "GUILDS_SMPT_URL is not a setting"),
        ("PUBLIC_URL", "http://guilds.example", "use https"),
        ("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x", "the database cannot be used"),
        ("DATABASE_URL", "sqlite:////nowhere/at/all.sqlite", "the database cannot be used"),
    ],
)
def test_what_keeps_it_from_starting_is_told_in_one_line(
    tmp_path: Path, name: str, value: str, words: str
) -> None:
    ended = start(tmp_path / "data", **{name: value})
    assert ended.returncode == 1
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1, ended.stderr


def test_an_address_in_use_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = start(tmp_path / "data", BIND=f"127.0.0.1:{port}")
    assert ended.returncode == 1
    assert f"GUILDS_BIND: cannot listen on 127.0.0.1:{port}" in ended.stderr
    assert "Traceback" not in ended.stderr
