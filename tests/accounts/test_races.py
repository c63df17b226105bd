"""Two at once: on PostgreSQL, where nothing but constraints and locks keeps them apart."""

import threading
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlmodel import Session, select

from accounts.models import User
from tests.accounts.test_views import ALICE, link_in
from tests.builders import PASSWORD, make_user
from tests.conftest import Client

pytestmark = pytest.mark.postgres


def at_once(app: Flask, paths: list[str], data: dict[str, str]) -> list[int]:
    """Statuses of one POST to each path, sent together by different people."""
    app.config["PROPAGATE_EXCEPTIONS"] = False
    statuses: list[int] = []
    ready = threading.Barrier(len(paths))

    def post(path: str) -> None:
        client = app.test_client()
        ready.wait()
        statuses.append(client.post(path, data=data).status_code)

    threads = [threading.Thread(target=post, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(statuses)


def test_a_link_confirmed_twice_at_once_makes_one_account(
    client: Client, app: Flask, db: Session, deliver: Callable[[], list[EmailMessage]], now: Any
) -> None:
    make_user(db, "founder")
    client.post("/sign-up", data=ALICE)
    link = link_in(deliver()[0])
    statuses = at_once(app, [link] * 4, {"password": PASSWORD})
    assert statuses[0] == 303
    assert max(statuses) < 500
    assert len(db.exec(select(User).where(User.handle == "alice")).all()) == 1


def test_two_people_who_want_one_handle_at_once_both_get_an_answer(
    client: Client, app: Flask, db: Session, deliver: Callable[[], list[EmailMessage]], now: Any
) -> None:
    make_user(db, "founder")
    for address in ("one@example.org", "two@example.org"):
        client.post("/sign-up", data={**ALICE, "address": address})
    statuses = at_once(app, [link_in(mail) for mail in deliver()], {"password": PASSWORD})
    assert statuses[0] == 303
    assert max(statuses) < 500
