"""What a hidden guild keeps, the admin of another guild cannot see, count, guess or change."""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import uuid4

import pytest
from flask import Flask
from sqlmodel import Session, SQLModel
from werkzeug.routing import Rule

from accounts.models import User
from tests.conftest import Client
from tests.every_row import Names, add_rows, path_to

SignIn = Callable[[Client, User], None]
#: the public world, which everyone reads
PUBLIC = {
    "institutions.detail", "petitions.to_institution", "legislation.detail", "static",
    "voting.recount_version",
}  # fmt: skip
#: arguments that name no row of a guild
ROWLESS = {"slug", "bill_id", "deed", "number"}
#: bills are everyone's to watch and to propose a stance on; what the hidden guild does about them
#: shows nowhere (tests/voting/test_stances.py)
EVERYONES = {
    "legislation.watch", "legislation.unwatch", "legislation.stances", "voting.stance_by",
    # institutions, and whom to write to there, are shared by all guilds
    "institutions.new_contact", "institutions.remove_contact", "institutions.procedure",
    "institutions.edit",
}  # fmt: skip


def about_rows(app: Flask) -> Iterator[Rule]:
    """Routes that name a row; a link with a token is its own permission."""
    for rule in app.url_map.iter_rules():
        named = rule.arguments and "token" not in rule.arguments
        if named and rule.endpoint not in PUBLIC | EVERYONES:
            yield rule


@pytest.fixture
def worlds(db: Session) -> tuple[User, Names, Names]:
    """Mallory, the rows of Mallory's own guild and those of the hidden one."""
    mallory, mine = add_rows(db, "mine")
    _, hidden = add_rows(db, "hidden", public=False)
    return mallory, mine, hidden


def everything(db: Session) -> dict[str, int]:
    """Every row of every table but the limits', as a number that changes with it."""
    db.rollback()
    found = {
        table.name: hash(tuple(sorted(map(str, db.connection().execute(table.select())))))
        for table in SQLModel.metadata.sorted_tables
        if table.name not in {"rate_window", "job_slot"}
    }
    db.rollback()
    return found


@pytest.mark.parametrize("mixed", [False, True], ids=["their-slug", "my-slug"])
def test_nothing_of_a_hidden_guild_is_reached(
    client: Client,
    db: Session,
    sign_in: SignIn,
    worlds: tuple[User, Names, Names],
    now: datetime,
    mixed: bool,
) -> None:
    """With my own slug and their row too: a row belongs to its guild, whatever the path says."""
    mallory, mine, hidden = worlds
    names = {**hidden, "slug": mine["slug"]} if mixed else hidden
    sign_in(client, mallory)
    app = client.application
    before = everything(db)
    reached = []
    for rule in about_rows(app):
        if mixed and not ("slug" in rule.arguments and rule.arguments - ROWLESS):
            continue
        path = path_to(app, rule, names)
        unknown = path_to(app, rule, {**names, **dict.fromkeys(ids_of(names), str(uuid4()))})
        for method in sorted({"GET", "POST"} & set(rule.methods or ())):
            status = client.open(path, method=method).status_code
            if status != 404 or client.open(unknown, method=method).status_code != 404:
                reached.append((method, path, status))
    assert not reached, "\n".join(map(str, reached))
    assert everything(db) == before


def ids_of(names: Names) -> list[str]:
    return [key for key, value in names.items() if len(value) == 36]
