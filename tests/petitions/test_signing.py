"""Signatures on real databases: one mailbox counts once, and nothing tells who signed before."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from core.errors import RuleBroken
from core.wire import wire_of
from guilds.models import Guild
from notifications.models import Notice
from petitions import counter, jobs, progress, rules, signing
from petitions.models import Hold, Petition, PetitionState, Signature
from petitions.models import SignatureState as S
from petitions.signing import Choices, Signatory, confirm_signature, withdraw_signature
from tests.builders import NOW, VAULT, make_guild, make_petition, make_signature
from tests.petitions.test_rules import MAILS

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
DORA = Signatory("Dora Dreamer", "dora@example.org")


@pytest.fixture
def guild(db: Session) -> Guild:
    return make_guild(db)


@pytest.fixture
def petition(db: Session, guild: Guild) -> Petition:
    return make_petition(db, guild)


def sign(
    db: Session, petition: Petition, who: Signatory = DORA, after: timedelta = HOUR * 0
) -> None:
    signing.sign_petition(db, petition, signatory=who, vault=VAULT, now=NOW + after)


def the_signature(db: Session) -> Signature:
    db.expire_all()
    return db.exec(select(Signature)).one()


def chosen(signature: Signature) -> Choices:
    return Choices(
        signature.name,
        signature.name_is_public,
        signature.name_is_handed_over,
        signature.wants_updates,
    )


def mails(db: Session) -> int:
    return len(db.exec(select(Notice)).all())


def counted(db: Session, petition: Petition) -> int:
    counter.fold(db, petition.id, now=NOW)
    found = progress.read_counted(wire_of(db), petition.id)
    assert found is not None
    return found.signature_count


def test_a_signature_waits_for_its_mailbox(db: Session, petition: Petition) -> None:
    sign(db, petition)
    signature = the_signature(db)
    assert signature.state == S.PENDING
    assert "dora" not in signature.address_sealed + signature.address_hash
    assert counted(db, petition) == 0
    notice = db.exec(select(Notice)).one()
    assert (notice.kind, notice.recipient_id) == (signing.CONFIRM_SIGNATURE, signature.id)
    assert notice.due_at == NOW


def test_it_counts_once_confirmed_however_often_that_is_said(
    db: Session, petition: Petition
) -> None:
    sign(db, petition)
    signature = the_signature(db)
    assert confirm_signature(db, signature.id, now=NOW + HOUR)
    assert not confirm_signature(db, signature.id, now=NOW + HOUR)
    assert counted(db, petition) == 1
    assert the_signature(db).confirmed_at == NOW + HOUR


VARIANTS = [
    ("dora@example.org", "DORA@EXAMPLE.ORG"),
    ("dora@gmail.com", "d.o.r.a@gmail.com"),
    ("dora@gmail.com", "Dora+sleep@googlemail.com"),
    ("dora@posteo.de", "dora+petition@posteo.de"),
]


@pytest.mark.parametrize(("one", "other"), VARIANTS)
def test_variants_of_one_mailbox_count_once(
    db: Session, petition: Petition, one: str, other: str
) -> None:
    sign(db, petition, Signatory("Dora", one))
    confirm_signature(db, the_signature(db).id, now=NOW)
    sign(db, petition, Signatory("Dora again", other))
    assert the_signature(db).name == "Dora"
    assert counted(db, petition) == 1


def test_the_same_mailbox_cannot_be_followed_to_another_petition(
    db: Session, guild: Guild, petition: Petition
) -> None:
    other = make_petition(db, guild, title="Another")
    sign(db, petition)
    sign(db, other)
    hashes = db.exec(select(Signature.address_hash)).all()
    assert len(set(hashes)) == 2


@pytest.mark.parametrize(("state", "since", "mail_count", "expected"), MAILS)
def test_the_statement_and_the_rule_agree_on_when_a_mail_is_due(
    db: Session, petition: Petition, state: S, since: timedelta, mail_count: int, expected: bool
) -> None:
    signature = make_signature(db, petition, state=state)
    signature.mailed_at = NOW - since
    signature.mail_count = mail_count
    db.add(signature)
    # the mail of that time was sent, and stands in the ledger
    signing.notifications.services.owe(
        db,
        signing.CONFIRM_SIGNATURE,
        subject_id=signature.id,
        due_at=signature.mailed_at,
        recipient_id=signature.id,
    )
    before = mails(db)
    sign(db, petition)
    assert (mails(db) > before) == expected
    assert the_signature(db).mail_count == mail_count + int(expected)


def test_who_has_not_confirmed_is_written_to_three_times_in_all(
    db: Session, petition: Petition
) -> None:
    for hours in range(0, 240, 3):
        sign(db, petition, after=HOUR * hours)
    assert mails(db) == rules.CONFIRMATIONS_MOST


def test_nobody_who_confirmed_is_changed_by_another_entry(db: Session, petition: Petition) -> None:
    sign(db, petition)
    confirm_signature(db, the_signature(db).id, now=NOW)
    sign(db, petition, Signatory("Mallory", DORA.address, name_is_public=True), after=DAY * 2)
    signature = the_signature(db)
    assert (signature.name, signature.name_is_public) == (DORA.name, False)
    assert signature.state == S.CONFIRMED
    assert counted(db, petition) == 1


def test_the_owner_of_the_mailbox_has_the_last_word_on_the_name(
    db: Session, petition: Petition
) -> None:
    sign(db, petition, Signatory("Rude word", DORA.address, name_is_public=True))
    choices = Choices("Dora D", False, True, True)
    confirm_signature(db, the_signature(db).id, now=NOW, choices=choices)
    assert chosen(the_signature(db)) == choices


def test_nothing_is_shown_handed_over_or_mailed_unless_chosen(
    db: Session, petition: Petition
) -> None:
    sign(db, petition)
    assert chosen(the_signature(db)) == Choices("Dora Dreamer", False, False, False)


def test_choices_may_change_until_no_signature_can_be_confirmed(
    db: Session, petition: Petition
) -> None:
    signature = make_signature(db, petition)
    new = Choices("D. Dreamer", True, True, True)
    for after, expected in (
        (HOUR * 23, new),
        (HOUR * 25, Choices("D. Dreamer", False, True, False)),
    ):
        other = new if after < DAY else Choices("Somebody else", False, False, False)
        now = rules.last_moment(petition.closes_on) + after
        signing.change_choices(db, signature.id, choices=other, now=now)
        assert chosen(the_signature(db)) == expected
    withdraw_signature(db, signature.id, now=NOW)
    with pytest.raises(RuleBroken):
        signing.change_choices(db, signature.id, choices=new, now=NOW)
    assert the_signature(db).name == ""


def test_what_came_in_a_burst_is_held_mailed_and_not_counted(
    db: Session, petition: Petition
) -> None:
    signing.sign_petition(db, petition, signatory=DORA, vault=VAULT, now=NOW, is_held=True)
    assert (the_signature(db).hold, mails(db)) == (Hold.HELD, 1)
    assert confirm_signature(db, the_signature(db).id, now=NOW)
    assert counted(db, petition) == 0
    assert withdraw_signature(db, the_signature(db).id, now=NOW)
    assert counted(db, petition) == 0


def test_who_signs_again_from_home_is_not_held_for_a_crowd(db: Session, petition: Petition) -> None:
    signing.sign_petition(db, petition, signatory=DORA, vault=VAULT, now=NOW, is_held=True)
    sign(db, petition, after=HOUR)
    assert the_signature(db).hold == Hold.NONE


def test_a_withdrawn_signature_leaves_nobody_behind(db: Session, petition: Petition) -> None:
    signature = make_signature(db, petition, public=True)
    assert counted(db, petition) == 1
    assert withdraw_signature(db, signature.id, now=NOW)
    assert not withdraw_signature(db, signature.id, now=NOW)
    signature = the_signature(db)
    assert (signature.name, signature.address_sealed, signature.country) == ("", "", "")
    assert signature.confirmed_at is None
    assert counted(db, petition) == 0
    assert progress.latest_names(db, petition.id) == []


def test_who_withdrew_may_sign_again(db: Session, petition: Petition) -> None:
    signature = make_signature(db, petition, state=S.WITHDRAWN)
    with pytest.raises(RuleBroken, match="withdrawn"):
        confirm_signature(db, signature.id, now=NOW)
    sign(db, petition)
    assert mails(db) == 1
    assert confirm_signature(db, signature.id, now=NOW)
    assert counted(db, petition) == 1


def test_a_withdrawn_pending_signature_gets_no_mail(db: Session, petition: Petition) -> None:
    sign(db, petition)
    withdraw_signature(db, the_signature(db).id, now=NOW)
    assert mails(db) == 0
    assert counted(db, petition) == 0


def test_a_mailbox_that_had_enough_mail_is_left_alone(db: Session, petition: Petition) -> None:
    signing.sign_petition(db, petition, signatory=DORA, vault=VAULT, now=NOW, may_write=False)
    assert mails(db) == 0
    sign(db, petition, after=HOUR)
    assert mails(db) == 1


@pytest.mark.parametrize("state", [s for s in PetitionState if s != PetitionState.OPEN])
def test_only_an_open_petition_is_signed(db: Session, guild: Guild, state: PetitionState) -> None:
    with pytest.raises(RuleBroken):
        sign(db, make_petition(db, guild, state=state))


def test_a_close_leaves_a_day_to_confirm(db: Session, petition: Petition) -> None:
    signature = make_signature(db, petition, state=S.PENDING)
    late = make_signature(db, petition, "late@example.org", state=S.PENDING)
    closed_at = rules.last_moment(petition.closes_on)
    db.commit()
    assert jobs.close_due_petitions(db, closed_at) == 1
    assert confirm_signature(db, signature.id, now=closed_at + HOUR * 23)
    with pytest.raises(RuleBroken, match="closed"):
        confirm_signature(db, late.id, now=closed_at + HOUR * 24)
    assert counted(db, petition) == 1


def test_only_first_names_of_who_agreed_are_shown(db: Session, petition: Petition) -> None:
    make_signature(db, petition, "a@example.org", name="Ada One", public=True, at=NOW - HOUR)
    make_signature(db, petition, "b@example.org", name="Ben Two", public=False)
    make_signature(db, petition, "c@example.org", name="Cyd Three", public=True, at=NOW)
    make_signature(db, petition, "d@example.org", name="Dan", public=True, state=S.PENDING)
    assert progress.latest_names(db, petition.id) == ["Cyd", "Ada"]


def test_what_was_never_confirmed_is_forgotten(db: Session, petition: Petition) -> None:
    sign(db, petition)
    db.commit()
    assert jobs.forget_signatories(db, NOW + DAY * 14) == 0
    assert jobs.forget_signatories(db, NOW + DAY * 14 + HOUR) == 1
    assert db.exec(select(Signature)).all() == []
