"""News: posted by who looks after a petition, owed in batches to who wished, ended by a button."""

from collections.abc import Callable
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, col, select

from accounts.models import User
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from guilds.models import Guild
from notifications.models import Notice
from petitions import jobs, signing, telling, updates
from petitions.models import Hold, Milestone, Petition, PetitionState, PetitionUpdate, Signature
from petitions.models import SignatureState as S
from petitions.telling import STOP
from petitions.updates import News
from tests.builders import NOW, VAULT, make_petition, make_signature

HOUR = timedelta(hours=1)
NEWS = News("We were heard", "The **committee** has read it.\n\nCome on Friday.")
SignIn = Callable[[FlaskClient, User], None]


@pytest.fixture
def petition(db: Session, guild: Guild, now: Any) -> Petition:
    return make_petition(db, guild)


def follower(db: Session, petition: Petition, number: int = 0, **changes: Any) -> Signature:
    """Somebody who signed, confirmed and wished for news; with changes to their row."""
    signature = make_signature(db, petition, f"f{number}@example.org")
    signature = db.get_one(Signature, signature.id)
    signature.sqlmodel_update({"wants_updates": True, **changes})
    db.add(signature)
    db.flush()
    return signature


def owed(db: Session) -> set[Any]:
    notices = db.exec(select(Notice).where(Notice.kind == updates.POSTED))
    return {notice.recipient_id for notice in notices}


def test_news_goes_to_who_wished_for_it_a_batch_at_a_time(
    db: Session, petition: Petition, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "BATCH", 2)
    wished = {follower(db, petition, number).id for number in range(4)}
    wished.add(follower(db, petition, 4, hold=Hold.HELD).id)
    follower(db, petition, 5, wants_updates=False)
    follower(db, petition, 6, hold=Hold.REMOVED)
    follower(db, petition, 7, state=S.PENDING)
    assert updates.reader_count(db, petition.id) == 5
    updates.post_update(db, petition, news=NEWS, actor=alice, now=NOW)
    db.commit()
    assert owed(db) == set()
    rounds = [jobs.tell_signatories(db, NOW + HOUR) for _ in range(4)]
    assert rounds == [2, 2, 1, 0]
    assert owed(db) == wished


def test_a_doubled_click_posts_and_mails_news_once(
    db: Session, petition: Petition, alice: User
) -> None:
    first = updates.post_update(db, petition, news=NEWS, actor=alice, now=NOW)
    again = updates.post_update(db, petition, news=NEWS, actor=alice, now=NOW + HOUR / 60)
    assert again.id == first.id
    assert len(telling.unfinished(db, 9)) == 1
    later = updates.post_update(db, petition, news=NEWS, actor=alice, now=NOW + HOUR)
    assert later.id != first.id


def test_only_who_looks_after_it_posts(
    db: Session, guild: Guild, petition: Petition, alice: User, bob: User, charlie: User
) -> None:
    for actor in (bob, charlie):
        with pytest.raises(NotAllowed):
            updates.post_update(db, petition, news=NEWS, actor=actor, now=NOW)
    draft = make_petition(db, guild, alice, state=PetitionState.DRAFT)
    with pytest.raises(NotAllowed):
        updates.post_update(db, draft, news=NEWS, actor=alice, now=NOW)
    updates.post_update(db, petition, news=NEWS, actor=alice, now=NOW)
    db.commit()
    action = db.exec(select(AuditEntry.action).order_by(col(AuditEntry.id).desc())).first()
    assert action == "petitions.update_posted"


def test_news_about_a_milestone_taken_back_meanwhile_is_refused(
    db: Session, petition: Petition, alice: User
) -> None:
    gone = Milestone(petition_id=petition.id, threshold=10, reached_at=NOW)
    with pytest.raises(RuleBroken):
        updates.post_update(db, petition, news=News("a", "b", gone.id), actor=alice, now=NOW)
    assert db.exec(select(PetitionUpdate)).all() == []


def test_an_organiser_posts_and_everybody_reads(
    client: FlaskClient, db: Session, petition: Petition, alice: User, sign_in: SignIn
) -> None:
    sign_in(client, alice)
    path = f"/petitions/{petition.id}/updates/new"
    assert "stands on the page alone" in client.get(path).text
    follower(db, petition)
    assert "1 signatory who wished" in client.get(path).text
    empty = client.post(path, data={"title": " ", "text": "Kept"})
    assert empty.status_code == 422
    assert "Kept" in empty.text
    sent = client.post(path, data={"title": NEWS.title, "text": NEWS.text, "milestone": "other"})
    assert sent.status_code == 303
    stranger = client.application.test_client()
    for page in (stranger.get(sent.location), stranger.get(f"/petitions/{petition.id}")):
        assert "<strong>committee</strong>" in page.text
        assert page.cache_control.public


def test_strangers_and_members_do_not_post(
    client: FlaskClient, petition: Petition, bob: User, sign_in: SignIn
) -> None:
    path = f"/petitions/{petition.id}/updates/new"
    assert "/sign-in" in client.get(path).location
    sign_in(client, bob)
    assert client.get(path).status_code == 403
    sent = client.post(path, data={"title": "a", "text": "b", "milestone": "other"})
    assert sent.status_code == 403


def test_the_mail_says_the_news_and_its_link_ends_it(
    client: FlaskClient,
    db: Session,
    petition: Petition,
    alice: User,
    run_job: Callable[[str], int],
    deliver: Callable[[], list[EmailMessage]],
) -> None:
    signature = follower(db, petition)
    updates.post_update(db, petition, news=NEWS, actor=alice, now=NOW)
    assert run_job("tell-signatories") == 1
    (mail,) = deliver()
    assert mail["To"] == "f0@example.org"
    assert mail["Subject"] == "We were heard: No advertising in dreams"
    body = mail.get_content()
    assert "Come on Friday." in body
    path = f"/signatures/{VAULT.link_token(STOP, signature.id)}/updates"
    assert path in body
    for _ in range(2):  # a provider that looks at links ends nothing
        assert "No more news by mail?" in client.get(path).text
        client.head(path)
    assert db.get_one(Signature, signature.id).wants_updates
    assert client.post(path).status_code == 303
    assert "You get no more news" in client.get(path).text
    assert not db.get_one(Signature, signature.id).wants_updates
    client.post(path, data={"again": ""})
    assert db.get_one(Signature, signature.id).wants_updates
    signing.withdraw_signature(db, signature.id, now=NOW)
    client.post(path, data={"again": ""})
    assert not db.get_one(Signature, signature.id).wants_updates


def test_a_link_for_something_else_ends_nothing(client: FlaskClient, petition: Petition) -> None:
    token = VAULT.link_token("signature/withdraw", petition.id)
    assert client.get(f"/signatures/{token}/updates").status_code == 404
    gone = VAULT.link_token(STOP, petition.id)
    assert client.get(f"/signatures/{gone}/updates").status_code == 409
    assert client.post(f"/signatures/{gone}/updates").status_code == 303
