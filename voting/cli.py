"""`flask --app app voting`: counting files of ballots, and what others need to count ours again.

`count FILE` prints the outcome as JSON; `recount-script` the script that checks our bundles without
us; `public-key` the key they are signed by.
"""

import json
from pathlib import Path
from typing import NoReturn

import click
from flask import current_app
from flask.cli import AppGroup

from core.database import get_engine, open_session
from voting import bundles
from voting.closing import EXTENSION, Means
from voting.counting.count_file import count_file
from voting.counting.files.errors import LARGEST_FILE, BallotFileError
from voting.counting.methods import METHODS
from voting.recounting.script import recount_script

group = AppGroup("voting", help="Counting ballots.")
REFUSED = 2


@group.command("count")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--method", required=True, help=f"One of: {', '.join(METHODS)}.")
@click.option("--seats", type=click.IntRange(min=1), help="How many are elected.")
@click.option("--option", "options", multiple=True, metavar="KEY=VALUE", help="A named option.")
@click.option("--format", "format_name", help="The file's format; found out if not given.")
def count(
    file: Path, method: str, seats: int | None, options: tuple[str, ...], format_name: str | None
) -> None:
    """Count the ballots of FILE, plain or gzip, and print one JSON object.

    Exit status 2 and a line on standard error if the file or the options are refused.
    """
    given = {}
    for option in options:
        key, equals, value = option.partition("=")
        if not equals or key in given:
            _refuse(f"--option takes KEY=VALUE, each KEY once, not {option!r}")
        given[key] = value
    try:
        content = _content(file)
        result = count_file(
            content, method=method, seats=seats, options=given, format_name=format_name
        )
    except BallotFileError as error:
        _refuse(f"{file}:{error.line or 1}: {error.reason}")
    except OSError as error:
        _refuse(f"{file}: {error.strerror}")
    except ValueError as error:
        _refuse(str(error))
    click.echo(json.dumps(result, ensure_ascii=False, indent=1))


@group.command("recount-script")
@click.argument("sha256", required=False)
def recount(sha256: str | None) -> None:
    """Print recount.py, which checks and counts a bundle without this server.

    SHA256: the version that a bundle names as its "script"; if not given, today's.
    """
    if sha256 is None:
        click.echo(recount_script(), nl=False)
        return
    with open_session(get_engine()) as db:
        text = bundles.script_text(db, sha256)
    if text is None:
        _refuse("no vote was counted here by a script of this hash")
    click.echo(text, nl=False)


@group.command("public-key")
def public_key() -> None:
    """Print the key that bundles are signed by, to be told to members by another way."""
    means: Means = current_app.extensions[EXTENSION]
    click.echo(means.signer.public_key)


def _content(file: Path) -> bytes:
    """Read no more than may be counted; the reader refuses what is larger."""
    with file.open("rb") as opened:
        return opened.read(LARGEST_FILE + 1)


def _refuse(line: str) -> NoReturn:
    click.echo(line.replace("\n", " "), err=True)
    raise SystemExit(REFUSED)
