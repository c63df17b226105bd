"""Pages after the close: the dossier for everybody, the guild's forms, the institution's page."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from accounts.models import User
from audit.models import AuditEntry
from core.database import EXTENSION
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild
from guilds.queries import get_charter
from institutions.models import Contact, Institution
from petitions import answers, counter, delivery, dossier, paper, signing, tree
from petitions.delivery_models import Delivery
from petitions.models import Petition, PetitionState, Settlement, Signature, SignatureState
from petitions.notices import CONFIRM
from petitions.receipts import Receipts, in_groups
from tests.builders import NOW, VAULT, make_contact, make_guild, make_petition, make_signature
from tests.conftest import Client, Clock
from tests.drafting_builders import make_standing
from tests.petitions.closing import close, make_dossier

SignIn = Callable[[FlaskClient, User], None]
Deliver = Callable[[], list[EmailMessage]]

LATER, MINUTE = NOW + timedelta(days=2), timedelta(minutes=1)
ANSWER = {"text": "We **will** look.", "said_by": "Office of the Authority", "source_url": ""}
HANDED = {
    "way": "email",
    "received_by": "Clerk of petitions",
    "delivered_on": LATER.date().isoformat(),
    "proof": "",
    "answer_due_on": "2026-04-20",
}

pytestmark = pytest.mark.parametrize("database", ["sqlite"])


@pytest.fixture
def petition(db: Session, guild: Guild, alice: User, clock_at: Clock) -> Petition:
    """Closed, dossier made; Dora's name goes with it and she wishes for news, Emil's does not."""
    petition = make_petition(db, guild, alice)
    make_signature(db, petition, wants_updates=True, name_is_handed_over=True)
    make_signature(db, petition, "emil@example.org", name="Emil Quiet")
    close(db, petition)
    make_dossier(db, petition, now=LATER)
    clock_at(LATER)
    return petition


@pytest.fixture
def contact(db: Session, petition: Petition, alice: User) -> Contact:
    return make_contact(db, db.get_one(Institution, petition.institution_id), added_by=alice)


@pytest.fixture
def link(
    client: Client, db: Session, petition: Petition, contact: Contact, alice: User, sign_in: SignIn
) -> str:
    """The path of the contact's link, once Alice has handed the petition over by its form."""
    sign_in(client, alice)
    path = f"/petitions/{petition.id}/deliver"
    assert contact.name in client.get(path).text
    answer = client.post(path, data={**HANDED, "contact": str(contact.id)})
    assert answer.location == f"/petitions/{petition.id}#then"
    row = db.exec(select(Delivery)).one()
    db.commit()
    return f"/deliveries/{VAULT.link_token(delivery.LINK, row.id)}"


def stranger(client: Client) -> FlaskClient:
    return client.application.test_client()


# --- the dossier, for everybody ---


def test_everybody_gets_the_files_but_the_names(client: Client, petition: Petition) -> None:
    path = f"/petitions/{petition.id}"
    page = client.get(f"{path}/dossier").text
    assert "Is my signature in?" in page
    assert "Take signatures.csv" not in page
    assert client.get(f"{path}/petition.pdf").data.startswith(b"%PDF")
    told = json.loads(client.get(f"{path}/manifest.json").data)
    assert told["signatures"] == 2
    leaves = client.get(f"{path}/leaves.txt").text.split()
    assert tree.branches(map(bytes.fromhex, leaves)).__next__().root.hex() == told["root"]
    assert client.get("/check_petition.py").text.startswith("#!/usr/bin/env python3")
    assert client.post(f"{path}/signatures.csv").status_code == 403


def test_a_proxy_may_keep_the_files_and_who_has_one_is_told_so(
    client: Client, petition: Petition
) -> None:
    for name in ("petition.pdf", "manifest.json", "leaves.txt"):
        first = client.get(f"/petitions/{petition.id}/{name}")
        assert "public" in first.headers["Cache-Control"], name
        asked = {"If-None-Match": first.headers["ETag"]}
        again = client.get(f"/petitions/{petition.id}/{name}", headers=asked)
        assert (again.status_code, again.data) == (304, b""), name


def test_who_breaks_a_file_off_leaves_no_connection_taken(
    client: Client, petition: Petition
) -> None:
    path = f"/petitions/{petition.id}/leaves.txt"
    pool = client.application.extensions[EXTENSION].pool
    client.db.commit()  # type: ignore[union-attr] # this client has one
    before = pool.checkedout()
    for ask in (client.head, client.get):
        with ask(path) as answer:
            assert answer.status_code == 200
    assert client.get(path).data
    client.db.commit()  # type: ignore[union-attr] # as above
    assert pool.checkedout() == before


def test_a_signer_sees_by_their_receipt_that_they_are_in(
    client: Client, db: Session, petition: Petition
) -> None:
    signature = db.exec(select(Signature).where(Signature.name == "Emil Quiet")).one()
    receipt = Receipts(VAULT).of(signature.id)
    path = f"/petitions/{petition.id}"
    page = client.get(f"{path}/dossier?receipt={receipt.lower()}").text
    assert "proof.json" in page
    proof = json.loads(client.get(f"{path}/proof.json?receipt={receipt}").data)
    leaf = tree.leaf_of(str(petition.id), receipt)
    assert tree.root_by(leaf, proof["proof"]).hex() == proof["root"]
    assert "No signature of this receipt" in client.get(f"{path}/dossier?receipt=ABC").text
    assert client.get(f"{path}/proof.json?receipt=ABC").status_code == 404


def test_a_signers_own_page_shows_their_receipt_and_leads_to_the_check(
    client: Client, db: Session, petition: Petition
) -> None:
    signature = db.exec(select(Signature).where(Signature.name == "Emil Quiet")).one()
    page = client.get(f"/signatures/{VAULT.link_token(CONFIRM, signature.id)}/confirm").text
    receipt = in_groups(Receipts(VAULT).of(signature.id))
    assert receipt in page
    checked = client.get(f"/petitions/{petition.id}/dossier?receipt={receipt}").text
    assert "is one of the 2 signatures" in checked


def test_before_it_is_made_the_page_says_when(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock, sign_in: SignIn
) -> None:
    fresh = make_petition(db, guild, alice)
    path = f"/petitions/{fresh.id}"
    assert "a day after the last day" in client.get(f"{path}/dossier").text
    close(db, fresh)
    assert "once nobody can confirm" in client.get(f"{path}/dossier").text
    assert client.get(f"{path}/petition.pdf").status_code == 409
    sign_in(client, alice)
    assert client.get(f"{path}/deliver").status_code == 409
    draft = make_petition(db, guild, alice, state=PetitionState.DRAFT)
    assert client.get(f"/petitions/{draft.id}/dossier").status_code == 404


def test_an_organiser_takes_the_names_and_that_is_on_record(
    client: Client, db: Session, petition: Petition, alice: User, bob: User, sign_in: SignIn
) -> None:
    path = f"/petitions/{petition.id}/signatures.csv"
    sign_in(client, bob)
    assert client.post(path).status_code == 403
    sign_in(client, alice)
    taken = client.post(path)
    assert taken.headers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(taken.text)))
    assert sorted(row["name"] for row in rows) == ["", "Dora Dreamer"]
    assert "petitions.names_taken" in db.exec(select(AuditEntry.action)).all()


# --- the guild ---


def test_handing_over_refuses_in_words_and_keeps_what_was_typed(
    client: Client, petition: Petition, alice: User, sign_in: SignIn
) -> None:
    sign_in(client, alice)
    path = f"/petitions/{petition.id}/deliver"
    for wrong in (
        {"received_by": ""},
        {"way": "pigeon"},
        {"delivered_on": "2026-01-01"},
        {"delivered_on": "2030-01-01"},
        {"answer_due_on": "2026-01-01"},
        {"contact": "11111111-1111-4111-8111-111111111111"},
    ):
        answer = client.post(path, data={**HANDED, "proof": "Kept words", **wrong})
        assert answer.status_code == 422, wrong
        assert "Kept words" in answer.text
    assert "It is handed over" in client.get(path).text


def test_who_gets_the_link_received_it_unless_another_is_named(
    client: Client, db: Session, petition: Petition, contact: Contact, alice: User, sign_in: SignIn
) -> None:
    sign_in(client, alice)
    given = {**HANDED, "contact": str(contact.id), "received_by": ""}
    assert client.post(f"/petitions/{petition.id}/deliver", data=given).status_code == 303
    assert db.exec(select(Delivery.received_by)).one() == contact.name


def test_the_page_tells_what_happened_and_what_comes(
    client: Client, link: str, petition: Petition
) -> None:
    page = client.get(f"/petitions/{petition.id}").text
    for words in (
        "What happened then", "Handed over to Clerk of petitions by e-mail, with 2 signatures.",
        "Clerk of petitions got a link", "hoped for by 20 April 2026", "Note an answer",
    ):  # fmt: skip
        assert words in page, words
    assert page.index("We ask <bdi>") < page.index("What happened then"), "of what it tells"
    public = stranger(client).get(f"/petitions/{petition.id}").text
    assert "Handed over to Clerk" in public
    assert "Note an answer" not in public


def test_overdue_it_offers_a_protest_and_a_new_petition_filled_in(
    client: Client, db: Session, link: str, petition: Petition, clock_at: Clock
) -> None:
    path = f"/petitions/{petition.id}"
    assert "Call a protest" not in client.get(path).text
    clock_at(LATER + timedelta(days=60))
    page = client.get(path).text
    assert "Overdue" in page
    assert page.count("button-action") == 1
    protest = page.partition('href="/guilds/river-guild/events/new?')[2].partition('"')[0]
    form = client.get(f"/guilds/river-guild/events/new?{protest.replace('&amp;', '&')}").text
    assert "For an answer: No advertising in dreams" in form
    assert "has not given the answer 2 people asked for" in form
    drafted = client.post(f"{path}/carry-on")
    assert drafted.location.endswith("/edit")
    new = db.exec(select(Petition).where(Petition.follows_id == petition.id)).one()
    assert "It carries on an earlier petition" in client.get(f"/petitions/{new.id}").text


@pytest.mark.parametrize(
    ("charter", "may"), [("simple-assembly", True), ("federation-with-quorum", False)]
)
def test_overdue_a_member_is_offered_the_protest_their_charter_lets_them_propose(
    client: Client, db: Session, link: str, petition: Petition, bob: User, clock_at: Clock,
    sign_in: SignIn, charter: str, may: bool,
) -> None:  # fmt: skip
    version = get_charter(db, petition.guild_id)
    version.rules = TEMPLATES[charter].charter.model_dump(mode="json")
    sign_in(client, bob)
    clock_at(LATER + timedelta(days=60))
    page = client.get(f"/petitions/{petition.id}").text
    assert ("/guilds/river-guild/events/new?" in page) is may
    form = client.get("/guilds/river-guild/events/new?title=For+an+answer")
    assert form.status_code == (200 if may else 403)


def test_what_happened_stands_day_by_day(
    client: Client, link: str, petition: Petition, clock_at: Clock
) -> None:
    path = f"/petitions/{petition.id}"
    clock_at(LATER + timedelta(days=10))
    fifth, third = ((LATER + timedelta(days=n)).date().isoformat() for n in (5, 3))
    again = {**HANDED, "received_by": "The press office", "delivered_on": fifth}
    assert client.post(f"{path}/deliver", data=again).status_code == 303
    given = {**ANSWER, "answered_on": third, "source_url": "https://authority.example/4"}
    assert client.post(f"{path}/answer", data=given).status_code == 303
    page = client.get(path).text
    told = ("Closed with", "Handed over to Clerk", "An answer came.", "Handed over to The press")
    assert [page.index(words) for words in told] == sorted(page.index(words) for words in told)


def test_with_how_many_it_closed_stays_whatever_is_taken_back_later(
    client: Client, db: Session, guild: Guild, alice: User, clock_at: Clock
) -> None:
    petition = make_petition(db, guild, alice)
    first = make_signature(db, petition)
    for number in (40, 7):
        sheets = paper.Batch(number, "Hall", NOW.date(), "Wim", f"{number:064x}")
        batch = paper.enter_batch(db, petition, actor=alice, batch=sheets, now=NOW - MINUTE)
    late = make_signature(db, petition, "emil@example.org", state=SignatureState.PENDING)
    close(db, petition)
    path = f"/petitions/{petition.id}"
    db.commit()
    clock_at(NOW + MINUTE)
    assert "Closed with 48 signatures." in client.get(path).text
    paper.strike_batch(db, batch, actor=alice, reason="Copied.", now=NOW + MINUTE)
    signing.confirm_signature(db, late.id, now=NOW + MINUTE)
    signing.withdraw_signature(db, first.id, now=LATER)
    counter.fold(db, petition.id, now=LATER)
    db.commit()
    clock_at(LATER)
    page = client.get(path).text
    assert "Closed with 48 signatures; 42 a day later" in page
    assert "41 signatures" in page, "what counts now"


def test_an_answer_is_noted_with_its_source_and_shown(
    client: Client, link: str, petition: Petition
) -> None:
    path = f"/petitions/{petition.id}/answer"
    given = {**ANSWER, "answered_on": LATER.date().isoformat()}
    assert client.post(path, data=given).status_code == 422, "no source"
    for bad in ("javascript:alert(1)", "http://", "https://a b/"):
        assert client.post(path, data={**given, "source_url": bad}).status_code == 422
    good = {**given, "source_url": "https://authority.example/4"}
    assert client.post(path, data=good).status_code == 303
    page = client.get(f"/petitions/{petition.id}").text
    assert "<strong>will</strong>" in page
    assert "https://authority.example/4" in page


def test_a_day_is_chosen_and_it_is_settled_by_its_forms(
    client: Client, db: Session, link: str, petition: Petition
) -> None:
    path = f"/petitions/{petition.id}"
    due = {"due_on": "2026-05-01", "because": "the clerk promised"}
    assert client.post(f"{path}/answer-due", data={**due, "due_on": "x"}).status_code == 422
    assert client.post(f"{path}/answer-due", data=due).status_code == 303
    assert "the clerk promised" in client.get(path).text
    assert client.post(f"{path}/settle", data={"settlement": "won"}).status_code == 422
    end = {"settlement": "met", "reason": "The law is passed."}
    assert client.post(f"{path}/settle", data=end).status_code == 303
    db.refresh(petition)
    assert petition.settlement == Settlement.MET
    assert "The law is passed." in client.get(path).text
    assert client.get(f"{path}/settle").status_code == 403


# --- the institution ---


def test_the_link_opens_a_page_and_only_its_button_answers(
    client: Client, db: Session, link: str, petition: Petition
) -> None:
    clerk = stranger(client)
    for _ in range(2):
        page = clerk.get(link)
        assert page.status_code == 200
        assert clerk.head(link).status_code == 200
    assert petition.request in page.text
    assert "2 signatures" in page.text
    assert db.get_one(Petition, petition.id).state == PetitionState.DELIVERED
    db.commit()
    wrong = clerk.post(f"{link}/answer", data={**ANSWER, "said_by": ""})
    assert wrong.status_code == 422
    assert "We **will** look." in wrong.text, "what was typed stays"
    assert clerk.post(f"{link}/answer", data=ANSWER).status_code == 303
    db.refresh(petition)
    assert petition.state == PetitionState.ANSWERED
    assert "Add to your answer" in clerk.get(link).text
    public = clerk.get(f"/petitions/{petition.id}").text
    assert "Office of the Authority" in public
    assert "by the link sent to their contact" in public


def test_the_institution_takes_the_names_until_it_is_settled(
    client: Client, db: Session, link: str, petition: Petition, alice: User
) -> None:
    clerk = stranger(client)
    taken = clerk.post(f"{link}/signatures.csv")
    assert "Dora Dreamer" in taken.text
    assert "Emil" not in taken.text
    recorded = db.exec(select(AuditEntry.action)).all()
    assert "petitions.names_given" in recorded, "for links are passed on"
    answers.settle(
        db, petition, actor=alice, settlement=Settlement.REFUSED, reason="No.", now=LATER
    )
    db.commit()
    assert clerk.post(f"{link}/signatures.csv").status_code == 409
    assert clerk.post(f"{link}/answer", data=ANSWER).status_code == 409
    assert "takes no more answers" in clerk.get(link).text


def test_a_link_of_nobody_leads_nowhere(
    client: Client, db: Session, link: str, contact: Contact
) -> None:
    clerk = stranger(client)
    other = link[:-2] + ("A" if link[-2] != "A" else "B") + link[-1]
    for bad in (other, "/deliveries/x", link[:-5]):
        assert clerk.get(bad).status_code == 404
        assert clerk.post(f"{bad}/answer", data=ANSWER).status_code == 404
    db.delete(contact)
    db.commit()
    assert clerk.get(link).status_code == 404, "who was removed reads no more"


# --- mails ---


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
