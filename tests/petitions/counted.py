"""Signatures that count, for tests."""

from sqlmodel import Session

from petitions import counter
from petitions.models import Petition
from tests.builders import NOW


def signed(
    db: Session, petition: Petition, number: int, country: str = "", region: str = ""
) -> None:
    """Steps of so many signatures, folded."""
    counter.step(db, petition.id, number, country=country, region=region, at=NOW)
    counter.fold(db, petition.id, now=NOW)
    db.expire_all()
