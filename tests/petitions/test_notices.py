"""What a mailbox reads: read anew when the mail goes out, with both links in it."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader
from sqlmodel import Session

from accounts.models import User
from core.mail import Message, Writer
from guilds.models import Guild
from notifications.models import Notice
from petitions import confirming, delivery, dossier, notices, outcome_notices, signing
from petitions.delivery_models import DeliveryWay
from petitions.models import Petition, PetitionState
from petitions.models import SignatureState as S
from petitions.receipts import Receipts, in_groups
from tests.builders import NOW, VAULT, make_guild, make_petition, make_signature, make_user
from tests.conftest import Clock
from tests.petitions.closing import close, make_dossier

TEMPLATES = Path(__file__).parent.parent.parent / "templates"


@pytest.fixture
def guild(db: Session, clock_at: Clock) -> Guild:
    return make_guild(db)


@pytest.fixture
def petition(db: Session, guild: Guild) -> Petition:
    return make_petition(db, guild)


@pytest.fixture
def writer() -> Writer:
    jinja = Environment(loader=FileSystemLoader(TEMPLATES), trim_blocks=True, lstrip_blocks=True)

    def render(name: str, **facts: Any) -> str:
        return jinja.get_template(name).render(**facts)

    return Writer(render, "https://guilds.example", VAULT)


def compose(db: Session, kind: str, subject_id: Any, writer: Writer) -> Message | None:
    notice = Notice(recipient_id=subject_id, kind=kind, subject_id=subject_id, due_at=NOW)
    return notices.NOTICES[kind](db, notice, writer)


def test_a_pending_signature_is_asked_to_confirm(
    db: Session, petition: Petition, writer: Writer
) -> None:
    signature = make_signature(db, petition, name="Buy at evil dot example", state=S.PENDING)
    message = compose(db, signing.CONFIRM_SIGNATURE, signature.id, writer)
    assert message is not None
    assert message.to == "dora@example.org"
    assert message.subject == "Confirm your signature: No advertising in dreams"
    confirm = VAULT.link_token(notices.CONFIRM, signature.id)
    withdraw = VAULT.link_token(notices.WITHDRAW, signature.id)
    assert confirming.confirmation_code(VAULT, signature.id) in message.body
    assert f"https://guilds.example/signatures/{confirm}/confirm" in message.body
    assert f"https://guilds.example/signatures/{withdraw}/withdraw" in message.body
    assert "evil" not in message.body  # nobody uses us to write to others


def test_the_mail_says_until_when_it_works(
    db: Session, petition: Petition, writer: Writer, clock_at: Clock
) -> None:
    signature = make_signature(db, petition, state=S.PENDING)
    clock_at.move(timedelta(days=1))  # the mail was late, or was asked for again

    def until() -> str:
        message = compose(db, signing.CONFIRM_SIGNATURE, signature.id, writer)
        assert message is not None
        return message.body.partition("Both work until ")[2].partition("(UTC)")[0]

    assert until() == "Mon 16 March 2026, 12:00 "
    petition.closes_on = NOW.date() + timedelta(days=2)
    assert until() == "Sat 7 March 2026, 00:00 "
    petition.state, petition.closed_at = PetitionState.STOPPED, NOW + timedelta(hours=3)
    assert until() == "Wed 4 March 2026, 15:00 "


def test_who_has_signed_is_told_so_and_nobody_else_is(
    db: Session, petition: Petition, writer: Writer
) -> None:
    signature = make_signature(db, petition)
    message = compose(db, signing.CONFIRM_SIGNATURE, signature.id, writer)
    assert message is not None
    assert message.subject.startswith("You have signed already")
    assert "/withdraw" in message.body
    assert f"/signatures/{VAULT.link_token(notices.CONFIRM, signature.id)}/" in message.body


def test_a_withdrawn_or_late_signature_gets_no_mail(
    db: Session, petition: Petition, writer: Writer, clock_at: Clock
) -> None:
    withdrawn = make_signature(db, petition, state=S.WITHDRAWN)
    late = make_signature(db, petition, "late@example.org", state=S.PENDING)
    assert compose(db, signing.CONFIRM_SIGNATURE, withdrawn.id, writer) is None
    clock_at.move(timedelta(days=60))
    assert compose(db, signing.CONFIRM_SIGNATURE, late.id, writer) is None


def test_the_close_is_told_with_its_numbers(db: Session, guild: Guild, writer: Writer) -> None:
    author: User = make_user(db, "bob")
    petition = make_petition(db, guild, author, state=PetitionState.CLOSED)
    petition.signature_count, petition.paper_count = 3, 40
    message = compose(db, "petitions.closed", petition.id, writer)
    assert message is not None
    assert "43 signatures of the 500 we aim for" in message.body
    still_open = make_petition(db, guild, author)
    assert compose(db, "petitions.closed", still_open.id, writer) is None


def test_what_is_told_after_the_close_is_the_same_for_who_is_held(
    db: Session, alice: User, writer: Writer
) -> None:
    later = NOW + timedelta(days=2)
    petition = make_petition(db, make_guild(db, admins=[alice]), alice)
    signed = [
        make_signature(db, petition, f"{held}@example.org", held=held, wants_updates=True)
        for held in (False, True)
    ]
    close(db, petition)
    make_dossier(db, petition, now=later)
    handover = delivery.Handover(DeliveryWay.POST, "The clerk", later.date())
    delivery.deliver(db, petition, actor=alice, handover=handover, now=later)
    db.commit()
    for kind in (dossier.COUNTED, delivery.DELIVERED):
        told = []
        for signature in signed:
            notice = Notice(
                recipient_id=signature.id, kind=kind, subject_id=petition.id, due_at=NOW
            )
            message = outcome_notices.NOTICES[kind](db, notice, writer)
            assert message is not None
            receipt = in_groups(Receipts(VAULT).of(signature.id))
            body = re.sub(r"receipt=\w+|/signatures/\S+", "", message.body)
            told.append(body.replace(receipt, ""))
        assert told[0] == told[1]
        assert "yours among" not in told[0]
