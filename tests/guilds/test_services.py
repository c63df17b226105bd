from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from blinker import Signal
from sqlmodel import Session, col, func, select

from accounts import services as accounts_services
from accounts.models import User
from accounts.signals import account_erasing
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from guilds import admission, queries, services
from guilds.charter import Charter
from guilds.charter_templates import TEMPLATES
from guilds.membership import took_part
from guilds.models import Admission, Guild, GuildState, JoinRequest, Membership, Role
from guilds.services import GuildFacts
from guilds.signals import guild_dissolved, member_joined, member_left
from notifications.models import Notice
from tests.builders import make_guild, make_user


@contextmanager
def heard(signal: Signal) -> Iterator[list[Any]]:
    """Everything a signal was sent with meanwhile: (sender, arguments)."""
    calls: list[Any] = []

    def listen(sender: Any, **arguments: Any) -> None:
        calls.append((sender, arguments))

    with signal.connected_to(listen):
        yield calls


def facts(name: str = "River Guild", **others: Any) -> GuildFacts:
    given: dict[str, Any] = {
        "purpose": "Keep the river clean.",
        "about": "We **watch** the river.",
        "admission": Admission.OPEN,
        "is_listed": True,
        **others,
    }
    return GuildFacts(name=name, **given)


def actions(db: Session, guild: Guild) -> list[str]:
    """What the guild's record says was done, in order."""
    db.commit()
    query = select(AuditEntry).where(AuditEntry.guild_id == guild.id)
    return [entry.action for entry in db.exec(query.order_by(col(AuditEntry.sequence)))]


def assert_counted(db: Session, guild: Guild) -> None:
    """The count kept in the row is the number of memberships."""
    db.flush()
    query = select(func.count()).where(Membership.guild_id == guild.id)
    assert guild.member_count == db.exec(query).one()


def roles(db: Session, guild: Guild) -> dict[UUID, Role]:
    query = select(Membership).where(Membership.guild_id == guild.id)
    return {membership.user_id: membership.role for membership in db.exec(query)}


def test_a_founder_becomes_admin_under_the_charter_chosen(
    db: Session, alice: User, now: datetime
) -> None:
    with heard(member_joined) as joined:
        guild = services.found_guild(
            db, facts(), template="federation-with-quorum", actor=alice, now=now
        )
    assert guild.slug == "river-guild"
    assert guild.about_html == "<p>We <strong>watch</strong> the river.</p>\n"
    assert roles(db, guild) == {alice.id: Role.ADMIN}
    version = queries.get_charter(db, guild.id)
    assert version.number == 1
    chosen = TEMPLATES["federation-with-quorum"].charter
    assert Charter.model_validate(version.rules) == chosen
    assert [(guild, alice.id)] == [(sender, told["user_id"]) for sender, told in joined]
    assert_counted(db, guild)
    assert actions(db, guild) == ["guilds.founded", "guilds.joined"]


def test_guilds_of_one_name_get_addresses_of_their_own(
    db: Session, alice: User, now: datetime
) -> None:
    slugs = [
        services.found_guild(db, facts(), template="simple-assembly", actor=alice, now=now).slug
        for _ in range(8)
    ]
    assert slugs[:3] == ["river-guild", "river-guild-2", "river-guild-3"]
    assert len(set(slugs)) == 8


def test_a_guild_cannot_stand_where_a_page_of_ours_stands(
    db: Session, alice: User, now: datetime
) -> None:
    with pytest.raises(RuleBroken, match="cannot have this name"):
        services.found_guild(db, facts("New"), template="simple-assembly", actor=alice, now=now)


def test_settings_change_what_is_said_and_keep_the_address(
    db: Session, alice: User, bob: User, now: datetime
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob])
    changed = facts("Ocean Guild", admission=Admission.INVITATION, is_listed=False)
    with pytest.raises(NotAllowed):
        services.change_settings(db, guild, changed, actor=bob, now=now)
    services.change_settings(db, guild, changed, actor=alice, now=now)
    services.change_settings(db, guild, changed, actor=alice, now=now)
    assert (guild.slug, guild.name, guild.is_listed) == ("river-guild", "Ocean Guild", False)
    assert "<strong>watch</strong>" in guild.about_html
    assert actions(db, guild) == ["guilds.settings_changed"]


def test_an_admin_gives_roles_and_the_last_admin_keeps_it(
    db: Session, alice: User, bob: User, now: datetime
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob])
    with pytest.raises(RuleBroken, match="only admin"):
        services.change_role(db, guild, alice.id, role=Role.MEMBER, actor=alice, now=now)
    with pytest.raises(NotAllowed):
        services.change_role(db, guild, bob.id, role=Role.ADMIN, actor=bob, now=now)
    services.change_role(db, guild, bob.id, role=Role.ADMIN, actor=alice, now=now)
    services.change_role(db, guild, alice.id, role=Role.MEMBER, actor=bob, now=now)
    assert roles(db, guild) == {alice.id: Role.MEMBER, bob.id: Role.ADMIN}
    assert actions(db, guild) == ["guilds.role_changed"] * 2


def test_nobody_gets_a_role_who_does_not_belong(
    db: Session, alice: User, charlie: User, now: datetime
) -> None:
    guild = make_guild(db, admins=[alice])
    with pytest.raises(RuleBroken, match="does not belong"):
        services.change_role(db, guild, charlie.id, role=Role.ADMIN, actor=alice, now=now)


def test_a_removed_member_is_told_and_the_reason_is_kept(
    db: Session, alice: User, bob: User, now: datetime
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob])
    with heard(member_left) as left:
        services.remove_member(db, guild, bob.id, reason="Threats", actor=alice, now=now)
        services.remove_member(db, guild, bob.id, reason="Threats", actor=alice, now=now)
    assert [told["user_id"] for _, told in left] == [bob.id]
    assert roles(db, guild) == {alice.id: Role.ADMIN}
    assert_counted(db, guild)
    notice = db.exec(select(Notice)).one()
    assert (notice.kind, notice.user_id) == ("guilds.removed", bob.id)
    assert actions(db, guild) == ["guilds.member_removed"]
    assert db.exec(select(AuditEntry)).one().reason == "Threats"


def test_only_admins_remove_and_not_themselves(
    db: Session, alice: User, bob: User, now: datetime
) -> None:
    guild = make_guild(db, admins=[alice], organisers=[bob])
    with pytest.raises(NotAllowed):
        services.remove_member(db, guild, alice.id, reason="", actor=bob, now=now)
    with pytest.raises(RuleBroken, match="Leave the guild"):
        services.remove_member(db, guild, alice.id, reason="", actor=alice, now=now)


def test_a_member_leaves_and_the_last_admin_stays(
    db: Session, alice: User, bob: User, now: datetime
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob])
    with pytest.raises(RuleBroken, match="You are the only admin of River guild"):
        services.leave(db, guild, actor=alice, now=now)
    services.leave(db, guild, actor=bob, now=now)
    services.leave(db, guild, actor=bob, now=now)
    assert roles(db, guild) == {alice.id: Role.ADMIN}
    assert_counted(db, guild)
    assert actions(db, guild) == ["guilds.left"]


def test_the_last_to_leave_dissolves_the_guild(db: Session, alice: User, now: datetime) -> None:
    guild = make_guild(db, admins=[alice])
    with heard(guild_dissolved) as dissolved:
        services.leave(db, guild, actor=alice, now=now)
    assert dissolved == [(guild, {"db": db, "now": now})]
    assert (guild.state, guild.member_count) == (GuildState.DISSOLVED, 0)
    assert actions(db, guild) == ["guilds.left", "guilds.dissolved"]


def test_erasing_an_account_leaves_every_guild_or_is_refused(
    db: Session, alice: User, bob: User, now: datetime
) -> None:
    ours = make_guild(db, admins=[alice], members=[bob])
    mine = make_guild(db, admins=[alice], slug="my-guild")
    db.commit()
    with account_erasing.connected_to(services.leave_all):
        with pytest.raises(RuleBroken, match="only admin of River guild"):
            accounts_services.erase(db, alice.id, now=now)
        db.rollback()
        services.change_role(db, ours, bob.id, role=Role.ADMIN, actor=alice, now=now)
        accounts_services.erase(db, alice.id, now=now)
        db.commit()
    db.refresh(ours)
    db.refresh(mine)
    assert roles(db, ours) == {bob.id: Role.ADMIN}
    assert_counted(db, ours)
    assert mine.state == GuildState.DISSOLVED


def test_my_data_say_where_i_belong(db: Session, alice: User) -> None:
    make_guild(db, admins=[alice])
    section, data = services.export_memberships(alice, db=db)
    assert section == "guilds"
    assert [(row["guild"], row["role"]) for row in data] == [("River guild", "admin")]
    kept = {name for name in Membership.model_fields if name not in {"id", "user_id", "guild_id"}}
    assert data[0].keys() == kept | {"guild"}


def test_my_data_say_what_my_role_rests_on_and_when_i_last_took_part(
    db: Session, alice: User, bob: User, now: datetime
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob])
    decision_id = uuid4()
    services.set_role(
        db, guild, bob.id, role=Role.ORGANISER, actor=None, now=now, decision_id=decision_id
    )
    took_part(db, guild.id, bob.id, now)
    _, (row,) = services.export_memberships(bob, db=db)
    assert row["role_at"] == now.isoformat()
    assert row["decision_id"] == str(decision_id)
    assert row["active_on"] == now.date().isoformat()


def test_my_data_say_which_guilds_i_asked_to_join(
    db: Session, alice: User, bob: User, now: datetime
) -> None:
    guild = make_guild(db, admins=[alice])
    asked = admission.ask_to_join(db, guild, message="May I?", actor=bob, now=now)
    admission.answer_request(db, guild, asked.id, admitted=False, actor=alice, now=now)
    section, (row,) = services.export_requests(bob, db=db)
    assert (section, row["guild"], row["message"]) == ("join_requests", "River guild", "May I?")
    assert (row["state"], row["answered_at"]) == ("declined", now.isoformat())
    kept = {name for name in JoinRequest.model_fields if name not in {"id", "user_id", "guild_id"}}
    assert row.keys() == kept | {"guild"}
    assert services.export_requests(alice, db=db) == ("join_requests", [])
    guild.name, guild.is_listed = "Moon guild", False
    assert "Moon" not in str(services.export_requests(bob, db=db))


def test_the_list_of_guilds_goes_on_where_it_stopped(
    db: Session, alice: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    for number in range(5):  # all of the same instant: only the key tells them apart
        make_guild(db, admins=[alice], slug=f"guild-{number}", founded_at=now)
    make_guild(db, admins=[alice], slug="hidden", listed=False)
    seen: list[str] = []
    place = None
    while page := queries.listed_guilds(db, before=place):
        seen += [guild.slug for guild in page[:2]]
        place = (page[:2][-1].founded_at, page[:2][-1].id)
    assert sorted(seen) == [f"guild-{number}" for number in range(5)]


def test_the_list_of_members_goes_on_where_it_stopped(
    db: Session, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    people = [make_user(db, f"member{number}") for number in range(4)]
    guild = make_guild(db, admins=[alice], members=people)
    seen: list[str] = []
    place = None
    while page := queries.members(db, guild, after=place):
        seen += [user.handle for _, user in page[:2]]
        place = (page[:2][-1][0].joined_at, page[:2][-1][0].id)
    assert sorted(seen) == ["alice", "member0", "member1", "member2", "member3"]
