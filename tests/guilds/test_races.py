"""What happens at the same instant, on a real PostgreSQL: threads with sessions of their own."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import Session, func, select

from accounts.models import User
from accounts.services import erase
from accounts.signals import account_erasing
from core.errors import RuleBroken
from guilds import admission, by_decision, queries, services
from guilds.models import Admission, Guild, GuildState, Invitation, Membership, Role
from guilds.services import GuildFacts
from tests.builders import NOW, make_guild, make_user
from tests.racing import Deed, at_once

pytestmark = pytest.mark.postgres
ROUNDS = 10


def refused(answers: list[Any]) -> int:
    return sum(isinstance(answer, RuleBroken) for answer in answers)


def leave(guild: Guild, user: User) -> Deed:
    """Reads the guild first, as a page does, so that what it knows may be out of date."""

    def deed(db: Session) -> None:
        services.leave(db, db.get_one(Guild, guild.id), actor=user, now=NOW)

    return deed


def recount(db: Session, guild: Guild) -> int:
    return db.exec(select(func.count()).where(Membership.guild_id == guild.id)).one()


def test_two_admins_leaving_at_once_leave_one_admin(db: Session, engine: Engine) -> None:
    for number in range(ROUNDS):
        people = [make_user(db, f"person{number}x{n}") for n in range(3)]
        guild = make_guild(db, admins=people[:2], members=people[2:], slug=f"guild-{number}")
        db.commit()
        answers = at_once(engine, *(leave(guild, admin) for admin in people[:2]))
        db.refresh(guild)
        assert refused(answers) == 1
        assert queries.admin_count(db, guild.id) == 1
        assert guild.member_count == recount(db, guild) == 2
        db.commit()


def test_two_admins_alone_leaving_at_once_dissolve_the_guild(db: Session, engine: Engine) -> None:
    for number in range(ROUNDS):
        people = [make_user(db, f"person{number}x{n}") for n in range(2)]
        guild = make_guild(db, admins=people, slug=f"guild-{number}")
        db.commit()
        assert refused(at_once(engine, *(leave(guild, admin) for admin in people))) == 0
        db.refresh(guild)
        assert (guild.state, guild.member_count) == (GuildState.DISSOLVED, 0)
        db.commit()


def test_one_admin_leaves_while_the_other_is_demoted_or_erased(db: Session, engine: Engine) -> None:
    for number in range(ROUNDS):
        people = [make_user(db, f"person{number}x{n}") for n in range(3)]
        guild = make_guild(db, admins=people[:2], members=people[2:], slug=f"guild-{number}")
        db.commit()

        def other(
            there: Session,
            guild: Guild = guild,
            people: list[User] = people,
            erases: bool = number % 2 == 0,
        ) -> None:
            if erases:
                erase(there, people[1].id, now=NOW)
            else:
                found = there.get_one(Guild, guild.id)
                services.change_role(
                    there, found, people[1].id, role=Role.MEMBER, actor=people[1], now=NOW
                )

        with account_erasing.connected_to(services.leave_all):
            assert refused(at_once(engine, leave(guild, people[0]), other)) == 1
        assert queries.admin_count(db, guild.id) == 1
        db.commit()


def test_an_invitation_of_two_uses_admits_two_of_eight(db: Session, engine: Engine) -> None:
    alice = make_user(db, "alice")
    people = [make_user(db, f"person{n}") for n in range(8)]
    guild = make_guild(db, admins=[alice])
    row = admission.invite(db, guild, uses=2, valid_for=timedelta(days=1), actor=alice, now=NOW)
    db.commit()

    def accept(user: User) -> Deed:
        def deed(there: Session) -> None:
            found = there.get_one(Guild, guild.id), there.get_one(Invitation, row.id)
            admission.accept_invitation(there, *found, actor=user, now=NOW)

        return deed

    assert refused(at_once(engine, *(accept(person) for person in people))) == 6
    db.refresh(guild)
    db.refresh(row)
    assert (guild.member_count, recount(db, guild), row.uses_left) == (3, 3, 0)


def test_many_joining_at_once_are_all_counted_and_each_once(db: Session, engine: Engine) -> None:
    alice = make_user(db, "alice")
    people = [make_user(db, f"person{n}") for n in range(4)]
    guild = make_guild(db, admins=[alice], admission=Admission.OPEN)
    db.commit()

    def join(user: User) -> Deed:
        return lambda there: admission.join(
            there, there.get_one(Guild, guild.id), actor=user, now=NOW
        )

    assert refused(at_once(engine, *(join(person) for person in people * 2))) == 0
    db.refresh(guild)
    assert guild.member_count == recount(db, guild) == 5


def test_guilds_of_one_name_founded_at_once_differ_in_address(db: Session, engine: Engine) -> None:
    alice = make_user(db, "alice")
    db.commit()
    facts = GuildFacts("River", "Water.", "", Admission.OPEN, is_listed=True)

    def found(there: Session) -> str:
        guild = services.found_guild(there, facts, template="simple-assembly", actor=alice, now=NOW)
        return guild.slug

    slugs = at_once(engine, *[found] * 4)
    assert sorted(slugs) == ["river", "river-2", "river-3", "river-4"]


def test_a_decision_and_a_leave_at_once_leave_one_admin(db: Session, engine: Engine) -> None:
    for number in range(ROUNDS):
        people = [make_user(db, f"person{number}x{n}") for n in range(3)]
        guild = make_guild(db, admins=people[:2], members=people[2:], slug=f"guild-{number}")
        db.commit()

        def expel(db: Session, guild: Guild = guild, user: User = people[0]) -> None:
            by_decision.expel(db, db.get_one(Guild, guild.id), user.id, now=NOW)

        answers = at_once(engine, expel, leave(guild, people[1]))
        db.refresh(guild)
        assert refused(answers) == 1
        assert queries.admin_count(db, guild.id) == 1
        assert guild.member_count == recount(db, guild) == 2
        db.commit()
