"""What holds for every main page: one title, and at most one main action."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from accounts.models import User
from guilds.models import Guild
from tests import story


@pytest.mark.parametrize("database", ["sqlite"])
@pytest.mark.timeout(300)
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


PLACE = "20200101T000000000000.00000000000040008000000000000000"


def test_a_later_page_of_every_list_leads_back_to_its_start(
    client: FlaskClient, guild: Guild, bob: User, sign_in: Callable[[FlaskClient, User], None]
) -> None:
    sign_in(client, bob)
    ours = f"/guilds/{guild.slug}"
    lists = [
        "/inbox?before=", "/guilds?before=", "/events?after=", "/institutions?before=",
        "/petitions?before=", "/petitions/ended?before=", "/legislation?before=",
        f"{ours}/members?after=", f"{ours}/decisions?before=", f"{ours}/petitions?before=",
        f"{ours}/events?after=", f"{ours}/delegations?mine=", f"{ours}/delegations?to_me=",
    ]  # fmt: skip
    for path in lists:
        start = path.partition("?")[0]
        page = client.get(path + PLACE).text
        assert f'href="{start}">Back to the start' in page, path
        assert "Back to the start" not in client.get(start).text, path
