"""Pages after the close, for the guild: handing over, what is due, the answer, the end."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

import notifications.services
from accounts.models import User
from guilds.charter_templates import TEMPLATES
from guilds.models import Guild
from guilds.queries import get_charter
from institutions.models import Contact
from petitions import counter, paper, signing
from petitions.delivery_models import Delivery
from petitions.models import Petition, Settlement, SignatureState
from tests.builders import NOW, VAULT, make_petition, make_signature
from tests.conftest import Client, Clock
from tests.petitions.closing import ANSWER, HANDED, LATER, close, stranger
from tests.postoffice import PostOffice

SignIn = Callable[[FlaskClient, User], None]
Deliver = Callable[[], list[EmailMessage]]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def petition(closed_petition: Petition) -> Petition:
    return closed_petition


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
        "Clerk of petitions gets a link", "hoped for by 20 April 2026", "Note an answer",
    ):  # fmt: skip
        assert words in page, words
    assert page.index("We ask <bdi>") < page.index("What happened then"), "of what it tells"
    public = stranger(client).get(f"/petitions/{petition.id}").text
    assert "Handed over to Clerk" in public
    assert "Note an answer" not in public


@pytest.mark.parametrize("is_refused", [False, True])
def test_a_contact_is_said_to_have_the_link_once_its_mail_arrived(
    client: Client, db: Session, link: str, petition: Petition, contact: Contact,
    deliver: Deliver, smtp: PostOffice, is_refused: bool,
) -> None:  # fmt: skip
    if is_refused:
        smtp.answers[VAULT.unseal(contact.address_sealed)] = "550 no such mailbox"
    deliver()
    page = client.get(f"/petitions/{petition.id}").text
    assert ("Clerk of petitions got a link" in page) is not is_refused
    assert ("for Clerk of petitions could not be delivered" in page) is is_refused
    notifications.services.forget_old(db, now=LATER + timedelta(days=200))
    later = client.get(f"/petitions/{petition.id}").text
    assert "A link to answer by was made for Clerk of petitions." in later, "whatever became of it"


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
    newer = f'carried on by a newer one: <a href="/petitions/{new.id}">'
    assert newer in client.get(path).text
    assert newer not in stranger(client).get(path).text, "a draft is the guild's own"


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
    settle = f"/petitions/{petition.id}/settle"
    assert "never answered" not in client.get(settle).text
    silence = {"settlement": "unanswered", "reason": "Nobody wrote."}
    assert client.post(settle, data=silence).status_code == 422


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
