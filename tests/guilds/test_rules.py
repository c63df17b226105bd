from datetime import timedelta
from uuid import uuid4

import pytest

from guilds import rules
from guilds.charter_templates import TEMPLATES
from guilds.models import SLUG_LENGTH, Admission, Guild, GuildState, Invitation, Role
from tests.builders import NOW

EVERY_ROLE = [None, Role.MEMBER, Role.ORGANISER, Role.ADMIN]
MINUTE = timedelta(minutes=1)


def guild(admission: Admission = Admission.OPEN, state: GuildState = GuildState.ACTIVE) -> Guild:
    return Guild(slug="x", name="X", purpose="X", admission=admission, state=state, founded_at=NOW)


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("River Guild", "river-guild"),
        ("  Rêve général!  ", "reve-general"),
        ("Metropolis-9 / Night shift", "metropolis-9-night-shift"),
        ("حراس الحلم", "guild"),
        ("🌙", "guild"),
        ("---", "guild"),
        ("x" * 80, "x" * (SLUG_LENGTH - rules.SUFFIX_LENGTH)),
        ("a" * 39 + " b", "a" * 39),
    ],
)
def test_a_slug_is_made_of_what_a_name_has(name: str, slug: str) -> None:
    assert rules.slug_of(name) == slug


@pytest.mark.parametrize(
    ("name", "reserved"),
    [("New", True), ("néw!", True), ("Newer", False), ("API", True), ("River Guild", False)],
)
def test_names_of_our_own_pages_are_reserved(name: str, reserved: bool) -> None:
    assert rules.is_reserved(name) is reserved


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("admission", Admission)
@pytest.mark.parametrize("state", GuildState)
@pytest.mark.parametrize("role", EVERY_ROLE)
def test_strangers_join_open_guilds_and_ask_where_one_is_admitted(
    admission: Admission, state: GuildState, role: Role | None, *, alone: bool
) -> None:
    stranger_to_active = role is None and state == GuildState.ACTIVE
    it = guild(admission, state)
    opens = admission == Admission.OPEN
    assert rules.can_join(it, role, alone=alone) is (stranger_to_active and opens and alone)
    assert rules.can_ask_to_join(it, role, alone=alone) is (
        stranger_to_active and (admission == Admission.APPROVAL or (opens and not alone))
    )


@pytest.mark.parametrize(
    ("template", "is_founding", "is_stuck", "alone"),
    [
        ("simple-assembly", False, False, (True, True, True)),
        ("consent-circle", False, False, (False, False, False)),
        ("consent-circle", True, False, (True, False, True)),
        ("consent-circle", False, True, (True, False, False)),
    ],
)
def test_what_organisers_do_without_a_vote(
    template: str, alone: tuple[bool, bool, bool], *, is_founding: bool, is_stuck: bool
) -> None:
    charter = TEMPLATES[template].charter
    assert rules.alone(charter, is_founding=is_founding, is_stuck=is_stuck) == alone


@pytest.mark.parametrize(
    ("number", "age", "is_founding"),
    [
        (1, timedelta(0), True),
        (1, rules.FOUNDING_TIME - timedelta(seconds=1), True),
        (1, rules.FOUNDING_TIME, False),
        (2, timedelta(0), False),
    ],
)
def test_a_guild_is_being_founded_for_a_while(
    number: int, age: timedelta, *, is_founding: bool
) -> None:
    it = guild()
    it.founded_at = NOW - age
    assert rules.is_founding(it, number, NOW) is is_founding


@pytest.mark.parametrize(
    ("role", "organises", "manages"),
    [
        (None, False, False),
        (Role.MEMBER, False, False),
        (Role.ORGANISER, True, False),
        (Role.ADMIN, True, True),
    ],
)
def test_what_a_role_may_do(role: Role | None, organises: bool, manages: bool) -> None:
    assert rules.can_organise(guild(), role) is organises
    assert rules.can_manage_members(guild(), role) is manages
    over = guild(state=GuildState.DISSOLVED)
    assert not rules.can_organise(over, role)
    assert not rules.can_manage_members(over, role)


@pytest.mark.parametrize(
    ("role", "is_inviter", "can"),
    [
        (None, True, False),
        (None, False, False),
        (Role.MEMBER, True, True),
        (Role.MEMBER, False, False),
        (Role.ORGANISER, False, True),
        (Role.ADMIN, False, True),
    ],
)
def test_who_revokes_an_invitation(role: Role | None, is_inviter: bool, can: bool) -> None:
    assert rules.can_revoke(guild(), role, is_inviter=is_inviter) is can


@pytest.mark.parametrize(
    ("role", "admin_count", "member_count", "leaves_none"),
    [
        (Role.ADMIN, 1, 1, False),  # alone: the guild is dissolved
        (Role.ADMIN, 1, 2, True),
        (Role.ADMIN, 1, 300, True),
        (Role.ADMIN, 2, 2, False),
        (Role.ORGANISER, 1, 2, False),
        (Role.MEMBER, 1, 2, False),
    ],
)
def test_the_last_admin_stays_while_others_are_members(
    role: Role, admin_count: int, member_count: int, leaves_none: bool
) -> None:
    answer = rules.leaves_no_admin(role, admin_count=admin_count, member_count=member_count)
    assert answer is leaves_none


@pytest.mark.parametrize(
    ("uses_left", "expires_in", "is_revoked", "usable"),
    [
        (1, MINUTE, False, True),
        (100, MINUTE, False, True),
        (0, MINUTE, False, False),
        (1, timedelta(0), False, False),
        (1, -MINUTE, False, False),
        (1, MINUTE, True, False),
    ],
)
def test_an_invitation_admits_while_unused_unexpired_and_unrevoked(
    uses_left: int, expires_in: timedelta, is_revoked: bool, usable: bool
) -> None:
    invitation = Invitation(
        guild_id=uuid4(),
        created_at=NOW,
        expires_at=NOW + expires_in,
        uses_left=uses_left,
        revoked_at=NOW if is_revoked else None,
    )
    for admission in Admission:
        assert rules.is_usable(invitation, guild(admission), NOW) is usable
    assert not rules.is_usable(invitation, guild(state=GuildState.DISSOLVED), NOW)
