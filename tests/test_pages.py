"""What holds for every main page: one title, and at most one main action."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.models import User
from tests import story


@pytest.mark.parametrize("database", ["sqlite"])
def test_each_page_has_one_title_and_one_main_action(
    app: Flask, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    with story.told(app) as (db, _):
        public, private = story.pages(db)
        signed_in = [(story.MEMBER, private), (story.ADMIN, story.desk_pages(db))]
        users = [story.person(db, handle) for handle, _ in signed_in]
        db.commit()
        visits = [("a stranger", app.test_client(), public)]
        for user, (handle, paths) in zip(users, signed_in, strict=True):
            client = app.test_client()
            sign_in(client, user)
            visits.append((handle, client, paths))
        odd = []
        for who, client, paths in visits:
            for path in paths:
                if path.endswith((".ics", "/requests")):  # every request has its own "Admit"
                    continue
                main = re.search(r"<main.*</main>", client.get(path).text, re.DOTALL)
                assert main, (who, path)
                found = main[0].count("<h1"), main[0].count("button-action")
                if found[0] != 1 or found[1] > 1:
                    odd.append((who, path, found))
    assert odd == []
