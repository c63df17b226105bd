"""Lists that go on over pages, on both databases: each row once, also of those at one instant."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from accounts.models import User
from core.paging import Place
from guilds.models import Guild
from petitions import bursts, joining, suggestions
from petitions.models import PetitionState, Sweep, SweepDeed
from tests.builders import NOW, make_guild, make_petition, make_user
from tests.drafting_builders import make_standing, make_suggestion

#: pairs at one instant
MOMENTS = [NOW - timedelta(days=number // 2) for number in range(5)]


def over_pages(
    read: Callable[[Place | None], Sequence[tuple[datetime, UUID]]], made: list[Place]
) -> list[Place]:
    """All places in the order of their pages, which are asked for one after the other."""
    seen: list[Place] = []
    while page := read(seen[-1] if seen else None):
        seen += page
        assert len(seen) <= len(made)
    return seen


def test_suggestions(db: Session, guild: Guild, alice: User) -> None:
    petition = make_petition(db, guild, alice, state=PetitionState.AMENDMENT)
    made = []
    for at in MOMENTS:
        one = make_suggestion(db, petition)
        one.suggested_at = at
        db.add(one)
        made.append((at, one.id))
    db.flush()

    def read(before: Place | None) -> list[Place]:
        rows = suggestions.every(db, petition.id, 2, before=before)
        return [(one.suggested_at, one.id) for one, _ in rows]

    assert over_pages(read, made) == sorted(made, reverse=True)


def test_sweeps(db: Session, guild: Guild, alice: User) -> None:
    petition = make_petition(db, guild, alice)
    rows = [
        Sweep(
            petition_id=petition.id,
            deed=SweepDeed.HOLD,
            condition={},
            signature_count=1,
            counted_count=1,
            done_at=at,
        )
        for at in MOMENTS
    ]
    db.add_all(rows)
    db.flush()
    made = [(one.done_at, one.id) for one in rows]

    def read(before: Place | None) -> list[Place]:
        return [(one.done_at, one.id) for one in bursts.sweeps(db, petition.id, 2, before=before)]

    assert over_pages(read, made) == sorted(made, reverse=True)


def test_guilds_behind_a_petition(db: Session, guild: Guild, alice: User) -> None:
    petition, dora = make_petition(db, guild, alice), make_user(db, "dora")
    made = []
    for number, at in enumerate(MOMENTS):
        one = make_standing(db, petition, make_guild(db, admins=[dora], slug=f"g{number}"), dora)
        one.joined_at = at
        db.add(one)
        made.append((at, one.id))
    db.flush()

    def read(after: Place | None) -> list[Place]:
        rows = joining.standings(db, petition.id, None, 2, after=after)
        return [(one.joined_at, one.id) for one in rows]

    assert over_pages(read, made) == sorted(made)
    (found,) = joining.standings(db, petition.id, None, only=made[4][1])
    assert found.id == made[4][1]
