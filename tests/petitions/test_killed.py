"""The server is killed while people sign: whoever was told that it was taken is there."""

import http.client
import re
import socket
import threading
import time
from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from sqlmodel import Session, col, func, select

from core.settings import Settings
from notifications.models import Notice
from petitions.models import Signature
from petitions.signing import mailbox_hash
from tests import processes, serving
from tests.builders import VAULT, make_guild, make_petition

SERVE = """
import dataclasses
from core.serving import make_server
make_server(app, dataclasses.replace(settings, port={port})).run()
"""
SIGNERS, ENOUGH = 4, 30
#: seconds
PATIENCE = 60


class Burst:
    """People who sign one after the other, as fast as they are answered."""

    def __init__(self, port: int, petition_id: UUID) -> None:
        self.port = port
        self.path = f"/petitions/{petition_id}/sign"
        self.taken: list[str] = []
        self.threads = [
            threading.Thread(target=self._sign_on, args=(number,)) for number in range(SIGNERS)
        ]

    def _sign_on(self, number: int) -> None:
        server = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            server.request("GET", self.path)
            answer = server.getresponse()
            cookie = (answer.headers["Set-Cookie"] or "").partition(";")[0]
            token = re.search(r'name="csrf_token" value="([^"]+)"', answer.read().decode())
            assert token is not None
            for place in range(10_000):
                address = f"person-{number}-{place}@example.org"
                form = {"csrf_token": token[1], "name": "Somebody", "address": address}
                kind = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
                server.request("POST", self.path, urlencode(form), kind)
                answer = server.getresponse()
                answer.read()
                if answer.status == 303:
                    self.taken.append(address)
        except (OSError, http.client.HTTPException):
            return  # killed
        finally:
            server.close()


def wait_for(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server does not answer")


def test_a_server_killed_in_a_burst_loses_no_signature_it_took(
    db: Session, settings: Settings
) -> None:
    petition = make_petition(db, make_guild(db), closes_on=date(2100, 1, 1))
    db.commit()
    with serving.listen() as held:  # a free port
        port = held.getsockname()[1]
    worker = processes.start(SERVE.format(port=port), settings)
    try:
        wait_for(port)
        burst = Burst(port, petition.id)
        for thread in burst.threads:
            thread.start()
        deadline = time.monotonic() + PATIENCE
        while len(burst.taken) < ENOUGH and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        worker.kill()
    for thread in burst.threads:
        thread.join(PATIENCE)
    assert len(burst.taken) >= ENOUGH

    rows = db.exec(
        select(Signature.address_hash, func.count(col(Notice.id)))
        .join(Notice, col(Notice.recipient_id) == Signature.id, isouter=True)
        .group_by(col(Signature.id))
    ).all()
    there = dict(rows)
    assert len(there) == len(rows)
    assert {mailbox_hash(VAULT, petition.id, one) for one in burst.taken} <= there.keys()
    assert set(there.values()) == {1}  # and each is owed its mail
    assert len(rows) <= len(burst.taken) + SIGNERS  # at most one each was not answered in time
