from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlmodel import Session, col, select

from accounts.models import User
from core.mail import Message, Writer
from guilds import admission, by_decision, services
from guilds.models import Admission, Guild, JoinRequest, Role
from guilds.notices import NEWS, NOTICES, WAITS
from notifications.models import Notice
from tests.builders import VAULT, make_guild, make_user


@pytest.fixture
def writer(app: Flask) -> Writer:
    def render(name: str, **known: object) -> str:
        return app.jinja_env.get_template(name).render(**known)

    return Writer(render, "https://guilds.example", VAULT)


@pytest.fixture
def guild(db: Session, alice: User) -> Guild:
    return make_guild(db, admins=[alice], listed=False)


@pytest.fixture
def request_of_bob(db: Session, guild: Guild, bob: User, now: datetime) -> JoinRequest:
    return admission.ask_to_join(db, guild, message="Hello <you>", actor=bob, now=now)


def compose(db: Session, writer: Writer, kind: str) -> Message | None:
    """What the one notice of this kind says."""
    notice = db.exec(select(Notice).where(Notice.kind == kind)).one()
    return NOTICES[kind](db, notice, writer)


def assert_discreet(message: Message) -> None:
    """Nothing of who or where, in subject or body; only that something waits."""
    assert message.discreet_subject in {WAITS, NEWS}
    assert message.discreet_body is not None
    for telling in ("River", "Bob", "Hello"):
        assert (
            telling.casefold() not in (message.discreet_subject + message.discreet_body).casefold()
        )
    assert "https://guilds.example/inbox" in message.discreet_body


@pytest.mark.usefixtures("request_of_bob")
def test_an_organiser_reads_who_asks_and_where_to_answer(db: Session, writer: Writer) -> None:
    message = compose(db, writer, "guilds.join_requested")
    assert message is not None
    assert message.subject == "Bob asks to join River guild"
    assert "They write: Hello <you>" in message.body
    assert "https://guilds.example/guilds/river-guild/requests" in message.body
    assert_discreet(message)


def test_a_request_answered_meanwhile_is_not_told(
    db: Session,
    writer: Writer,
    guild: Guild,
    alice: User,
    request_of_bob: JoinRequest,
    now: datetime,
) -> None:
    notice = db.exec(select(Notice)).one()
    admission.answer_request(db, guild, request_of_bob.id, admitted=True, actor=alice, now=now)
    assert NOTICES["guilds.join_requested"](db, notice, writer) is None


@pytest.mark.usefixtures("request_of_bob")
def test_who_organises_no_more_is_not_told(
    db: Session, writer: Writer, guild: Guild, alice: User, now: datetime
) -> None:
    dora = make_user(db, "dora")
    row = admission.invite(db, guild, uses=1, valid_for=timedelta(days=1), actor=alice, now=now)
    admission.accept_invitation(db, guild, row, actor=dora, now=now)
    services.change_role(db, guild, dora.id, role=Role.ADMIN, actor=alice, now=now)
    services.change_role(db, guild, alice.id, role=Role.MEMBER, actor=dora, now=now)
    assert compose(db, writer, "guilds.join_requested") is None


@pytest.mark.parametrize(
    ("admitted", "subject", "path"),
    [
        (True, "You belong to River guild now", "/guilds/river-guild"),
        (False, "River guild has answered you", "/guilds"),
    ],
)
def test_who_asked_reads_the_answer(
    db: Session,
    writer: Writer,
    guild: Guild,
    alice: User,
    request_of_bob: JoinRequest,
    now: datetime,
    admitted: bool,
    subject: str,
    path: str,
) -> None:
    admission.answer_request(db, guild, request_of_bob.id, admitted=admitted, actor=alice, now=now)
    message = compose(db, writer, "guilds.join_answered")
    assert message is not None
    assert (message.subject, message.path) == (subject, path)
    assert ("admitted you" if admitted else "declined your request") in message.body
    assert_discreet(message)


@pytest.mark.usefixtures("request_of_bob")
def test_who_waits_reads_that_the_guild_was_dissolved(
    db: Session, writer: Writer, guild: Guild, alice: User, now: datetime
) -> None:
    services.leave(db, guild, actor=alice, now=now)
    message = compose(db, writer, "guilds.join_answered")
    assert message is not None
    assert "was dissolved" in message.body


def test_who_was_removed_is_told_unless_back_again(
    db: Session, writer: Writer, alice: User, bob: User, now: datetime
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob])
    services.remove_member(db, guild, bob.id, reason="x", actor=alice, now=now)
    message = compose(db, writer, "guilds.removed")
    assert message is not None
    assert message.subject == "You do not belong to River guild any more"
    assert "An admin has removed you from River guild." in message.body
    assert_discreet(message)
    request = admission.ask_to_join(db, guild, message="", actor=bob, now=now)
    admission.answer_request(db, guild, request.id, admitted=True, actor=alice, now=now)
    assert compose(db, writer, "guilds.removed") is None


def test_who_was_expelled_reads_that_members_decided_it_and_no_admin(
    db: Session, writer: Writer, alice: User, bob: User, now: datetime
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob])
    by_decision.expel(db, guild, bob.id, now=now)
    message = compose(db, writer, "guilds.expelled")
    assert message is not None
    assert "The members of River guild have decided that you do not belong" in message.body
    assert "admin" not in message.body
    assert_discreet(message)


@pytest.mark.parametrize(
    ("role", "words"), [(Role.ORGANISER, "an organiser"), (Role.ADMIN, "an admin")]
)
def test_who_is_given_a_role_is_told_and_by_whom(
    db: Session, writer: Writer, alice: User, bob: User, now: datetime, role: Role, words: str
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob])
    services.change_role(db, guild, bob.id, role=role, actor=alice, now=now)
    message = compose(db, writer, "guilds.role_changed")
    assert message is not None
    assert message.subject == f"You are {words} of River guild now"
    assert "an admin has changed your role" in message.body
    assert "/guilds/river-guild/members/" in message.path
    assert_discreet(message)
    services.remove_member(db, guild, bob.id, reason="x", actor=alice, now=now)
    assert compose(db, writer, "guilds.role_changed") is None


def test_whose_role_the_guild_took_is_told_that_it_decided(
    db: Session, writer: Writer, alice: User, bob: User, now: datetime
) -> None:
    guild = make_guild(db, admins=[alice], organisers=[bob])
    by_decision.give_role(db, guild, bob.id, role=Role.MEMBER, decision_id=uuid4(), now=now)
    message = compose(db, writer, "guilds.role_changed")
    assert message is not None
    assert "You are a member of River guild now: its members have decided it." in message.body


def test_of_two_changes_the_later_alone_is_told_and_none_of_an_earlier_membership(
    db: Session, writer: Writer, alice: User, bob: User, now: datetime
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob], admission=Admission.OPEN)
    for role, at in ((Role.ADMIN, now), (Role.ORGANISER, now + timedelta(minutes=1))):
        services.change_role(db, guild, bob.id, role=role, actor=alice, now=at)
    query = select(Notice).where(Notice.kind == "guilds.role_changed")
    first, second = db.exec(query.order_by(col(Notice.due_at))).all()
    compose_changed = NOTICES["guilds.role_changed"]
    assert compose_changed(db, first, writer) is None
    message = compose_changed(db, second, writer)
    assert message is not None
    assert message.subject == "You are an organiser of River guild now"
    services.leave(db, guild, actor=bob, now=now)
    admission.join(db, guild, actor=bob, now=now)
    assert compose_changed(db, second, writer) is None


def test_who_steps_down_is_not_told(db: Session, alice: User, bob: User, now: datetime) -> None:
    guild = make_guild(db, admins=[alice, bob])
    services.change_role(db, guild, bob.id, role=Role.MEMBER, actor=bob, now=now)
    assert db.exec(select(Notice)).all() == []
