"""Pages of signing: crowds behind one address, the code, the mail again, hostile words."""

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlmodel import Session, select

import petitions.views.signing
from core.mail import Message, Writer
from notifications.models import Notice
from petitions import confirming, limits, notices, signing
from petitions.models import Hold, Petition, PetitionHour, PetitionState, Signature
from petitions.models import SignatureState as S
from petitions.receipts import Receipts, in_groups
from petitions.signing import Choices
from tests.bodies import without_token
from tests.builders import NOW, VAULT, make_guild, make_petition, make_signature
from tests.conftest import Client, Clock

DORA = "dora@example.org"
TYPED = {"name": "Dora Dreamer", "address": DORA, "country": "PT"}
HOSTILE = Path(__file__).parents[2].parent / "shared" / "data" / "hostile"


@pytest.fixture
def petition(db: Session, clock_at: Clock) -> Petition:
    return make_petition(db, make_guild(db))


def signatures(db: Session) -> list[Signature]:
    db.expire_all()
    return list(db.exec(select(Signature)))


def page_of(signature: Signature) -> str:
    return f"/signatures/{VAULT.link_token(notices.CONFIRM, signature.id)}/confirm"


def code_path(petition: Petition) -> str:
    return f"/petitions/{petition.id}/sign/check-your-mail"


# --- the form ---


def test_nothing_is_ticked_and_the_page_says_what_is_kept(
    client: Client, petition: Petition
) -> None:
    page = client.get(f"/petitions/{petition.id}/sign").text
    assert page.count('type="checkbox"') == 3
    assert " checked" not in page
    assert 'id="region"' not in page
    for said in (
        "What we keep, why, and until when",
        "Unconfirmed, 14 days",
        "6 months",
        "With the country and region you say",
        "They are handed over with your name",
    ):
        assert said in page


def test_what_is_ticked_and_chosen_is_kept(client: Client, db: Session, petition: Petition) -> None:
    petition.regions = ["North", "South"]
    db.add(petition)
    db.commit()
    assert "<option" in client.get(f"/petitions/{petition.id}/sign").text
    ticked = dict.fromkeys(("name_is_public", "name_is_handed_over", "wants_updates"), "y")
    for region, status in (("Elsewhere", 422), ("South", 303)):
        data = TYPED | ticked | {"region": region}
        assert client.post(f"/petitions/{petition.id}/sign", data=data).status_code == status
    (signature,) = signatures(db)
    assert (signature.region, signature.country) == ("South", "PT")
    assert signature.name_is_public
    assert signature.name_is_handed_over
    assert signature.wants_updates


# the petition, the limits, the signature, its mail; the last two are one where they can be
@pytest.mark.parametrize(("database", "most"), [("sqlite", 4), ("postgresql", 3)])
def test_a_signature_costs_few_statements(
    client: Client,
    petition: Petition,
    most: int,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    with count_queries() as queries:
        client.post(f"/petitions/{petition.id}/sign", data=TYPED)
    told = [q for q in queries if not q.startswith(("BEGIN", "pragma"))]
    assert len(told) == most, told


# --- crowds ---


def send(client: Client, petition: Petition, number: int, address: str = "203.0.113.1") -> int:
    data = TYPED | {"address": f"{number}@example.org"}
    environ = {"REMOTE_ADDR": address}
    return client.post(
        f"/petitions/{petition.id}/sign", data=data, environ_base=environ
    ).status_code


def test_a_crowd_behind_one_address_is_taken_and_beyond_the_usual_held(
    client: Client, db: Session, petition: Petition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SOURCE_LEAST", 3)
    assert {send(client, petition, number) for number in range(5)} == {303}
    held = [s.hold == Hold.HELD for s in sorted(signatures(db), key=lambda s: s.mailed_at)]
    assert held.count(True) == 2
    assert len(db.exec(select(Notice)).all()) == 5
    assert send(client, petition, 9, "203.0.113.2") == 303
    assert sum(s.hold == Hold.HELD for s in signatures(db)) == 2


def test_nobody_is_held_by_a_stranger_who_types_their_address_in_a_crowd(
    client: Client, db: Session, petition: Petition, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert send(client, petition, 0, "198.51.100.1") == 303
    monkeypatch.setattr(limits, "SOURCE_LEAST", 1)
    assert {send(client, petition, number) for number in (7, 0)} == {303}
    assert {s.hold for s in signatures(db)} == {Hold.NONE}
    assert send(client, petition, 8) == 303
    assert {s.hold for s in signatures(db)} == {Hold.NONE, Hold.HELD}


def test_a_neighbourhood_has_its_own_measure(
    client: Client, db: Session, petition: Petition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "NETWORK_LEAST", 3)
    for number in range(5):
        send(client, petition, number, f"203.0.113.{number + 1}")
    assert sum(s.hold == Hold.HELD for s in signatures(db)) == 2
    assert len({s.network_hash for s in signatures(db)}) == 1
    send(client, petition, 9, "198.51.100.1")
    assert sum(s.hold == Hold.HELD for s in signatures(db)) == 2
    assert len({s.network_hash for s in signatures(db)}) == 2


def test_a_flood_is_refused(
    client: Client, petition: Petition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "SOURCE_LEAST", 1)
    monkeypatch.setattr(limits, "FLOOD", 3)
    assert [send(client, petition, number) for number in range(4)] == [303, 303, 303, 429]


def test_a_petition_that_hardly_anybody_confirms_meets_a_wall(
    client: Client, db: Session, petition: Petition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PETITION_LEAST", 3)
    monkeypatch.setattr(limits, "PARTS", 1)
    sent = [send(client, petition, number, f"203.0.{number}.1") for number in range(4)]
    assert sent == [303, 303, 303, 429]
    db.add(PetitionHour(petition_id=petition.id, hour=NOW, step=1))
    db.commit()
    assert send(client, petition, 5, "203.0.5.1") == 303, "twenty for each that counts"


def test_a_record_day_is_no_flood() -> None:
    hourly = 139_140
    assert not limits.Use(1, 1, 1, part=5 * hourly // limits.PARTS).is_flood(hourly)
    assert limits.Use(1, 1, 1, part=5 * hourly // limits.PARTS).is_flood(hourly // 5)


@pytest.mark.parametrize(
    ("hourly", "allowed"), [(0, (60, 300)), (9_000, (60, 300)), (140_000, (546, 4375))]
)
def test_where_many_sign_more_may_come_from_one_place(
    hourly: int, allowed: tuple[int, int]
) -> None:
    assert limits.allowed(hourly) == allowed
    assert not limits.Use(allowed[0], allowed[1], 1).is_burst(hourly)
    assert limits.Use(allowed[0] + 1, 1, 1).is_burst(hourly)
    assert limits.Use(1, allowed[1] + 1, 1).is_burst(hourly)


def test_no_page_or_mail_tells_who_is_held(client: Client, db: Session, petition: Petition) -> None:
    pages, mails = [], []
    writer = Writer(lambda name, **_facts: name, "https://guilds.example", VAULT)
    for address, held in (("a@example.org", True), ("b@example.org", False)):
        signature = make_signature(db, petition, address, state=S.PENDING, held=held)
        said = [client.get(page_of(signature)).text]
        assert client.post(page_of(signature), data={"name": "Dora"}).status_code == 303
        said.append(client.get(page_of(signature)).text)
        token = VAULT.link_token(notices.WITHDRAW, signature.id)
        said.append(client.get(f"/signatures/{token}/withdraw").text)
        receipt = in_groups(Receipts(VAULT).of(signature.id))
        said = [without_token(one).replace(receipt, "") for one in said]
        pages.append([re.sub(r"/signatures/[^/]+/", "", one) for one in said])
        notice = Notice(
            recipient_id=signature.id, kind=signing.CONFIRM_SIGNATURE, subject_id=signature.id,
            due_at=NOW,
        )  # fmt: skip
        db.expire_all()
        message = notices.NOTICES[notice.kind](db, notice, writer)
        assert message is not None
        mails.append((message.subject, message.body))
    assert pages[0] == pages[1]
    assert mails[0] == mails[1]


# --- the code, and the mail again ---


def test_the_code_is_typed_where_the_mail_was_promised(
    client: Client, db: Session, petition: Petition
) -> None:
    sent = client.post(f"/petitions/{petition.id}/sign", data=TYPED)
    page = client.get(sent.location).text
    assert 'autocomplete="one-time-code"' in page
    (signature,) = signatures(db)
    code = confirming.confirmation_code(VAULT, signature.id)
    right = {"address": DORA.upper(), "code": code.lower()}
    confirmed = client.post(code_path(petition), data=right)
    assert confirmed.status_code == 303
    assert "You signed" in client.get(confirmed.location).text
    assert signatures(db)[0].state == S.CONFIRMED


@pytest.mark.parametrize("state", [*S, None])
def test_a_wrong_code_is_answered_alike_whoever_signed(
    client: Client, db: Session, petition: Petition, state: S | None
) -> None:
    if state is not None:
        make_signature(db, petition, state=state)
    tried = {"address": DORA, "code": "ABC-DEF"}
    answers = [client.post(code_path(petition), data=tried) for _ in range(12)]
    assert {answer.status_code for answer in answers} == {422}
    assert len({without_token(answer.text) for answer in answers}) == 1
    assert "do not go together" in answers[0].text


def test_tries_of_a_code_come_to_an_end(client: Client, db: Session, petition: Petition) -> None:
    signature = make_signature(db, petition, state=S.PENDING)
    for _ in range(10):
        client.post(code_path(petition), data={"address": DORA, "code": "ABC-DEF"})
    right = {"address": DORA, "code": confirming.confirmation_code(VAULT, signature.id)}
    assert client.post(code_path(petition), data=right).status_code == 422
    assert client.post(page_of(signature)).status_code == 303  # the link still works
    assert signatures(db)[0].state == S.CONFIRMED


def test_asking_for_the_mail_again_is_answered_alike(
    client: Client, db: Session, petition: Petition
) -> None:
    make_signature(db, petition, state=S.PENDING)
    path = f"/petitions/{petition.id}/sign/send-again"
    assert client.get(path).status_code == 200
    assert client.post(path, data={"address": "dora@"}).status_code == 422
    answers = []
    for address in (DORA, "nobody@example.org"):
        for _ in range(5):
            sent = client.post(path, data={"address": address})
            assert sent.status_code == 303
            answers.append(without_token(client.get(sent.location).text))
    assert len(set(answers)) == 1
    assert "on the way once more" in answers[0]
    owed = db.exec(select(Notice).where(Notice.kind == confirming.SEND_AGAIN)).all()
    assert len(owed) == 2  # one for each address, in five minutes


# --- a signature's own page ---


def test_opening_links_and_the_code_page_again_and_again_changes_nothing(
    client: Client, db: Session, petition: Petition
) -> None:
    signature = make_signature(db, petition, state=S.PENDING)
    db.refresh(signature)
    before = signature.model_dump()
    withdraw = f"/signatures/{VAULT.link_token(notices.WITHDRAW, signature.id)}/withdraw"
    for path in (page_of(signature), withdraw, code_path(petition)):
        for method in ("HEAD", "GET", "GET", "OPTIONS"):
            assert client.open(path, method=method).status_code == 200
    (after,) = signatures(db)
    db.refresh(after)
    assert after.model_dump() == before


def test_what_is_shown_can_be_changed_after_the_confirmation(
    client: Client, db: Session, petition: Petition, clock_at: Clock
) -> None:
    signature = make_signature(db, petition)
    page = page_of(signature)
    assert client.post(page, data={"name": "D.", "name_is_public": "y"}).status_code == 303
    (kept,) = signatures(db)
    now = Choices(kept.name, kept.name_is_public, kept.name_is_handed_over, kept.wants_updates)
    assert now == Choices("D.", True, False, False)
    clock_at.move(timedelta(days=60))
    assert 'name="name"' not in client.get(page).text
    late = {"name": "E.", "name_is_handed_over": "y", "wants_updates": "y"}
    assert client.post(page, data=late).status_code == 303
    (kept,) = signatures(db)
    now = Choices(kept.name, kept.name_is_public, kept.name_is_handed_over, kept.wants_updates)
    assert now == Choices("D.", False, False, True), "nobody is shown for ever"


def test_who_comes_too_late_is_told_so_before_pressing_anything(
    client: Client, db: Session, petition: Petition, clock_at: Clock
) -> None:
    page = page_of(make_signature(db, petition, state=S.PENDING))
    assert "Confirm my signature" in client.get(page).text
    clock_at.move(timedelta(days=60))
    answer = client.get(page)
    assert answer.status_code == 200
    assert "not confirmed in time" in answer.text
    assert "Confirm my signature" not in answer.text


def test_the_pages_say_until_when_it_can_be_confirmed(
    client: Client, db: Session, petition: Petition, clock_at: Clock
) -> None:
    sign, sent = f"/petitions/{petition.id}/sign", code_path(petition)
    assert "You have 14 days" in client.get(sent).text
    assert "Signing ends soon" not in client.get(sign).text
    petition.closes_on = NOW.date() + timedelta(days=2)
    db.commit()
    end = "Sat 7 March 2026, 00:00 (UTC)"
    for path in (sign, sent):
        assert end in client.get(path).text
    clock_at.move(timedelta(days=3))
    assert end in client.get(sent).text
    clock_at.move(timedelta(days=2))
    page = client.get(sent).text
    assert "The time for that is over" in page
    assert end not in page


def test_who_confirms_after_the_end_reads_how_it_ended(
    client: Client, db: Session, petition: Petition, clock_at: Clock
) -> None:
    page = page_of(make_signature(db, petition, state=S.PENDING))
    assert "Signing has ended" not in client.get(page).text
    clock_at.move(timedelta(hours=1))
    petition.state, petition.closed_at = PetitionState.CLOSED, NOW
    db.commit()
    end = "Wed 4 March 2026, 12:00 (UTC)"
    for words in ("Signing has ended", end, "Confirm my signature"):
        assert words in client.get(page).text
    petition.state, petition.stopped_reason = PetitionState.STOPPED, "We were <b>wrong</b>."
    db.commit()
    late = client.get(page).text
    for words in ("This petition was stopped", "We were &lt;b&gt;wrong", end, "handed to nobody"):
        assert words in late, words
    clock_at.move(timedelta(days=2))
    over = client.get(page).text
    assert "This petition was stopped" in over
    assert "Confirm my signature" not in over


def test_who_withdrew_is_not_asked_to_sign_what_has_ended(
    client: Client, db: Session, petition: Petition
) -> None:
    signature = make_signature(db, petition, state=S.WITHDRAWN)
    withdraw = f"/signatures/{VAULT.link_token(notices.WITHDRAW, signature.id)}/withdraw"
    for path in (page_of(signature), withdraw):
        assert "You can sign again" in client.get(path).text
    petition.state, petition.closed_at = PetitionState.CLOSED, NOW
    db.add(petition)
    db.commit()
    for path in (page_of(signature), withdraw):
        page = client.get(path).text
        assert "withdrawn" in page
        assert "sign again" not in page


# --- hostile words ---


def hostile_words() -> list[str]:
    """Words that could be more than words somewhere; plain ones are left out."""
    if not HOSTILE.exists():
        pytest.skip("no shared data beside the checkout: hostile")
    words = json.loads((HOSTILE / "naughty-strings.json").read_text())
    for name in ("xss-payloads.txt", "csv-injection.txt"):
        words += (HOSTILE / name).read_text(errors="replace").splitlines()
    return sorted({word[:80] for word in words if re.search(r"[^\w ]", word)})[::3]


def test_a_crowd_behind_one_address_confirms_and_one_link_is_not_used_without_end(
    client: Client, db: Session, petition: Petition, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(petitions.views.signing, "PER_SIGNATURE", "2/hour")
    crowd = [make_signature(db, petition, f"{number}@example.org") for number in range(4)]
    answers = [client.post(page_of(one), data={"name": "Dora"}).status_code for one in crowd]
    assert answers == [303] * 4
    again = [client.post(page_of(crowd[0]), data={"name": "Dora"}).status_code for _ in range(2)]
    assert again == [303, 429]


@pytest.mark.parametrize("database", ["sqlite"])
def test_hostile_names_stay_words_on_every_page_and_never_stand_in_a_mail(
    app: Flask,
    client: Client,
    db: Session,
    petition: Petition,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(petitions.views.signing, "PER_SIGNATURE", "10000/minute")
    signature = make_signature(db, petition)
    paths = (page_of(signature), f"/petitions/{petition.id}")
    client.post(paths[0], data={"name": "Dora", "name_is_public": "y"})
    usual = [client.get(path).text.count("<") for path in paths]
    mail = mail_to(app, db, signature)
    tried = 0
    for word in hostile_words():
        typed = {"name": word.encode("utf-8", "surrogatepass"), "name_is_public": "y"}
        changed = client.post(paths[0], data=typed).status_code
        assert changed in {303, 422}, word
        if changed == 303 and signatures(db)[0].name.strip():
            tried += 1
            assert [client.get(path).text.count("<") for path in paths] == usual, word
    assert tried > 100
    assert mail_to(app, db, signature) == mail


def mail_to(app: Flask, db: Session, signature: Signature) -> Message:
    notice = Notice(
        recipient_id=signature.id, kind=signing.CONFIRM_SIGNATURE, subject_id=signature.id,
        due_at=NOW,
    )  # fmt: skip
    db.expire_all()
    with app.app_context():
        writer = Writer(
            lambda name, **facts: app.jinja_env.get_template(name).render(**facts),
            "https://guilds.example",
            VAULT,
        )
        message = notices.NOTICES[notice.kind](db, notice, writer)
    assert message is not None
    return message


@pytest.mark.parametrize("database", ["postgresql"])
def test_signing_is_three_round_trips_and_its_notice_is_owed(
    client: Client,
    db: Session,
    petition: Petition,
    count_queries: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    with count_queries() as asked:
        assert client.post(f"/petitions/{petition.id}/sign", data=TYPED).status_code == 303
    assert [query.split()[0] for query in asked] == ["SELECT", "INSERT", "WITH"]
    signature = db.exec(select(Signature)).one()
    notice = db.exec(select(Notice)).one()
    assert (notice.recipient_id, notice.subject_id) == (signature.id, signature.id)
    assert (notice.due_at, notice.settled_at) == (signature.mailed_at, None)
