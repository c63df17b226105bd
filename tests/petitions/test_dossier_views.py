"""Pages of the dossier: the files for everybody, the receipt, the names for organisers."""

import csv
import io
import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from audit.models import AuditEntry
from core.database import EXTENSION
from guilds.models import Guild
from petitions import tree
from petitions.models import Petition, PetitionState, Signature
from petitions.notices import CONFIRM
from petitions.receipts import Receipts, in_groups
from tests.builders import VAULT, make_petition
from tests.conftest import Client, Clock
from tests.petitions.closing import close

SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def petition(closed_petition: Petition) -> Petition:
    return closed_petition


def test_everybody_gets_the_files_but_the_names(client: Client, petition: Petition) -> None:
    path = f"/petitions/{petition.id}"
    page = client.get(f"{path}/dossier").text
    assert "Is my signature in?" in page
    assert "Take signatures.csv" not in page
    assert client.get(f"{path}/petition.pdf").data.startswith(b"%PDF")
    told = json.loads(client.get(f"{path}/manifest.json").data)
    assert told["signatures"] == 2
    leaves = client.get(f"{path}/leaves.txt").text.split()
    assert tree.branches(map(bytes.fromhex, leaves)).__next__().root.hex() == told["root"]
    assert client.get("/check_petition.py").text.startswith("#!/usr/bin/env python3")
    assert client.post(f"{path}/signatures.csv").status_code == 403


def test_a_proxy_may_keep_the_files_and_who_has_one_is_told_so(
    client: Client, petition: Petition
) -> None:
    for name in ("petition.pdf", "manifest.json", "leaves.txt"):
        first = client.get(f"/petitions/{petition.id}/{name}")
        assert "public" in first.headers["Cache-Control"], name
        asked = {"If-None-Match": first.headers["ETag"]}
        again = client.get(f"/petitions/{petition.id}/{name}", headers=asked)
        assert (again.status_code, again.data) == (304, b""), name


def test_who_breaks_a_file_off_leaves_no_connection_taken(
    client: Client, petition: Petition
) -> None:
    path = f"/petitions/{petition.id}/leaves.txt"
    pool = client.application.extensions[EXTENSION].pool
    client.db.commit()  # type: ignore[union-attr] # this client has one
    before = pool.checkedout()
    for ask in (client.head, client.get):
        with ask(path) as answer:
            assert answer.status_code == 200
    assert client.get(path).data
    client.db.commit()  # type: ignore[union-attr] # as above
    assert pool.checkedout() == before


def test_a_signer_sees_by_their_receipt_that_they_are_in(
    client: Client, db: Session, petition: Petition
) -> None:
    signature = db.exec(select(Signature).where(Signature.name == "Emil Quiet")).one()
    receipt = Receipts(VAULT).of(signature.id)
    path = f"/petitions/{petition.id}"
    page = client.get(f"{path}/dossier?receipt={receipt.lower()}").text
    assert "proof.json" in page
    proof = json.loads(client.get(f"{path}/proof.json?receipt={receipt}").data)
    leaf = tree.leaf_of(str(petition.id), receipt)
    assert tree.root_by(leaf, proof["proof"]).hex() == proof["root"]
    assert "No signature of this receipt" in client.get(f"{path}/dossier?receipt=ABC").text
    assert client.get(f"{path}/proof.json?receipt=ABC").status_code == 404


def test_a_signers_own_page_shows_their_receipt_and_leads_to_the_check(
    client: Client, db: Session, petition: Petition
) -> None:
    signature = db.exec(select(Signature).where(Signature.name == "Emil Quiet")).one()
    page = client.get(f"/signatures/{VAULT.link_token(CONFIRM, signature.id)}/confirm").text
    receipt = in_groups(Receipts(VAULT).of(signature.id))
    assert receipt in page
    checked = client.get(f"/petitions/{petition.id}/dossier?receipt={receipt}").text
    assert "is one of the 2 signatures" in checked


def test_before_it_is_made_the_page_says_when(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    fresh = make_petition(db, guild, alice)
    path = f"/petitions/{fresh.id}"
    assert "a day after the last day" in client.get(f"{path}/dossier").text
    close(db, fresh)
    assert "once nobody can confirm" in client.get(f"{path}/dossier").text
    assert client.get(f"{path}/petition.pdf").status_code == 409
    sign_in(client, alice)
    assert client.get(f"{path}/deliver").status_code == 409
    draft = make_petition(db, guild, alice, state=PetitionState.DRAFT)
    assert client.get(f"/petitions/{draft.id}/dossier").status_code == 404


def test_an_organiser_takes_the_names_and_that_is_on_record(
    client: Client, db: Session, petition: Petition, alice: User, bob: User, sign_in: SignIn
) -> None:
    path = f"/petitions/{petition.id}/signatures.csv"
    sign_in(client, bob)
    assert client.post(path).status_code == 403
    sign_in(client, alice)
    taken = client.post(path)
    assert taken.headers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(taken.text)))
    assert sorted(row["name"] for row in rows) == ["", "Dora Dreamer"]
    assert "petitions.names_taken" in db.exec(select(AuditEntry.action)).all()
