"""`flask --app app legislation import FILE...` brings in bills from files on this machine."""

from pathlib import Path

import click
from flask.cli import AppGroup

from core import clock
from core.database import get_db
from core.errors import RuleBroken
from legislation import services
from legislation.billstatus import BillFileError
from legislation.billtree import MAX_BYTES

group = AppGroup("legislation", help="Bills and their progress.")


@group.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
def import_files(files: tuple[Path, ...]) -> None:
    """Bring in bills from BILLSTATUS XML files, plain or gzip; those who watch are told.

    Each file is taken or refused by itself; exit status 2 if any was refused.
    """
    refused = 0
    for path in files:
        reason = _take(path)
        if reason is not None:
            refused += 1
            click.echo(reason, err=True)
    if refused:
        raise SystemExit(2)


def _take(path: Path) -> str | None:
    """Take in one file; the reason, as FILE:LINE: reason, if it is refused."""
    db = get_db()
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        result = services.import_bill(db, data, actor=None, now=clock.now())
        db.commit()
    except BillFileError as error:
        db.rollback()
        place = f"{path}:{error.line}" if error.line else str(path)
        return f"{place}: {error.reason}"
    except (RuleBroken, OSError) as error:
        db.rollback()
        return f"{path}: {getattr(error, 'strerror', None) or error}"
    click.echo(f"{result.outcome}: {result.bill.identifier} ({result.bill.legislative_session})")
    for change in result.changes:
        click.echo(f"  {change}")
    return None
