"""The code typed instead of the link, and the mail sent again: neither tells who has signed."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select

from core.errors import RuleBroken
from core.mail import Message, Writer
from notifications.models import Notice, Outcome
from petitions import confirming, notices, rules
from petitions.confirming import WrongCode, ask_again, confirm_by_code, confirmation_code
from petitions.models import Petition, Signature
from petitions.models import SignatureState as S
from petitions.signing import withdraw_signature
from tests.builders import NOW, VAULT, make_guild, make_petition, make_signature
from tests.conftest import Clock

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DORA = "dora@example.org"


@pytest.fixture
def petition(db: Session, clock_at: Clock) -> Petition:
    return make_petition(db, make_guild(db))


def confirm(db: Session, petition: Petition, code: str, address: str = DORA) -> object:
    return confirm_by_code(db, petition.id, address=address, code=code, vault=VAULT, now=NOW)


def state(db: Session, signature: Signature) -> S:
    db.expire_all()
    return db.get_one(Signature, signature.id).state


@pytest.mark.parametrize("written", ["{}", " {} ", "{}".lower(), "{0[0]} {0[1]}{0[2]} {1}"])
def test_the_code_confirms_however_it_is_written(
    db: Session, petition: Petition, written: str
) -> None:
    signature = make_signature(db, petition, state=S.PENDING)
    code = confirmation_code(VAULT, signature.id)
    typed = written.format(code) if "0[" not in written else written.format(*code.split("-"))
    assert confirm(db, petition, typed.lower(), "DORA@example.org") == signature.id
    assert state(db, signature) == S.CONFIRMED


def test_the_same_code_again_leads_to_the_same_signature(db: Session, petition: Petition) -> None:
    signature = make_signature(db, petition)
    assert confirm(db, petition, confirmation_code(VAULT, signature.id)) == signature.id


@pytest.mark.parametrize("of", [S.PENDING, S.CONFIRMED, S.WITHDRAWN])
def test_wrong_unknown_and_used_up_are_said_alike(db: Session, petition: Petition, of: S) -> None:
    signature = make_signature(db, petition, state=of)
    other = make_signature(db, petition, "other@example.org", state=S.PENDING)
    code = confirmation_code(VAULT, other.id)
    said = set()
    for address, typed in [(DORA, code), (DORA, ""), (DORA, "é" * 6), ("nobody@example.org", code)]:
        with pytest.raises(WrongCode) as refusal:
            confirm(db, petition, typed, address)
        said.add(str(refusal.value))
    if of == S.WITHDRAWN:
        with pytest.raises(WrongCode) as refusal:
            confirm(db, petition, confirmation_code(VAULT, signature.id))
        said.add(str(refusal.value))
    assert said == {confirming.NOT_RIGHT}
    assert (state(db, signature), state(db, other)) == (of, S.PENDING)


def test_a_code_is_good_for_one_petition(db: Session, petition: Petition) -> None:
    signature = make_signature(db, petition, state=S.PENDING)
    other = make_petition(db, make_guild(db, slug="others"), title="Another")
    with pytest.raises(WrongCode):
        confirm(db, other, confirmation_code(VAULT, signature.id))


def test_a_code_of_a_closed_petition_says_so_to_who_has_it(db: Session, petition: Petition) -> None:
    signature = make_signature(db, petition, state=S.PENDING)
    late = rules.last_moment(petition.closes_on) + DAY
    code = confirmation_code(VAULT, signature.id)
    with pytest.raises(RuleBroken, match="has closed"):
        confirm_by_code(db, petition.id, address=DORA, code=code, vault=VAULT, now=late)


def test_codes_are_six_signs_nobody_confuses_and_differ(db: Session, petition: Petition) -> None:
    made = [make_signature(db, petition, f"{n}@example.org", state=S.PENDING) for n in range(20)]
    codes = {confirmation_code(VAULT, one.id) for one in made}
    assert len(codes) == 20
    assert all(len(code) == 7 and not set(code) & set("01OI") for code in codes)


# --- once more ---


def owed(db: Session) -> list[Notice]:
    return list(db.exec(select(Notice).where(Notice.kind == confirming.SEND_AGAIN)))


def again(
    db: Session, petition: Petition, address: str = DORA, after: timedelta = MINUTE * 0
) -> None:
    ask_again(db, petition.id, address=address, vault=VAULT, now=NOW + after)


def letter(db: Session, notice: Notice) -> Message | None:
    writer = Writer(lambda _name, **facts: str(facts), "https://guilds.example", VAULT)
    return notices.NOTICES[notice.kind](db, notice, writer)


def test_asking_again_does_the_same_for_every_address(db: Session, petition: Petition) -> None:
    make_signature(db, petition, state=S.PENDING)
    for address in (DORA, "nobody@example.org"):
        again(db, petition, address)
    assert len(owed(db)) == 2
    assert sum(letter(db, notice) is not None for notice in owed(db)) == 1


def test_the_mail_sent_again_is_the_first_one(db: Session, petition: Petition) -> None:
    signature = make_signature(db, petition, state=S.PENDING)
    again(db, petition)
    message = letter(db, owed(db)[0])
    assert message is not None
    assert message.to == DORA
    assert confirmation_code(VAULT, signature.id) in message.body
    assert VAULT.link_token(notices.CONFIRM, signature.id) in message.path


def test_asking_many_times_is_one_mail_in_five_minutes_and_two_in_all(
    db: Session, petition: Petition
) -> None:
    make_signature(db, petition, state=S.PENDING)
    sent = 0
    for minutes in range(60):
        again(db, petition, after=MINUTE * minutes)
        for notice in owed(db):
            if notice.settled_at is None:
                message = letter(db, notice)
                sent += message is not None
                notice.settled_at = NOW
                notice.outcome = Outcome.SENT if message else Outcome.SKIPPED
                db.add(notice)
        db.flush()
    assert (len(owed(db)), sent) == (12, confirming.AGAIN_MOST)


def test_nobody_who_withdrew_is_written_to(db: Session, petition: Petition) -> None:
    signature = make_signature(db, petition, state=S.PENDING)
    again(db, petition)
    withdraw_signature(db, signature.id, now=NOW)
    db.expire_all()
    assert letter(db, owed(db)[0]) is None
