"""Counters: steps folded in batches, and a recount that says what the rows say."""

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from guilds.models import Guild
from petitions import counter, erasing, jobs, signing
from petitions.models import (
    Hold,
    Petition,
    PetitionHour,
    PetitionPlace,
    SignatureStep,
)
from petitions.models import SignatureState as S
from petitions.paper_models import PaperBatch
from tests.builders import NOW, make_guild, make_petition, make_signature

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def guild(db: Session) -> Guild:
    return make_guild(db)


@pytest.fixture
def petition(db: Session, guild: Guild) -> Petition:
    return make_petition(db, guild)


def places(db: Session) -> dict[tuple[str, str], int]:
    return {
        (place.country, place.region): place.signature_count
        for place in db.exec(select(PetitionPlace))
        if place.signature_count
    }


def hours(db: Session) -> dict[datetime, int]:
    return {row.hour: row.step for row in db.exec(select(PetitionHour))}


def step(db: Session, petition: Petition, number: int = 1, *, country: str = "FR") -> None:
    counter.step(db, petition.id, number, country=country, region="", at=NOW)


def test_steps_move_every_counter_once(db: Session, petition: Petition) -> None:
    step(db, petition)
    step(db, petition)
    step(db, petition, country="PT")
    counter.step(db, petition.id, -1, country="FR", region="", at=NOW + HOUR)
    assert petition.signature_count == 0
    assert counter.fold(db, petition.id, now=NOW + HOUR) == 2
    assert counter.fold(db, petition.id, now=NOW + HOUR * 2) == 0
    db.expire_all()
    assert (petition.signature_count, petition.counted_at) == (2, NOW + HOUR)
    assert places(db) == {("FR", ""): 1, ("PT", ""): 1}
    assert hours(db) == {NOW: 3, NOW + HOUR: -1}
    assert db.exec(select(SignatureStep)).all() == []


def test_the_minute_somebody_signed_is_in_no_step(db: Session, petition: Petition) -> None:
    counter.step(db, petition.id, 1, country="", region="", at=NOW + timedelta(minutes=17))
    assert db.exec(select(SignatureStep.at)).one() == NOW


def test_the_job_folds_every_petition_that_has_steps(
    db: Session, guild: Guild, petition: Petition
) -> None:
    other = make_petition(db, guild)
    for each in (petition, other, other):
        step(db, each)
    db.commit()
    assert jobs.fold_counts(db, NOW) == 2
    assert jobs.fold_counts(db, NOW) == 0
    db.expire_all()
    assert (petition.signature_count, other.signature_count) == (1, 2)


def test_what_is_held_is_confirmed_but_does_not_count(db: Session, petition: Petition) -> None:
    signature = make_signature(db, petition, state=S.PENDING)
    signature.hold = Hold.HELD
    db.add(signature)
    db.flush()
    assert signing.confirm_signature(db, signature.id, now=NOW)
    assert counter.fold(db, petition.id, now=NOW) == 0
    assert signing.withdraw_signature(db, signature.id, now=NOW)
    assert db.exec(select(SignatureStep)).all() == []
    assert counter.recount(db, petition.id, now=NOW) == counter.Recount(0, 0)


def test_a_withdrawal_leaves_the_place_it_was_counted_at(db: Session, petition: Petition) -> None:
    signature = make_signature(db, petition, state=S.PENDING)
    signature.country, signature.region = "GB", "Leeds"
    db.add(signature)
    db.flush()
    signing.confirm_signature(db, signature.id, now=NOW)
    counter.fold(db, petition.id, now=NOW)
    assert places(db) == {("GB", "Leeds"): 1}
    signing.withdraw_signature(db, signature.id, now=NOW)
    counter.fold(db, petition.id, now=NOW)
    db.expire_all()
    assert places(db) == {}


def test_recounting_mends_every_counter(db: Session, petition: Petition) -> None:
    for number in range(3):
        make_signature(db, petition, f"{number}@example.org")
    make_signature(db, petition, "p@example.org", state=S.PENDING)
    assert counter.recount(db, petition.id, now=NOW) == counter.Recount(counter=3, rows=3)
    petition = db.get_one(Petition, petition.id)
    petition.signature_count = 7
    db.add(petition)
    db.flush()
    assert counter.recount(db, petition.id, now=NOW) == counter.Recount(counter=7, rows=3)
    db.expire_all()
    assert petition.signature_count == 3
    assert hours(db) == {NOW - DAY: 3}, "the hours were right all along"


@pytest.mark.parametrize(
    ("table", "column"), [(PetitionHour, "step"), (PetitionPlace, "signature_count")]
)
def test_recounting_finds_parts_that_do_not_add_up(
    db: Session, petition: Petition, table: type[PetitionHour | PetitionPlace], column: str
) -> None:
    make_signature(db, petition, country="FR")
    counter.fold(db, petition.id, now=NOW)
    row = db.exec(select(table)).one()
    setattr(row, column, 9)
    db.add(row)
    db.flush()
    found = counter.recount(db, petition.id, now=NOW)
    assert (found.counter, found.rows, found.is_exact) == (1, 1, False)
    db.expire_all()
    assert (places(db), sum(hours(db).values())) == ({("FR", ""): 1}, 1)
    assert counter.recount(db, petition.id, now=NOW).is_exact


def test_recounting_mends_a_counter_too_low_to_be_folded(db: Session, petition: Petition) -> None:
    make_signature(db, petition)
    gone = make_signature(db, petition, "gone@example.org")
    counter.fold(db, petition.id, now=NOW)
    petition = db.get_one(Petition, petition.id)
    petition.signature_count = 0
    db.add(petition)
    signing.withdraw_signature(db, gone.id, now=NOW)
    assert counter.recount(db, petition.id, now=NOW) == counter.Recount(counter=-1, rows=1)
    db.expire_all()
    assert (petition.signature_count, sum(hours(db).values())) == (1, 1)


def test_recounting_mends_the_counter_of_paper(db: Session, petition: Petition) -> None:
    standing = {
        "petition_id": petition.id,
        "place": "Square",
        "collected_on": NOW.date(),
        "witness": "Wim",
        "entered_at": NOW,
    }
    db.add(PaperBatch(**standing, signature_count=40, sheet_hash="ab" * 32))
    db.add(PaperBatch(**standing, signature_count=9, sheet_hash="cd" * 32, struck_at=NOW))
    petition = db.get_one(Petition, petition.id)
    petition.paper_count = 4000
    db.add(petition)
    db.flush()
    found = counter.recount(db, petition.id, now=NOW)
    assert (found.paper_counter, found.paper_rows, found.is_exact) == (4000, 40, False)
    db.expire_all()
    assert petition.paper_count == 40


def test_recounting_folds_what_waits_and_calls_it_no_mistake(
    db: Session, petition: Petition
) -> None:
    signature = make_signature(db, petition, state=S.PENDING)
    signing.confirm_signature(db, signature.id, now=NOW)
    assert counter.recount(db, petition.id, now=NOW) == counter.Recount(counter=1, rows=1)
    assert counter.fold(db, petition.id, now=NOW) == 0
    assert hours(db) == {NOW: 1}


def test_recounting_leaves_what_was_counted_of_who_is_forgotten(
    db: Session, petition: Petition
) -> None:
    make_signature(db, petition, country="PT")
    erasing.begin(db, petition.id, now=NOW)
    assert erasing.erase_some(db, petition.id) == 1
    db.expire_all()
    assert counter.recount(db, petition.id, now=NOW) == counter.Recount(1, 1)
    assert places(db) == {("PT", ""): 1}


def test_one_petition_whose_counters_are_broken_does_not_hold_up_the_others(
    db: Session, guild: Guild, petition: Petition, caplog: pytest.LogCaptureFixture
) -> None:
    other = make_petition(db, guild, title="Another")
    step(db, petition, -1)  # below nothing: the table refuses it
    step(db, other)
    db.commit()
    assert jobs.fold_counts(db, NOW) == 1
    assert str(petition.id) in caplog.text
    db.expire_all()
    assert (petition.signature_count, other.signature_count) == (0, 1)
