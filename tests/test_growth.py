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
    stranger, member = app.test_client(), app.test_client()
    with story.told(app) as (db, play):
        public, private = story.pages(db)
        somebody = story.person(db, story.MEMBER)
        db.commit()
        sign_in(member, somebody)

        def costs() -> dict[str, int]:
            counted = {}
            for who, client, paths in (("", stranger, public), ("member ", member, private)):
                for path in paths:
                    with count_queries() as queries:
                        client.get(path)
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
