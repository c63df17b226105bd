"""A page sends the same few queries, however much there is."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.models import User
from demo.masses import Wanted
from tests import story

MOST = 25
MASSES = Wanted(people=400, guilds=40, events=150, signatures=600, bills=60)


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.timeout(300)
def test_the_number_of_queries_stays(
    app: Flask,
    sign_in: Callable[[FlaskClient, User], None],
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    stranger, member, admin = app.test_client(), app.test_client(), app.test_client()
    with story.told(app) as (db, play):
        public, private = story.pages(db)
        desk = story.desk_pages(db)
        people = [story.person(db, handle) for handle in (story.MEMBER, story.ADMIN)]
        db.commit()
        for client, user in zip((member, admin), people, strict=True):
            sign_in(client, user)
        visits = (("", stranger, public), ("member ", member, private), ("admin ", admin, desk))

        def costs() -> dict[str, int]:
            counted = {}
            for who, client, paths in visits:
                for path in paths:
                    with count_queries() as queries:
                        answer = client.get(path)
                    if path != "/nothing-here":
                        assert answer.status_code == 200, (who + path, answer.status)
                    counted[who + path] = sum(
                        not q.startswith(("BEGIN", "pragma")) for q in queries
                    )
            return counted

        before = costs()
        story.add_masses(db, play, MASSES)
        db.commit()
        after = costs()
    grown = {page: (cost, after[page]) for page, cost in before.items() if after[page] > cost}
    assert grown == {}
    assert max(after.values()) <= MOST, after
