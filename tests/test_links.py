"""Every link of the story leads somewhere; on PostgreSQL, which answers most strictly."""

import re
from collections import Counter
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.models import User
from tests import story

LINK = re.compile(r'href="(/[^"#]*)')
#: links followed to pages of one kind, by each visitor
MOST = 4


def kind_of(app: Flask, path: str) -> str:
    """The endpoint, and the names of what is asked for."""
    place, _, query = path.partition("?")
    endpoint, _ = app.url_map.bind("localhost").match(place, method="GET")
    return f"{endpoint} {sorted(part.partition('=')[0] for part in query.split('&'))}"


def follow(app: Flask, client: FlaskClient) -> dict[str, int]:
    """Status of each page that links lead to from the first one on."""
    found: dict[str, int] = {}
    often: Counter[str] = Counter()
    ahead = ["/"]
    while ahead:
        path = ahead.pop(0)
        kind = kind_of(app, path)
        if path in found or often[kind] == MOST:
            continue
        often[kind] += 1
        with client.get(path) as answer:
            found[path] = answer.status_code
            if answer.mimetype == "text/html":
                ahead += [unescape(link) for link in LINK.findall(answer.text)]
            else:
                answer.get_data()  # what is read while it is sent can fail as late as that
    return found


@pytest.mark.parametrize("database", ["postgresql"])
@pytest.mark.timeout(300)
def test_every_link_leads_somewhere(
    app: Flask, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    with story.told(app) as (db, _):
        visits = {"a stranger": follow(app, app.test_client())}
        for handle in (story.MEMBER, story.ADMIN):
            client, person = app.test_client(), story.person(db, handle)
            db.commit()
            sign_in(client, person)
            visits[handle] = follow(app, client)
    dead = {
        (who, path, status)
        for who, statuses in visits.items()
        for path, status in statuses.items()
        if status not in {200, 302}
    }
    assert dead == set()
    assert len(visits["a stranger"]) < len(visits[story.MEMBER])
