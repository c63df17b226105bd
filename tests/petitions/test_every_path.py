"""Whatever happens to signatures in whatever order, the counters say what the rows say.

Deeds are drawn by numbers that are the same in each run; what the rules refuse is passed over.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlmodel import Session, col, select

from accounts.models import User
from core.errors import RuleBroken
from petitions import counter, desk, jobs, signing
from petitions.desk import Condition
from petitions.models import Petition, Signature, SignatureState, Sweep, SweepDeed
from tests.builders import NOW, VAULT, make_guild, make_petition

DOMAINS = ("ant.example", "bee.example")
ADDRESSES = [f"{number}@{domain}" for number in range(6) for domain in DOMAINS]
#: most are taken back: removed for good, there would soon be nobody left
DEEDS = [*[SweepDeed.HOLD] * 2, *[SweepDeed.RELEASE] * 2, SweepDeed.REMOVE]
STEPS = 50


class Play:
    """One petition, and somebody who does to it what comes into their head."""

    def __init__(self, db: Session, petition: Petition, organiser: User, seed: int) -> None:
        self.db, self.petition, self.organiser = db, petition, organiser
        self.random = Random(seed)
        self.now: datetime = NOW

    def step(self) -> None:
        self.now += self.random.choice([timedelta(minutes=1), timedelta(hours=2)])
        deeds: list[Callable[[], object]] = [
            *[self.sign] * 6, *[self.confirm] * 6, self.withdraw, *[self.sweep] * 2,
            *[self.undo] * 2, self.clear, self.forget, self.fold,
        ]  # fmt: skip
        try:
            self.random.choice(deeds)()
        except RuleBroken:
            self.db.rollback()
        self.db.commit()
        self.db.expire_all()

    def sign(self) -> None:
        name, country = "Dora", self.random.choice(["", "PT", "FR"])
        signing.sign_petition(
            self.db,
            self.petition,
            signatory=signing.Signatory(name, self.random.choice(ADDRESSES), country=country),
            vault=VAULT,
            now=self.now,
            network_hash=self.random.choice(["north", "south"]),
            is_held=self.random.random() < 0.2,
        )

    def one(self) -> Signature | None:
        address = self.random.choice(ADDRESSES)
        hashed = signing.mailbox_hash(VAULT, self.petition.id, address)
        return self.db.exec(select(Signature).where(Signature.address_hash == hashed)).first()

    def confirm(self) -> None:
        if one := self.one():
            signing.confirm_signature(self.db, one.id, now=self.now)

    def withdraw(self) -> None:
        if one := self.one():
            signing.withdraw_signature(self.db, one.id, now=self.now)

    def sweep(self) -> None:
        domain = self.random.choice(DOMAINS)
        condition = Condition(
            domain=signing.domain_hash(VAULT, self.petition.id, domain),
            network=self.random.choice(["", "north"]),
            state=self.random.choice([None, *list(SignatureState)[:2]]),
        )
        deed = self.random.choice(DEEDS)
        desk.sweep(
            self.db, self.petition, actor=self.organiser, condition=condition, deed=deed,
            reason="A farm.", now=self.now,
        )  # fmt: skip

    def undo(self) -> None:
        sweeps = self.db.exec(select(Sweep).order_by(col(Sweep.done_at))).all()
        if sweeps:
            desk.undo(self.db, self.random.choice(sweeps), actor=self.organiser, now=self.now)

    def clear(self) -> None:
        jobs.clear_desks(self.db, self.now)

    def forget(self) -> None:
        signing.forget_unconfirmed(self.db, now=self.now + timedelta(days=13))

    def fold(self) -> None:
        counter.fold(self.db, self.petition.id, now=self.now)


@pytest.mark.parametrize("seed", [1, 4, 8, 12])
def test_counters_say_what_rows_say_after_every_step(db: Session, alice: User, seed: int) -> None:
    petition = make_petition(db, make_guild(db, admins=[alice]))
    db.commit()
    play = Play(db, petition, alice, seed)
    counted = set()
    for number in range(STEPS):
        play.step()
        found = counter.recount(db, petition.id, now=play.now)
        assert found.is_exact, (number, found)
        counted.add(found.rows)
        db.commit()
    assert len(counted) > 2, "the count went up and down"
