"""What lies in the data folder and the log after people used the app: nothing that names them.

A copy of the database or of the log must not give away who takes part (docs/threat-model.md).
"""

import logging
import re
from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from guilds.models import Guild
from tests.builders import make_event, make_petition
from tests.conftest import Client

#: each in a place of its own, so that a find tells where it leaked
MARKS = {
    "address of an account": "plover.account@example.org",
    "address of a signature": "plover.signature@example.org",
    "address of a guest": "plover.guest@example.org",
    "password": "plover battery staple nine",
    "new password": "plover battery staple ten",
    "network address": "203.0.113.77",
}
NAME = "Ottoline Plovermark"
LINK = re.compile(r"https?://[^/\s]+(/\S+)")
Deliver = Callable[[], list[EmailMessage]]


def links_in(mails: list[EmailMessage]) -> list[str]:
    return [path for mail in mails for path in LINK.findall(mail.get_content())]


@pytest.mark.parametrize("database", ["sqlite"])
def test_no_file_and_no_log_line_names_who_took_part(
    client: Client,
    db: Session,
    guild: Guild,
    alice: User,
    tmp_path: Path,
    deliver: Deliver,
    caplog: pytest.LogCaptureFixture,
    now: datetime,
) -> None:
    caplog.set_level(logging.DEBUG)
    client.environ_base["REMOTE_ADDR"] = MARKS["network address"]
    petition, march = make_petition(db, guild, alice), make_event(db, guild, alice)
    links = _an_account(client, deliver)
    links += _a_signature(client, deliver, f"/petitions/{petition.id}/sign")
    links += _a_guest(client, deliver, f"/events/{march.id}/attend")
    assert db.exec(select(User).where(User.handle == "plover")).one()
    db.commit()
    tokens = {path.rstrip("/").split("/")[-2] for path in links} | {
        path.rstrip("/").split("/")[-1] for path in links
    }
    marks = MARKS | {f"token {token}": token for token in tokens if len(token) == 43}
    assert len(marks) > len(MARKS) + 3, "links were followed"
    kept = b"".join(
        path.read_bytes()
        for path in tmp_path.rglob("*")
        if path.is_file() and path.suffix != ".eml"  # mails to a folder stand for a mail server
    )
    assert b"plover" in kept, "the handle is no secret: the right files are searched"
    assert NAME.encode() in kept, "a signature is kept with its name, as the page says"
    found = [what for what, mark in marks.items() if mark.encode().lower() in kept.lower()]
    assert found == []
    marks["name under a petition"] = NAME
    assert [what for what, mark in marks.items() if mark in caplog.text] == []


def _an_account(client: FlaskClient, deliver: Deliver) -> list[str]:
    """Sign up, confirm, sign out, forget the password, choose another, sign in."""
    asked = {
        "handle": "plover",
        "display_name": "Plover",
        "address": MARKS["address of an account"],
        "password": MARKS["password"],
        "time_zone": "UTC",
    }
    assert client.post("/sign-up", data=asked).status_code == 303
    links = links_in(deliver())
    confirm = next(path for path in links if path.startswith("/confirm/"))
    assert client.post(confirm, data={"password": MARKS["password"]}).status_code == 303
    client.post("/sign-out")
    client.post("/forgotten", data={"address": MARKS["address of an account"]})
    links += links_in(deliver())
    reset = next(path for path in links if path.startswith("/reset/"))
    assert client.post(reset, data={"password": MARKS["new password"]}).status_code == 303
    signed_in = {"login": "plover", "password": MARKS["new password"]}
    assert client.post("/sign-in", data=signed_in).status_code == 303
    client.post("/sign-out")
    return links


def _a_signature(client: FlaskClient, deliver: Deliver, path: str) -> list[str]:
    signed = {
        "name": NAME,
        "address": MARKS["address of a signature"],
        "country": "",
    }
    assert client.post(path, data=signed).status_code == 303
    links = links_in(deliver())
    confirm = next(path for path in links if path.endswith("/confirm"))
    assert client.post(confirm).status_code == 303
    return links + links_in(deliver())


def _a_guest(client: FlaskClient, deliver: Deliver, path: str) -> list[str]:
    coming = {
        "nickname": "P.",
        "address": MARKS["address of a guest"],
        "time_zone": "UTC",
        "agreed": "y",
    }
    assert client.post(path, data=coming).status_code == 303
    links = links_in(deliver())
    mine = next(path for path in links if path.startswith("/attendances/"))
    assert client.post(f"{mine}/confirm").status_code == 303
    return links + links_in(deliver())
