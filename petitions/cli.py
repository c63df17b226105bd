"""Commands for operators: `flask --app app petitions recount` proves the counters."""

import click
from flask.cli import AppGroup

from core import clock
from core.database import get_engine, open_session
from petitions import counter, queries

group = AppGroup("petitions", help="Petitions and their signatures.")


@group.command("recount")
def recount() -> None:
    """Count every petition's confirmed signatures from their rows; mend and report what differs."""
    with open_session(get_engine()) as db:
        keys = queries.petition_ids(db)
        db.commit()
        mended = 0
        for petition_id in keys:
            found = counter.recount(db, petition_id, now=clock.now())
            db.commit()
            if found.rows != found.counter:
                mended += 1
                click.echo(f"{petition_id}: said {found.counter}, mended to {found.rows}")
    click.echo(f"{len(keys)} petitions counted, {mended} mended.")
