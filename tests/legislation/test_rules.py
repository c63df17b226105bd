import pytest

from guilds.models import Admission, Guild, GuildState, Role
from legislation.rules import can_keep_bills
from tests.builders import NOW


@pytest.mark.parametrize(
    ("role", "state", "may"),
    [
        (Role.ADMIN, GuildState.ACTIVE, True),
        (Role.ORGANISER, GuildState.ACTIVE, True),
        (Role.MEMBER, GuildState.ACTIVE, False),
        (None, GuildState.ACTIVE, False),
        (Role.ADMIN, GuildState.DISSOLVED, False),
    ],
)
def test_organisers_of_a_living_guild_keep_its_bills(
    role: Role | None, state: GuildState, may: bool
) -> None:
    guild = Guild(
        slug="river-guild",
        name="River guild",
        purpose="Keep the river clean.",
        admission=Admission.OPEN,
        state=state,
        founded_at=NOW,
    )
    assert can_keep_bills(guild, role) is may
