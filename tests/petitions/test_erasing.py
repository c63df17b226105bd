"""Months after the end: people go, what was counted and hashed stays."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, select

from accounts.models import User
from guilds.models import Guild
from notifications.models import Notice
from petitions import confirming, counter, dossier, erasing, jobs, life, signing
from petitions.delivery_models import Answer, DossierPart
from petitions.models import Petition, PetitionPlace, PetitionState, Signature
from petitions.paper_models import PaperBatch
from petitions.receipts import Receipts
from tests.builders import NOW, VAULT, make_petition, make_signature
from tests.petitions.closing import close, make_dossier

S = PetitionState


@pytest.fixture
def petition(db: Session, guild: Guild, alice: User) -> Petition:
    """Closed, with its dossier, kept for six months after its end."""
    petition = make_petition(db, guild, alice)
    for number in range(3):
        make_signature(db, petition, f"s{number}@example.org", country="PT")
    close(db, petition)
    make_dossier(db, petition, now=NOW + timedelta(days=1))
    return petition


def settle(db: Session, petition: Petition, at: datetime) -> None:
    petition.state, petition.settled_at = S.SETTLED, at
    db.add(petition)
    db.commit()


@pytest.mark.parametrize(
    ("now", "months", "before"),
    [
        ("2026-08-31", 6, "2026-02-28"),
        ("2028-08-31", 6, "2028-02-29"),
        ("2026-03-01", 3, "2025-12-01"),
        ("2026-12-15", 12, "2025-12-15"),
        ("2026-05-05", 0, "2026-05-05"),
    ],
)
def test_months_are_those_of_the_calendar(now: str, months: int, before: str) -> None:
    day = datetime.fromisoformat(f"{now}T12:00").replace(tzinfo=UTC)
    assert erasing.months_before(day, months).date().isoformat() == before


def test_it_is_due_as_many_months_after_the_settlement_as_was_said(
    db: Session, petition: Petition
) -> None:
    settle(db, petition, datetime(2026, 4, 1, 12, tzinfo=UTC))
    assert erasing.due_to_erase(db, datetime(2026, 10, 1, 11, tzinfo=UTC), 9) == []
    assert erasing.due_to_erase(db, datetime(2026, 10, 1, 12, tzinfo=UTC), 9) == [petition.id]
    petition.kept_months = 8
    db.add(petition)
    db.commit()
    assert erasing.due_to_erase(db, datetime(2026, 10, 1, 12, tzinfo=UTC), 9) == []


def test_what_is_stopped_long_after_its_close_is_kept_until_all_have_heard_of_it(
    db: Session, petition: Petition, alice: User
) -> None:
    stopped_at = NOW + timedelta(days=300)
    life.stop_petition(db, petition, actor=alice, reason="Nobody carries it.", now=stopped_at)
    db.commit()
    assert erasing.due_to_erase(db, stopped_at + timedelta(days=1), 9) == []
    assert erasing.due_to_erase(db, stopped_at + timedelta(days=186), 9) == [petition.id]


def test_what_was_stopped_or_answered_and_left_alone_is_due_too(
    db: Session, petition: Petition
) -> None:
    petition.state = S.STOPPED
    db.add(petition)
    db.flush()
    assert erasing.due_to_erase(db, NOW + timedelta(days=186), 9) == [petition.id]
    petition.state = S.ANSWERED
    answer = {"petition_id": petition.id, "text": "No.", "text_html": "", "said_by": "They"}
    db.add(Answer(**answer, answered_at=NOW))
    db.flush()
    assert erasing.due_to_erase(db, NOW + timedelta(days=186), 9) == []
    assert erasing.due_to_erase(db, NOW + timedelta(days=365 + 186), 9) == [petition.id]


def test_people_go_and_counts_places_leaves_and_hashes_stay(
    db: Session, petition: Petition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erasing, "BATCH", 2)
    signature = db.exec(select(Signature).limit(1)).one()
    receipt = Receipts(VAULT).of(signature.id)
    batch = {"place": "Market", "collected_on": NOW.date(), "entered_at": NOW, "sheet_hash": "a"}
    db.add(PaperBatch(petition_id=petition.id, signature_count=4, witness="Mara V.", **batch))
    petition.paper_count = 4
    confirming.ask_again(db, petition.id, address="s0@example.org", vault=VAULT, now=NOW)
    settle(db, petition, NOW)
    later = NOW + timedelta(days=190)
    assert jobs.forget_signatories(db, later) == 1
    assert jobs.forget_signatories(db, later) == 0
    asked = select(Notice).where(Notice.kind == confirming.SEND_AGAIN)
    assert db.exec(asked).all() == [], "its recipient is made of a mailbox"
    db.expire_all()
    assert db.exec(select(Signature)).all() == []
    assert (petition.signature_count, petition.signatories_forgotten_at) == (3, later)
    assert counter.recount(db, petition.id, now=later) == counter.Recount(3, 3, 4, 4)
    assert db.exec(select(PetitionPlace.signature_count)).all() == [3]
    assert db.exec(select(PaperBatch.witness)).all() == [""]
    held = dossier.get_dossier(db, petition.id)
    assert held is not None
    assert len(db.exec(select(DossierPart)).all()) == 1
    assert dossier.proof_of(db, held, receipt) is not None, "who kept a receipt can still check"


def test_nothing_is_owed_to_a_mailbox_once_all_are_erased(db: Session, petition: Petition) -> None:
    settle(db, petition, NOW)
    later = NOW + timedelta(days=190)
    assert jobs.forget_signatories(db, later) == 1
    confirming.ask_again(db, petition.id, address="s0@example.org", vault=VAULT, now=later)
    assert db.exec(select(Notice).where(Notice.kind == confirming.SEND_AGAIN)).all() == []


def test_what_was_interrupted_goes_on(db: Session, petition: Petition) -> None:
    settle(db, petition, NOW)
    later = NOW + timedelta(days=190)
    erasing.begin(db, petition.id, now=later)
    db.commit()
    assert erasing.due_to_erase(db, later, 9) == [petition.id]
    signing.withdraw_signature(db, db.exec(select(Signature.id).limit(1)).one(), now=later)
    counter.fold(db, petition.id, now=later)
    db.commit()
    assert jobs.forget_signatories(db, later) == 1
    assert erasing.due_to_erase(db, later, 9) == []
    db.expire_all()
    assert petition.signature_count == 3, "what was counted stays, though one withdrew meanwhile"


def test_a_counter_that_is_wrong_keeps_nobody_from_being_erased(
    db: Session, petition: Petition
) -> None:
    settle(db, petition, NOW)
    petition.signature_count = 0
    db.add(petition)
    gone = db.exec(select(Signature.id).limit(1)).one()
    signing.withdraw_signature(db, gone, now=NOW)  # a step that such a counter cannot take
    db.commit()
    assert jobs.forget_signatories(db, NOW + timedelta(days=190)) == 1
    db.expire_all()
    assert petition.signature_count == 2, "as the rows said it last"
    assert db.exec(select(Signature)).all() == []


def test_one_that_cannot_be_erased_does_not_keep_the_others(
    db: Session, petition: Petition, guild: Guild, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_petition(db, guild, alice, title="Another")
    make_signature(db, other)
    close(db, other, at=NOW + timedelta(days=1))
    begin = erasing.begin

    def fail_once(db: Session, petition_id: UUID, *, now: datetime) -> None:
        if petition_id == petition.id:
            raise RuntimeError
        begin(db, petition_id, now=now)

    monkeypatch.setattr(erasing, "begin", fail_once)
    for one in (petition, other):
        settle(db, one, NOW)
    assert jobs.forget_signatories(db, NOW + timedelta(days=190)) == 1
    assert set(db.exec(select(Signature.petition_id))) == {petition.id}


def test_a_place_without_petitions_has_nothing_to_erase(db: Session) -> None:
    assert erasing.due_to_erase(db, NOW, 10) == []
