from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from accounts.models import User
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from guilds import admission, queries, services
from guilds.models import Admission, Guild, JoinRequest, JoinState, Role
from notifications.models import Notice
from tests.builders import make_guild, make_user

DAY = timedelta(days=1)


def owed(db: Session) -> list[tuple[str, str]]:
    """(kind, handle) of every notice owed."""
    query = select(Notice.kind, User.handle).where(Notice.user_id == User.id)
    return sorted(db.exec(query))


def test_an_open_guild_is_joined_by_a_button(
    db: Session, alice: User, charlie: User, now: datetime
) -> None:
    guild = make_guild(db, admins=[alice], admission=Admission.OPEN)
    admission.join(db, guild, actor=charlie, now=now)
    admission.join(db, guild, actor=charlie, now=now)
    assert queries.get_role(db, guild.id, charlie) == Role.MEMBER
    assert guild.member_count == 2
    admission.join(db, guild, actor=alice, now=now)
    assert queries.get_role(db, guild.id, alice) == Role.ADMIN


@pytest.mark.parametrize("how", [Admission.APPROVAL, Admission.INVITATION])
def test_other_guilds_are_not(
    db: Session, alice: User, charlie: User, now: datetime, how: Admission
) -> None:
    guild = make_guild(db, admins=[alice], admission=how)
    with pytest.raises(RuleBroken, match="not open"):
        admission.join(db, guild, actor=charlie, now=now)
    assert guild.member_count == 1


def test_organisers_hear_of_a_request_and_the_asker_of_the_answer(
    db: Session, guild: Guild, alice: User, bob: User, charlie: User, now: datetime
) -> None:
    services.change_role(db, guild, bob.id, role=Role.ORGANISER, actor=alice, now=now)
    request = admission.ask_to_join(db, guild, message="Hello", actor=charlie, now=now)
    again = admission.ask_to_join(db, guild, message="Hello?", actor=charlie, now=now)
    assert again is request
    asked, told = "guilds.join_requested", ("guilds.role_changed", "bob")
    assert owed(db) == [(asked, "alice"), (asked, "bob"), told]
    admission.answer_request(db, guild, request.id, admitted=True, actor=bob, now=now)
    assert owed(db) == [("guilds.join_answered", "charlie"), told]
    assert queries.get_role(db, guild.id, charlie) == Role.MEMBER
    assert (request.state, request.answered_at) == (JoinState.ADMITTED, now)
    with pytest.raises(RuleBroken, match="answered"):
        admission.answer_request(db, guild, request.id, admitted=False, actor=alice, now=now)


def test_who_was_declined_may_ask_again(
    db: Session, guild: Guild, alice: User, charlie: User, now: datetime
) -> None:
    request = admission.ask_to_join(db, guild, message="", actor=charlie, now=now)
    admission.answer_request(db, guild, request.id, admitted=False, actor=alice, now=now)
    assert queries.get_role(db, guild.id, charlie) is None
    second = admission.ask_to_join(db, guild, message="", actor=charlie, now=now + DAY)
    assert second.id != request.id


def test_members_do_not_answer_requests(
    db: Session, guild: Guild, bob: User, charlie: User, now: datetime
) -> None:
    request = admission.ask_to_join(db, guild, message="", actor=charlie, now=now)
    with pytest.raises(NotAllowed):
        admission.answer_request(db, guild, request.id, admitted=True, actor=bob, now=now)


def test_a_request_of_another_guild_is_none_of_ours(
    db: Session, guild: Guild, alice: User, charlie: User, now: datetime
) -> None:
    other = make_guild(db, admins=[alice], slug="other")
    request = admission.ask_to_join(db, guild, message="", actor=charlie, now=now)
    with pytest.raises(RuleBroken):
        admission.answer_request(db, other, request.id, admitted=True, actor=alice, now=now)


def test_a_request_taken_back_is_gone_and_nobody_hears_of_it(
    db: Session, guild: Guild, charlie: User, now: datetime
) -> None:
    admission.ask_to_join(db, guild, message="", actor=charlie, now=now)
    admission.withdraw_request(db, guild, actor=charlie, now=now)
    admission.withdraw_request(db, guild, actor=charlie, now=now)
    assert db.exec(select(JoinRequest)).all() == []
    assert owed(db) == []


def test_one_asks_only_where_one_is_admitted(
    db: Session, alice: User, bob: User, charlie: User, now: datetime
) -> None:
    closed = make_guild(db, admins=[alice], admission=Admission.INVITATION)
    with pytest.raises(RuleBroken):
        admission.ask_to_join(db, closed, message="", actor=charlie, now=now)
    ours = make_guild(db, admins=[alice], members=[bob], slug="ours")
    with pytest.raises(RuleBroken):
        admission.ask_to_join(db, ours, message="", actor=bob, now=now)


@pytest.mark.parametrize("how", Admission)
def test_an_invitation_admits_whatever_the_admission(
    db: Session, alice: User, bob: User, charlie: User, now: datetime, how: Admission
) -> None:
    guild = make_guild(db, admins=[alice], admission=how, listed=False)
    row = admission.invite(db, guild, uses=1, valid_for=DAY, actor=alice, now=now)
    admission.accept_invitation(db, guild, row, actor=bob, now=now)
    admission.accept_invitation(db, guild, row, actor=bob, now=now)  # costs nothing
    with pytest.raises(RuleBroken, match="does not admit"):
        admission.accept_invitation(db, guild, row, actor=charlie, now=now)
    assert guild.member_count == 2
    db.refresh(row)
    assert row.uses_left == 0


def test_an_invitation_ends_in_time_or_when_revoked(
    db: Session, guild: Guild, alice: User, bob: User, charlie: User, now: datetime
) -> None:
    row = admission.invite(db, guild, uses=5, valid_for=DAY, actor=alice, now=now)
    with pytest.raises(RuleBroken):
        admission.accept_invitation(db, guild, row, actor=charlie, now=now + DAY)
    with pytest.raises(NotAllowed):
        admission.revoke_invitation(db, guild, row, actor=bob, now=now)
    admission.revoke_invitation(db, guild, row, actor=alice, now=now)
    admission.revoke_invitation(db, guild, row, actor=alice, now=now)
    with pytest.raises(RuleBroken):
        admission.accept_invitation(db, guild, row, actor=charlie, now=now)
    assert queries.usable_invitations(db, guild, now) == []


@pytest.mark.parametrize(
    ("uses", "valid_for"), [(0, DAY), (101, DAY), (1, timedelta(0)), (1, 61 * DAY)]
)
def test_an_invitation_has_bounds(
    db: Session, guild: Guild, alice: User, now: datetime, uses: int, valid_for: timedelta
) -> None:
    with pytest.raises(RuleBroken):
        admission.invite(db, guild, uses=uses, valid_for=valid_for, actor=alice, now=now)


def test_members_do_not_invite(db: Session, guild: Guild, bob: User, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        admission.invite(db, guild, uses=1, valid_for=DAY, actor=bob, now=now)


def test_coming_in_by_invitation_answers_what_one_had_asked(
    db: Session, guild: Guild, alice: User, charlie: User, now: datetime
) -> None:
    request = admission.ask_to_join(db, guild, message="", actor=charlie, now=now)
    row = admission.invite(db, guild, uses=1, valid_for=DAY, actor=alice, now=now)
    admission.accept_invitation(db, guild, row, actor=charlie, now=now)
    assert request.state == JoinState.ADMITTED
    assert owed(db) == []


def test_a_dissolved_guild_answers_who_waits_and_admits_nobody(
    db: Session, alice: User, bob: User, charlie: User, now: datetime
) -> None:
    guild = make_guild(db, admins=[alice])
    row = admission.invite(db, guild, uses=5, valid_for=DAY, actor=alice, now=now)
    request = admission.ask_to_join(db, guild, message="", actor=charlie, now=now)
    services.leave(db, guild, actor=alice, now=now)
    assert request.state == JoinState.DECLINED
    assert owed(db) == [("guilds.join_answered", "charlie")]
    with pytest.raises(RuleBroken):
        admission.accept_invitation(db, guild, row, actor=bob, now=now)


def test_every_deed_of_admission_stands_in_the_record(
    db: Session, guild: Guild, alice: User, bob: User, charlie: User, now: datetime
) -> None:
    request = admission.ask_to_join(db, guild, message="", actor=charlie, now=now)
    admission.answer_request(db, guild, request.id, admitted=True, actor=alice, now=now)
    row = admission.invite(db, guild, uses=1, valid_for=DAY, actor=alice, now=now)
    dora = make_user(db, "dora")
    admission.accept_invitation(db, guild, row, actor=dora, now=now)
    admission.revoke_invitation(db, guild, row, actor=alice, now=now)
    db.commit()
    query = select(AuditEntry).where(AuditEntry.guild_id == guild.id)
    said = [
        (entry.action, entry.actor_id)
        for entry in db.exec(query.order_by(col(AuditEntry.sequence)))
    ]
    assert said == [
        ("guilds.join_requested", charlie.id),
        ("guilds.join_admitted", alice.id),
        ("guilds.joined", charlie.id),
        ("guilds.invitation_made", alice.id),
        ("guilds.invitation_accepted", dora.id),
        ("guilds.joined", dora.id),
        ("guilds.invitation_revoked", alice.id),
    ]
    assert bob.id not in {actor for _, actor in said}
