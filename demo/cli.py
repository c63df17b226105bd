"""`flask --app app demo`: fill an empty database with a story, and with masses if asked for."""

import secrets
import time
from collections.abc import Iterator

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext
from sqlmodel import Session, SQLModel

import core.migrating
import petitions.dossier
import voting.closing
from accounts.passwords import hash_password, objection
from core import clock
from core.database import get_engine, open_session, reading
from core.vault import get_vault
from demo import (
    bulk,
    charters,
    choices,
    debates,
    many_bills,
    many_events,
    masses,
    meetings,
    news,
    scenes,
    together,
)
from demo.play import Play
from demo.story.people import PEOPLE, WHO_IS_WHO
from notifications.delivery import EXTENSION, Post
from voting.closing import Means

#: tables that fill by themselves wherever the app runs
OF_THE_HOUSE = frozenset({"job_slot", "rate_window"})


@click.command("demo")
@click.option("--password", help="Everybody's password; a random one if it is not given.")
@click.option("--people", type=click.IntRange(min=0), default=0, help="So many more accounts.")
@click.option("--guilds", type=click.IntRange(min=0), default=0, help="So many more guilds.")
@click.option("--events", type=click.IntRange(min=0), default=0, help="So many more events.")
@click.option(
    "--signatures",
    type=click.IntRange(min=0),
    default=0,
    help="So many more signatures, all under one petition.",
)
@click.option("--bills", type=click.IntRange(min=0), default=0, help="So many more bills.")
@with_appcontext
def command(password: str | None, **wanted: int) -> None:
    """Fill an empty database with a living movement, and with masses if they are asked for."""
    password = password or secrets.token_urlsafe(9)
    refusal = objection(password)
    if refusal is not None:
        raise click.ClickException(f"--password: {refusal}")
    core.migrating.upgrade(get_engine())
    _refuse_unless_empty()
    password_hash = hash_password(password)
    with open_session(get_engine()) as db:
        play = tell(db, password_hash)
        db.commit()
        _fill(db, play, password_hash, masses.Wanted(**wanted))
    _print_who_is_who(password)


def _refuse_unless_empty() -> None:
    with reading() as db:
        held = [table.name for table in _tables() if _holds_a_row(db, table)]
    if held:
        named = ", ".join(held[:3]) + (" …" if held[3:] else "")
        raise click.ClickException(
            f"the demo fills only an empty database; this one has rows in {named}."
        )


def _tables() -> list[sa.Table]:
    tables = SQLModel.metadata.sorted_tables
    return [table for table in tables if table.name not in OF_THE_HOUSE]


def _holds_a_row(db: Session, table: sa.Table) -> bool:
    query = sa.select(sa.literal(1)).select_from(table).limit(1)
    return db.connection().execute(query).first() is not None


def tell(db: Session, password_hash: str) -> Play:
    """Tell the whole story up to now, in one transaction that the caller commits."""
    post: Post = current_app.extensions[EXTENSION]
    means: Means = current_app.extensions[voting.closing.EXTENSION]
    dossiers: petitions.dossier.Means = current_app.extensions[petitions.dossier.EXTENSION]
    play = Play(db, get_vault(), post.composers, means, dossiers, clock.now())
    scenes.arrivals(play, password_hash)
    scenes.foundings(play)
    scenes.doors(play)
    scenes.institutions_named(play)
    scenes.bills_read(play)
    debates.resolutions(play)
    choices.choices(play)
    choices.beginnings(play)
    debates.petitions_drafted(play)
    together.amendments(play)
    together.joins(play)
    together.ends(play)
    meetings.meetings(play)
    news.news(play)
    choices.deeds(play)
    charters.charter_changes(play)
    play.run()
    return play


def _fill(db: Session, play: Play, password_hash: str, wanted: masses.Wanted) -> None:
    """Add the masses, batch by batch, and say how far each kind has come."""
    bulk.make_room(db)
    for kind in kinds(play, wanted, password_hash):
        begun, so_far = time.monotonic(), ""
        for words in kind:
            db.commit()
            so_far = words
        if so_far:
            click.echo(f"{so_far} in {time.monotonic() - begun:.1f} s")


def kinds(play: Play, wanted: masses.Wanted, password_hash: str) -> list[Iterator[str]]:
    """Every kind of mass, in the order in which they lean on each other."""
    return [
        masses.people(play, wanted.people, password_hash),
        masses.guilds(play, wanted),
        masses.memberships(play, wanted),
        many_events.events(play, wanted),
        masses.signatures(play, wanted.signatures),
        many_bills.bills(play, wanted.bills),
    ]


def _print_who_is_who(password: str) -> None:
    click.echo(f"{len(PEOPLE)} people of the story live here now. Sign in as any of them, such as:")
    for handle, role in WHO_IS_WHO:
        click.echo(f"  {handle:<8} {role}")
    click.echo(f"Everybody's password: {password}")
