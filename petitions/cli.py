"""Commands for operators: `flask --app app petitions recount` proves the counters."""

import click
from flask.cli import AppGroup

from core import clock
from core.database import get_engine, open_session
from petitions import counter, queries

group = AppGroup("petitions", help="Petitions and their signatures.")


@group.command("recount")
def recount() -> None:
    """Count all signatures from their rows, those on paper too; mend and report what differs."""
    with open_session(get_engine()) as db:
        keys = queries.petition_ids(db)
        db.commit()
        mended = 0
        for petition_id in keys:
            found = counter.recount(db, petition_id, now=clock.now())
            db.commit()
            if not found.is_exact:
                mended += 1
                click.echo(f"{petition_id}: {_in_words(found)}")
    click.echo(f"{len(keys)} petitions counted, {mended} mended.")


def _in_words(found: counter.Recount) -> str:
    """What did not agree, and what it was mended to."""
    said = []
    if found.counter != found.rows:
        said.append(f"said {found.counter}, mended to {found.rows}")
    if found.paper_counter != found.paper_rows:
        said.append(f"said {found.paper_counter} on paper, mended to {found.paper_rows}")
    if not found.parts_agreed:
        said.append("hours or places did not add up, mended")
    return "; ".join(said)
