"""Mails after the close: to the contact, to signatories, to the guilds behind."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from petitions import answers, counter, delivery, dossier, signing
from petitions.models import Petition, PetitionState, Settlement, Signature
from tests.builders import make_guild
from tests.conftest import Client, Clock
from tests.drafting_builders import make_standing
from tests.petitions.closing import LATER, make_dossier, stranger

SignIn = Callable[[FlaskClient, User], None]
Deliver = Callable[[], list[EmailMessage]]


@pytest.fixture
def petition(closed_petition: Petition) -> Petition:
    return closed_petition


def test_contact_and_signatory_are_written_to(
    link: str, deliver: Deliver, petition: Petition
) -> None:
    mails = {mail["To"]: mail.get_content() for mail in deliver() if "@" in mail["To"]}
    clerk = mails["clerk@authority.example"]
    assert f"http://localhost{link}" in clerk
    assert "River guild hands Dream Safety Authority a petition" in " ".join(clerk.split())
    assert "We write to you when an answer comes." in " ".join(mails["dora@example.org"].split())
    assert "emil@example.org" not in mails, "no wish for news"


def test_a_contact_named_after_the_day_is_not_asked_for_an_answer_by_then(
    db: Session, link: str, deliver: Deliver, petition: Petition
) -> None:
    petition.answer_due_on = LATER.date() - timedelta(days=1)
    db.add(petition)
    clerk = next(mail.get_content() for mail in deliver() if "clerk@" in mail["To"])
    assert "none is known" in clerk
    assert "An answer is hoped for" not in clerk


def every_mail(deliver: Deliver) -> dict[str, str]:
    return {mail["Subject"].partition(":")[0]: mail.get_content() for mail in deliver()}


def test_signatories_get_their_receipt_and_hear_how_it_goes_and_ends(
    client: Client, db: Session, petition: Petition, alice: User, deliver: Deliver, clock_at: Clock
) -> None:
    told = every_mail(deliver)
    assert {"Counted", "Ready to hand over"} <= set(told)
    receipt = told["Counted"].partition("receipt=")[2].split()[0]
    held = dossier.get_dossier(db, petition.id)
    assert held is not None
    assert dossier.proof_of(db, held, receipt) is not None
    handover: Any = delivery.Handover("post", "The clerk", LATER.date(), "", None, None)
    delivery.deliver(db, petition, actor=alice, handover=handover, now=LATER)
    delivery.set_answer_due(
        db, petition, actor=alice, due_on=LATER.date() + timedelta(days=8), because="x", now=LATER
    )
    db.commit()
    assert "by post on 5 March 2026" in every_mail(deliver)["Handed over"]
    clock_at(LATER + timedelta(days=2))
    assert "in a week" in every_mail(deliver)["An answer is due soon"]
    clock_at(LATER + timedelta(days=9))
    assert "Today" in every_mail(deliver)["An answer is due today"]
    clock_at(LATER + timedelta(days=23))
    assert "has not answered" in every_mail(deliver)["No answer came"]
    said = answers.Said("A" * 2000, "The Authority", "https://authority.example")
    answers.note_answer(db, petition, actor=alice, said=said, now=clock_at.at)
    db.commit()
    older = answers.Said("Wait.", "The Authority", "https://authority.example", LATER.date())
    answers.note_answer(db, petition, actor=alice, said=older, now=clock_at.at)
    db.commit()
    mails = [mail.get_content() for mail in deliver()]
    to_alice = [mail for mail in mails if "organise its guild" in mail]
    assert sum("Wait." in mail for mail in to_alice) == 1, "each answer is told once"
    (answered,) = [mail for mail in mails if mail not in to_alice and "AAA" in mail]
    assert "A …" in answered
    answers.settle(
        db, petition, actor=alice, settlement=Settlement.MET, reason="Done.", now=clock_at.at
    )
    db.commit()
    assert "erased 6 months from now" in every_mail(deliver)["How it ended"]


def test_who_organises_a_guild_behind_it_reads_what_signatories_read(
    db: Session, petition: Petition, alice: User, charlie: User, deliver: Deliver
) -> None:
    make_standing(db, petition, make_guild(db, admins=[charlie], slug="night-watch"), charlie)
    make_dossier(db, petition, now=LATER)
    handover: Any = delivery.Handover("post", "The clerk", LATER.date(), "", None, None)
    delivery.deliver(db, petition, actor=alice, handover=handover, now=LATER)
    gone = db.exec(select(Signature).where(Signature.name == "Emil Quiet")).one()
    signing.withdraw_signature(db, gone.id, now=LATER)
    counter.fold(db, petition.id, now=LATER)
    db.commit()
    (mail,) = [one for one in deliver() if "charlie@" in one["To"] and "Handed" in one["Subject"]]
    text = " ".join(mail.get_content().split())
    assert "by post on 5 March 2026, with 2 signatures." in text, "what was handed over then"
    assert "organise its guild or one that stands behind it" in text
    assert "withdraw your signature" not in text


def test_months_of_silence_are_told_where_no_day_was_named(
    client: Client, db: Session, petition: Petition, alice: User, deliver: Deliver, clock_at: Clock,
    sign_in: SignIn,
) -> None:  # fmt: skip
    sign_in(client, alice)
    page = client.get(f"/petitions/{petition.id}/deliver").text
    assert "it counts as overdue after 90 days, and you are reminded then" in page
    handover: Any = delivery.Handover("post", "The clerk", LATER.date(), "", None, None)
    delivery.deliver(db, petition, actor=alice, handover=handover, now=LATER)
    db.commit()
    deliver()
    clock_at(LATER + timedelta(days=91))
    told = every_mail(deliver)["No answer came"]
    assert "handed over three months ago, and no day was named" in " ".join(told.split())


def test_what_a_guild_noted_never_becomes_the_institutions_own_word(
    client: Client, db: Session, petition: Petition, alice: User
) -> None:
    petition.state, petition.delivered_at = PetitionState.DELIVERED, LATER
    said = answers.Said("No.", "The Authority", "https://authority.example/4")
    answer = answers.note_answer(db, petition, actor=alice, said=said, now=LATER)
    db.commit()
    path = f"/petitions/{petition.id}"
    assert "noted by the guild" in stranger(client).get(path).text
    answer.entered_by = None  # who entered it has left this place
    petition.version += 1
    db.add_all([answer, petition])
    db.commit()
    page = stranger(client).get(path).text
    assert "The Authority" in page
    assert "by their link" not in page
    assert "by the link" not in page
