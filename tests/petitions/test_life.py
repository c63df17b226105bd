"""The states of a petition: every move is legal by the rules and on record; closed, stopped."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from accounts.models import User
from audit.models import AuditEntry
from core.errors import NotAllowed, RuleBroken
from guilds.models import Guild
from notifications.models import Notice
from petitions import jobs, life, rules
from petitions.models import Petition, PetitionState
from petitions.models import SignatureState as S
from tests.builders import NOW, make_guild, make_petition, make_signature

P = PetitionState


@pytest.fixture
def guild(db: Session, alice: User, bob: User) -> Guild:
    return make_guild(db, admins=[alice], members=[bob], charter="affinity-group")


def record(db: Session, petition: Petition) -> list[tuple[str, str]]:
    db.commit()
    query = select(AuditEntry.action, AuditEntry.reason).where(AuditEntry.subject_id == petition.id)
    return [tuple(row) for row in db.exec(query.order_by(col(AuditEntry.sequence)))]


def owed(db: Session, petition: Petition, kind: str) -> set[object]:
    """Who is owed a kind of notice once the clock has ticked."""
    jobs.tell_signatories(db, NOW)
    query = select(Notice.recipient_id).where(Notice.subject_id == petition.id, Notice.kind == kind)
    return set(db.exec(query))


@pytest.mark.parametrize("state", P)
def test_every_move_is_legal_and_on_record(db: Session, guild: Guild, state: P) -> None:
    for then in P:
        petition = make_petition(db, guild, state=state)
        if rules.can_become(state, then):
            life.move(db, petition, then, "petitions.opened", now=NOW, reason="So it is.")
            assert petition.state == then
            assert record(db, petition) == [("petitions.opened", "So it is.")]
        else:
            with pytest.raises(RuleBroken):
                life.move(db, petition, then, "petitions.opened", now=NOW)
            assert petition.state == state
            assert record(db, petition) == []


def test_the_clock_closes_at_the_midnight_after_the_last_day(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    petition = make_petition(db, guild, bob, closes_on=date(2026, 3, 10))
    later = make_petition(db, guild, bob, closes_on=date(2026, 3, 11))
    midnight = datetime(2026, 3, 11, tzinfo=UTC)
    assert jobs.close_due_petitions(db, midnight - timedelta(seconds=1)) == 0
    assert jobs.close_due_petitions(db, midnight + timedelta(minutes=40)) == 1
    assert jobs.close_due_petitions(db, midnight + timedelta(minutes=41)) == 0
    assert petition.state == P.CLOSED
    assert petition.closed_at == midnight
    assert later.state == P.OPEN
    assert owed(db, petition, life.CLOSED) == {alice.id, bob.id}
    assert record(db, petition) == [("petitions.closed", "")]


def test_organisers_stop_it_with_a_reason_and_those_who_wished_are_told(
    db: Session, guild: Guild, alice: User, bob: User
) -> None:
    petition = make_petition(db, guild, bob)
    wishes = make_signature(db, petition, "a@example.org")
    wishes.wants_updates = True
    pending = make_signature(db, petition, "b@example.org", state=S.PENDING)
    pending.wants_updates = True
    make_signature(db, petition, "c@example.org")
    db.add_all([wishes, pending])
    with pytest.raises(NotAllowed):
        life.stop_petition(db, petition, actor=bob, reason="No.", now=NOW)
    reason = "The authority has done it."
    life.stop_petition(db, petition, actor=alice, reason=reason, now=NOW)
    assert (petition.state, petition.closed_at) == (P.STOPPED, NOW)
    assert petition.stopped_reason == reason
    assert record(db, petition) == [("petitions.stopped", reason)]
    assert owed(db, petition, life.STOPPED) == {alice.id, bob.id, wishes.id}
    with pytest.raises(NotAllowed):
        life.stop_petition(db, petition, actor=alice, reason=reason, now=NOW)


def test_what_closed_keeps_its_close_when_it_is_stopped(
    db: Session, guild: Guild, alice: User
) -> None:
    petition = make_petition(db, guild, state=P.CLOSED)
    closed_at = petition.closed_at
    life.stop_petition(db, petition, actor=alice, reason="Too late.", now=NOW + timedelta(days=3))
    assert (petition.state, petition.closed_at) == (P.STOPPED, closed_at)


def test_who_signed_before_a_stop_confirms_within_a_day() -> None:
    last = date(2026, 4, 2)
    assert rules.can_confirm(P.STOPPED, last, NOW, NOW + timedelta(hours=23))
    assert not rules.can_confirm(P.STOPPED, last, NOW, NOW + timedelta(hours=24))


def test_a_dissolved_guild_leaves_nothing_open(db: Session, guild: Guild, bob: User) -> None:
    made = {state: make_petition(db, guild, bob, state=state) for state in P}
    life.end_petitions_of_guild(guild, db=db, now=NOW)
    after = {state: petition.state for state, petition in made.items()}
    kept = {P.CLOSED, P.DELIVERED, P.ANSWERED, P.SETTLED, P.STOPPED}
    assert after == dict.fromkeys(P, P.WITHDRAWN) | {P.OPEN: P.STOPPED} | {p: p for p in kept}
    assert made[P.OPEN].stopped_reason == life.GUILD_ENDED
