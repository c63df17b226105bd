"""The QR code and the poster."""

from typing import Any

import pymupdf
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from guilds.models import Guild
from petitions.models import (
    Petition,
)
from tests.builders import make_petition


@pytest.fixture
def petition(db: Session, guild: Guild, now: Any) -> Petition:
    return make_petition(db, guild)


def test_the_code_and_the_poster_may_be_kept(client: FlaskClient, petition: Petition) -> None:
    for name, kind in (("qr.png", "image/png"), ("poster.pdf", "application/pdf")):
        path = f"/petitions/{petition.id}/{name}"
        file = client.get(path)
        assert (file.status_code, file.mimetype) == (200, kind)
        assert file.cache_control.public
        again = client.get(path, headers={"If-None-Match": file.headers["ETag"]})
        assert again.status_code == 304


def test_the_poster_says_what_where_and_until_when(client: FlaskClient, petition: Petition) -> None:
    data = client.get(f"/petitions/{petition.id}/poster.pdf").data
    with pymupdf.open("pdf", data) as poster:
        assert len(poster) == 1
        words = " ".join(poster[0].get_text().split())
        assert len(poster[0].get_images()) == 1
    for said in (
        petition.title, petition.request, f"/petitions/{petition.id}", "2 April 2026",
        "camera at the code",
    ):  # fmt: skip
        assert said in words


@pytest.mark.parametrize(("words", "least"), [(1, 0.75), (9, 0.6)])
def test_a_poster_fills_its_sheet_and_no_other(
    client: FlaskClient, db: Session, petition: Petition, words: int, least: float
) -> None:
    petition.title, petition.request = (
        "Dream on " * words,
        "Let us sleep in peace at last. " * words,
    )
    db.add(petition)
    data = client.get(f"/petitions/{petition.id}/poster.pdf").data
    with pymupdf.open("pdf", data) as poster:
        assert len(poster) == 1
        lowest = max(block[3] for block in poster[0].get_text("blocks"))
        assert lowest > least * poster[0].rect.height
