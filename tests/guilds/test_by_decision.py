from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlmodel import Session, col, select

from accounts.models import User
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from guilds import admission, by_decision, membership, queries, services
from guilds.charter import Charter, DecisionKind, DecisionRule, Electorate
from guilds.charter_templates import TEMPLATES
from guilds.models import Admission, Guild, JoinRequest, JoinState, Membership, Role
from notifications.models import Notice
from tests.builders import NOW, make_guild, make_user

LONG_AGO = NOW - timedelta(days=400)
#: a proposal; a higher floor knows it
DECISION = uuid4()
ASSEMBLY, CIRCLE = (TEMPLATES[name].charter for name in ("simple-assembly", "consent-circle"))


def with_rule(charter: Charter, kind: DecisionKind, **changes: Any) -> Charter:
    rule = DecisionRule.model_validate({**charter.rules[kind].model_dump(), **changes})
    return Charter(rules={**charter.rules, kind: rule})


@pytest.fixture
def circle(db: Session, alice: User, bob: User) -> Guild:
    """A guild in which members vote on who belongs to it and in what role."""
    return make_guild(
        db,
        admins=[alice],
        members=[bob],
        charter="consent-circle",
        slug="circle",
        founded_at=LONG_AGO,
    )


def recorded(db: Session) -> list[tuple[str, UUID | None]]:
    db.commit()
    query = select(AuditEntry).order_by(col(AuditEntry.sequence))
    return [(entry.action, entry.actor_id) for entry in db.exec(query)]


def ask(db: Session, guild: Guild, user: User) -> JoinRequest:
    return admission.ask_to_join(db, guild, message="", actor=user, now=NOW)


# --- the charter ---


def test_a_new_charter_is_the_next_version_and_rests_on_its_decision(
    db: Session, guild: Guild
) -> None:
    decision = uuid4()
    by_decision.adopt_charter(db, guild, CIRCLE, base=1, decision_id=decision, now=NOW)
    version = queries.get_charter(db, guild.id)
    assert (version.number, version.adopted_at, version.decision_id) == (2, NOW, decision)
    assert Charter.model_validate(version.rules) == CIRCLE
    assert [one.number for one in queries.charter_versions(db, guild.id)] == [2, 1]
    assert recorded(db) == [("guilds.charter_changed", None)]


def test_a_charter_written_against_an_older_version_does_not_come_into_force(
    db: Session, guild: Guild
) -> None:
    by_decision.adopt_charter(db, guild, CIRCLE, base=1, decision_id=uuid4(), now=NOW)
    with pytest.raises(RuleBroken, match=r"version 2 is in force.*against version 1"):
        by_decision.adopt_charter(db, guild, ASSEMBLY, base=1, decision_id=uuid4(), now=NOW)
    assert queries.get_charter(db, guild.id).number == 2


def test_a_guild_cannot_put_itself_into_a_dead_end(db: Session, guild: Guild) -> None:
    stuck = with_rule(ASSEMBLY, DecisionKind.CHANGE_CHARTER, supporters=2)
    refusal = by_decision.charter_refusal(db, guild, stuck, base=1, now=NOW)
    assert refusal is not None
    assert refusal.startswith("This would lead into a dead end. Change the charter: 2 people")
    with pytest.raises(RuleBroken, match="dead end"):
        by_decision.adopt_charter(db, guild, stuck, base=1, decision_id=uuid4(), now=NOW)


def test_the_numbers_are_those_of_the_electorates_as_they_are_now(
    db: Session, alice: User, bob: User, charlie: User
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob, charlie], founded_at=LONG_AGO)
    rule = ASSEMBLY.rules[DecisionKind.RESOLUTION]

    def asking(electorate: Electorate, days: int) -> DecisionRule:
        return rule.model_copy(update={"electorate": electorate, "electorate_days": days})

    who = {member.user_id: member for member in db.exec(select(Membership))}
    who[bob.id].joined_at = NOW - timedelta(days=20)
    who[charlie.id].active_on = (NOW - timedelta(days=5)).date()
    db.add_all(who.values())
    db.flush()
    rules = [
        rule,
        asking(Electorate.TENURE, 21),
        asking(Electorate.TENURE, 401),
        asking(Electorate.ACTIVE, 4),
        asking(Electorate.ACTIVE, 5),
        asking(Electorate.ACTIVE, 30),
    ]
    numbers = queries.numbers(db, guild.id, rules, NOW)
    assert numbers.roles == {Role.ADMIN: 1, Role.MEMBER: 2}
    assert [numbers.electorate(one) for one in rules] == [3, 2, 0, 0, 1, 2]


# --- what the charter leaves to a vote ---


def test_organisers_do_not_do_alone_what_is_left_to_a_vote(
    db: Session, circle: Guild, alice: User, bob: User, charlie: User
) -> None:
    request = ask(db, circle, charlie)
    deeds = [
        lambda: admission.answer_request(
            db, circle, request.id, admitted=True, actor=alice, now=NOW
        ),
        lambda: admission.answer_request(
            db, circle, request.id, admitted=False, actor=alice, now=NOW
        ),
        lambda: services.remove_member(db, circle, bob.id, reason="x", actor=alice, now=NOW),
        lambda: services.change_role(db, circle, bob.id, role=Role.ORGANISER, actor=alice, now=NOW),
    ]
    for deed in deeds:
        with pytest.raises(NotAllowed, match=r"The charter leaves this to a vote\."):
            deed()
    assert request.state == JoinState.PENDING
    assert queries.get_role(db, circle.id, bob) == Role.MEMBER


def test_an_invitation_leads_to_a_request_where_members_vote_on_who_comes_in(
    db: Session, circle: Guild, alice: User, charlie: User
) -> None:
    row = admission.invite(db, circle, uses=2, valid_for=timedelta(days=7), actor=alice, now=NOW)
    for _ in range(2):
        admission.accept_invitation(db, circle, row, actor=charlie, now=NOW)
    db.refresh(row)
    assert queries.get_role(db, circle.id, charlie) is None
    assert queries.my_request(db, circle, charlie) is not None
    assert row.uses_left == 1


def test_an_open_guild_is_asked_where_members_vote_on_who_comes_in(
    db: Session, circle: Guild, charlie: User
) -> None:
    circle.admission = Admission.OPEN
    db.add(circle)
    db.flush()
    with pytest.raises(RuleBroken):
        admission.join(db, circle, actor=charlie, now=NOW)
    assert ask(db, circle, charlie).state == JoinState.PENDING


def test_founders_gather_the_first_members_without_a_vote(
    db: Session, alice: User, bob: User, charlie: User
) -> None:
    guild = make_guild(
        db, admins=[alice], members=[bob], charter="federation-with-quorum", founded_at=NOW
    )
    request = ask(db, guild, charlie)
    admission.answer_request(db, guild, request.id, admitted=True, actor=alice, now=NOW)
    services.change_role(db, guild, charlie.id, role=Role.ORGANISER, actor=alice, now=NOW)
    with pytest.raises(NotAllowed):
        services.remove_member(db, guild, bob.id, reason="x", actor=alice, now=NOW)


def test_where_no_vote_could_admit_anybody_organisers_still_do(
    db: Session, alice: User, bob: User, charlie: User
) -> None:
    guild = make_guild(
        db, admins=[alice], members=[bob], charter="federation-with-quorum", founded_at=LONG_AGO
    )
    assert queries.alone(db, guild, NOW) == (True, False, False)
    request = ask(db, guild, charlie)
    admission.answer_request(db, guild, request.id, admitted=True, actor=alice, now=NOW)
    assert queries.alone(db, guild, NOW) == (False, False, False)


# --- members and roles ---


def test_a_decision_admits_who_asked(db: Session, circle: Guild, charlie: User) -> None:
    request = ask(db, circle, charlie)
    assert by_decision.admission_refusal(db, circle, request.id) is None
    by_decision.answer(db, circle, request.id, admitted=True, decision_id=DECISION, now=NOW)
    assert queries.get_role(db, circle.id, charlie) == Role.MEMBER
    assert circle.member_count == 3
    seat = membership.get_membership(db, circle, charlie.id)
    assert seat is not None
    assert (seat.joined_at, seat.decision_id) == (NOW, DECISION)
    told = db.exec(select(Notice).where(Notice.kind == "guilds.join_answered")).one()
    assert told.user_id == charlie.id
    assert ("guilds.join_admitted", None) in recorded(db)
    with pytest.raises(RuleBroken, match="answered or taken back"):
        by_decision.answer(db, circle, request.id, admitted=True, decision_id=DECISION, now=NOW)


def test_a_decision_declines_who_asked(db: Session, circle: Guild, charlie: User) -> None:
    request = ask(db, circle, charlie)
    by_decision.answer(db, circle, request.id, admitted=False, decision_id=DECISION, now=NOW)
    assert request.state == JoinState.DECLINED
    assert queries.get_role(db, circle.id, charlie) is None


def test_a_decision_expels_a_member_and_tells_them(db: Session, circle: Guild, bob: User) -> None:
    by_decision.expel(db, circle, bob.id, now=NOW)
    assert queries.get_role(db, circle.id, bob) is None
    assert circle.member_count == 1
    assert db.exec(select(Notice.kind)).all() == ["guilds.expelled"]
    with pytest.raises(RuleBroken, match="not belong"):
        by_decision.expel(db, circle, bob.id, now=NOW)


def test_a_decision_gives_and_takes_roles(
    db: Session, circle: Guild, alice: User, bob: User
) -> None:
    by_decision.give_role(db, circle, bob.id, role=Role.ADMIN, decision_id=DECISION, now=NOW)
    by_decision.give_role(db, circle, alice.id, role=Role.MEMBER, decision_id=DECISION, now=NOW)
    assert queries.get_role(db, circle.id, bob) == Role.ADMIN
    assert queries.get_role(db, circle.id, alice) == Role.MEMBER
    seat = membership.get_membership(db, circle, bob.id)
    assert seat is not None
    assert (seat.role_at, seat.decision_id) == (NOW, DECISION)
    db.commit()
    query = select(AuditEntry.reason).where(AuditEntry.action == "guilds.role_changed")
    assert set(db.exec(query)) == {"The guild decided it."}
    with pytest.raises(RuleBroken, match="already"):
        by_decision.give_role(db, circle, bob.id, role=Role.ADMIN, decision_id=DECISION, now=NOW)


def test_a_role_given_without_a_vote_rests_on_no_decision(
    db: Session, alice: User, bob: User
) -> None:
    guild = make_guild(db, admins=[alice], members=[bob])
    by_decision.give_role(db, guild, bob.id, role=Role.ORGANISER, decision_id=DECISION, now=NOW)
    services.change_role(db, guild, bob.id, role=Role.MEMBER, actor=alice, now=NOW)
    seat = membership.get_membership(db, guild, bob.id)
    assert seat is not None
    assert seat.decision_id is None


def test_no_decision_leaves_a_guild_without_an_admin(
    db: Session, circle: Guild, alice: User
) -> None:
    with pytest.raises(RuleBroken, match="without an admin"):
        by_decision.expel(db, circle, alice.id, now=NOW)
    with pytest.raises(RuleBroken, match="without an admin"):
        by_decision.give_role(db, circle, alice.id, role=Role.MEMBER, decision_id=DECISION, now=NOW)
    stranger = make_user(db, "dora")
    assert by_decision.role_refusal(db, circle, stranger.id, Role.ADMIN) == services.NO_MEMBER
