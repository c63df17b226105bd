"""Scenes at a petition's desk: a farm swept away, a crowd that waits; sheets from the street."""

from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from sqlmodel import select

import petitions.counter
import petitions.desk
import petitions.paper
import petitions.signing
from demo.play import Play
from demo.story.petitions import MAIN
from petitions.models import Petition, Signature, SweepDeed
from petitions.paper import Batch
from petitions.rules import day_of
from petitions.signing import Signatory, domain_hash

FARM, FARMED, CROWD = "bulk.example", 9, 14
WHY = "Nine in one minute from one domain, names out of the telephone book."
#: days from now, signatures, place, why it was struck (or nothing)
SHEETS = (
    (-16, 61, "Canal Street, at the ferry", ""),
    (-9, 38, "Night market", ""),
    (-8, 12, "Orchard Row", "Copied from the sheets of the night market."),
)


def follow(play: Play, key: str, petition: Petition) -> None:
    """Plan what happens at the desk of the petition that the masses sign."""
    if key != MAIN:
        return
    for number in range(FARMED):
        play.at(play.day(-5.4), partial(_sign, play, petition, f"{number}@{FARM}", "", False))
    play.at(play.day(-5.2), partial(_sweep, play, petition))
    for number in range(CROWD):
        address = f"harbour-{number}@mail{number % 4}.example"
        play.at(play.day(-0.1), partial(_sign, play, petition, address, "5eaf00d0cafe1234", True))
    for days, number, place, struck in SHEETS:
        play.at(play.day(days), partial(_enter, play, petition, number, place, struck))


def _sign(
    play: Play, petition: Petition, address: str, network: str, is_held: bool, now: datetime
) -> None:
    person = Signatory(name="Robin Somebody", address=address)
    petitions.signing.sign_petition(
        play.db, petition, signatory=person, vault=play.vault, now=now, network_hash=network,
        is_held=is_held, may_write=False,
    )  # fmt: skip
    mailbox = petitions.signing.mailbox_hash(play.vault, petition.id, address)
    signature_id = play.db.exec(select(Signature.id).where(Signature.address_hash == mailbox)).one()
    petitions.signing.confirm_signature(play.db, signature_id, now=now)
    petitions.counter.fold(play.db, petition.id, now=now)


def _sweep(play: Play, petition: Petition, now: datetime) -> None:
    mark = domain_hash(play.vault, petition.id, FARM)
    petitions.desk.sweep(
        play.db, petition, actor=play.people["mara"],
        condition=petitions.desk.Condition(domain=mark, until=now), deed=SweepDeed.REMOVE,
        reason=WHY, now=now,
    )  # fmt: skip
    petitions.counter.fold(play.db, petition.id, now=now)


def _enter(
    play: Play, petition: Petition, number: int, place: str, struck: str, now: datetime
) -> None:
    scan = sha256(place.encode()).hexdigest()
    actor = play.people["mara"]
    today = day_of(now, actor.time_zone)
    sheets = Batch(number, place, today, "Noor, with the biscuit tin", scan)
    batch = petitions.paper.enter_batch(play.db, petition, actor=actor, batch=sheets, now=now)
    if struck:
        later = now + timedelta(hours=3)
        petitions.paper.strike_batch(play.db, batch, actor=actor, reason=struck, now=later)
