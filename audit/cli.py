"""`flask --app app audit verify` says whether the record is whole."""

import click
from flask.cli import AppGroup

from audit import services
from core.database import reading

group = AppGroup("audit", help="The record of deeds.")


@group.command("verify")
def verify() -> None:
    """Check every entry of the hash chain; exit status 1 if one was changed, removed or moved."""
    with reading() as db:
        found = list(services.problems(db))
    for problem in found:
        click.echo(problem)
    if found:
        raise SystemExit(1)
    click.echo("The record is whole.")
