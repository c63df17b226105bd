"""The organisers' desk against false signatures: where they come from, and sweeps by condition.

The desk sees how many signatures came in which hour, from which mail domain and which neighbourhood
of the network, the two under marks that name nobody; never a name or an address. A sweep holds,
removes or releases all that meet a condition, is on record with its reason, and can be undone for a
day (docs/decisions/0306). Locks: the petition (not against signing), then signatures.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlmodel import Session

from accounts.models import User
from core.database import fresh_key, table_of
from core.errors import NotAllowed, RuleBroken
from guilds.models import ORGANISING_ROLES, Role
from guilds.queries import get_role
from petitions import counter, life, rules
from petitions.models import (
    Hold,
    Petition,
    PetitionState,
    Signature,
    SignatureState,
    Sweep,
    SweepDeed,
    Swept,
)

#: for so long a sweep can be undone; then who was removed is erased
UNDO = timedelta(hours=24)
#: signatures one sweep may change: it stays a matter of seconds
MOST = 100_000

S = SignatureState
_signature, _sweep, _swept = table_of(Signature), table_of(Sweep), table_of(Swept)

#: deed -> how it finds a signature, and leaves it
DEEDS: dict[SweepDeed, tuple[frozenset[Hold], Hold]] = {
    SweepDeed.HOLD: (frozenset({Hold.NONE}), Hold.HELD),
    SweepDeed.REMOVE: (frozenset({Hold.NONE, Hold.HELD}), Hold.REMOVED),
    SweepDeed.RELEASE: (frozenset({Hold.HELD}), Hold.NONE),
}


@dataclass(frozen=True)
class Condition:
    """Which signatures of a petition; what is None or empty does not matter."""

    #: signed from here on, and before there
    since: datetime | None = None
    until: datetime | None = None
    domain: str = ""
    network: str = ""
    state: SignatureState | None = None
    hold: Hold | None = None

    def as_values(self) -> dict[str, Any]:
        """As Sweep keeps it."""
        times = {name: at.isoformat() for name in ("since", "until") if (at := getattr(self, name))}
        return {name: value for name, value in asdict(self).items() if value} | times

    @staticmethod
    def from_values(values: dict[str, Any]) -> "Condition":
        """What as_values gave. Raises ValueError or TypeError for anything else."""
        state, hold = values.get("state"), values.get("hold")
        return Condition(
            since=datetime.fromisoformat(values["since"]) if "since" in values else None,
            until=datetime.fromisoformat(values["until"]) if "until" in values else None,
            domain=str(values.get("domain", "")),
            network=str(values.get("network", "")),
            state=SignatureState(state) if state else None,
            hold=Hold(hold) if hold else None,
        )

    def clauses(self, petition_id: UUID) -> Iterator[sa.ColumnElement[bool]]:
        column = _signature.c
        yield column.petition_id == petition_id
        yield column.state != S.WITHDRAWN
        if self.since:
            yield column.signed_at >= self.since
        if self.until:
            yield column.signed_at < self.until
        if self.domain:
            yield column.domain_hash == self.domain
        if self.network:
            yield column.network_hash == self.network
        if self.state:
            yield column.state == self.state
        if self.hold:
            yield column.hold == self.hold


def can_use_desk(role: Role | None) -> bool:
    return role in ORGANISING_ROLES


def can_sweep(
    state: PetitionState, closes_on: Any, closed_at: datetime | None, now: datetime
) -> bool:
    """While signatures can still be confirmed; after that the count is handed over as it is."""
    return rules.can_confirm(state, closes_on, closed_at, now)


#: not handed over yet
UNDOABLE_IN = frozenset({PetitionState.OPEN, PetitionState.CLOSED, PetitionState.STOPPED})


def can_undo(sweep: Sweep, state: PetitionState, now: datetime) -> bool:
    """For a day, and never once the petition was handed over."""
    is_over = sweep.undone_at or sweep.final_at or now >= sweep.done_at + UNDO
    return not is_over and state in UNDOABLE_IN


@dataclass(frozen=True)
class Preview:
    """How many meet a condition, by what the desk did with them before."""

    #: (state, hold) -> signatures
    numbers: dict[tuple[SignatureState, Hold], int]

    def would_change(self, deed: SweepDeed) -> int:
        return sum(self.numbers.get((state, hold), 0) for state in S for hold in DEEDS[deed][0])

    def would_move(self, deed: SweepDeed) -> int:
        """By how many the public count would go down, or up if they are released."""
        before = Hold.HELD if deed == SweepDeed.RELEASE else Hold.NONE
        return self.numbers.get((S.CONFIRMED, before), 0)

    @property
    def total(self) -> int:
        return sum(self.numbers.values())


def preview(db: Session, petition_id: UUID, condition: Condition) -> Preview:
    """Count what meets a condition, before anything is done."""
    column = _signature.c
    query = (
        sa.select(column.state, column.hold, sa.func.count())
        .where(*condition.clauses(petition_id))
        .group_by(column.state, column.hold)
    )
    rows = db.connection().execute(query)
    return Preview({(state, hold): number for state, hold, number in rows})


class NothingToDo(RuleBroken):
    """No signature that meets the condition would be another one by the deed."""


def sweep(
    db: Session,
    petition: Petition,
    *,
    actor: User,
    condition: Condition,
    deed: SweepDeed,
    reason: str,
    now: datetime,
) -> Sweep:
    """Hold, remove or release all signatures that meet a condition.

    What is confirmed meanwhile waits for it or is seen by it: the count is exact either way. Raises
    NotAllowed, NothingToDo, or RuleBroken if there are too many, or it is too late.
    """
    petition = _lock(db, petition.id, actor)
    if not can_sweep(petition.state, petition.closes_on, petition.closed_at, now):
        raise RuleBroken("Signing has ended and the count is made: the desk is closed.")
    done = Sweep(
        petition_id=petition.id,
        actor_id=actor.id,
        deed=deed,
        condition=condition.as_values(),
        reason=reason,
        signature_count=0,
        counted_count=0,
        done_at=now,
    )
    db.add(done)
    db.flush()
    found, then = DEEDS[deed]
    done.signature_count = _take(db, done, [*condition.clauses(petition.id)], found)
    if done.signature_count == 0:
        raise NothingToDo("It would change none of these signatures.")
    if done.signature_count > MOST:
        raise RuleBroken(f"A sweep changes {MOST:,} signatures at most. Narrow the condition.")
    counted = _signature.c.hold == Hold.NONE if then != Hold.NONE else sa.true()
    done.counted_count = _step(db, done, counted, -1 if then != Hold.NONE else +1, now)
    db.connection().execute(
        sa.update(_signature).where(_is_in(done)).values(hold=then, sweep_id=done.id)
    )
    db.add(done)
    db.flush()
    _record(db, f"petitions.swept_{deed.value}", petition, done, actor, now)
    return done


def _lock(db: Session, petition_id: UUID, actor: User) -> Petition:
    """The petition, held against other sweeps and its close, not against signatures."""
    petition = life.lock(db, petition_id)
    if not can_use_desk(get_role(db, petition.guild_id, actor)):
        raise NotAllowed("Only organisers of the guild work at its petitions' desk.")
    return petition


def _take(
    db: Session, done: Sweep, where: list[sa.ColumnElement[bool]], found: frozenset[Hold]
) -> int:
    """Lock what is swept and note how it was found; says how many."""
    column = _signature.c
    chosen = (
        sa.select(
            fresh_key(db), sa.literal(done.id, sa.Uuid()), column.id, column.hold, column.sweep_id
        )
        .where(*where, column.hold.in_(found))
        .with_for_update()
    )
    names = ["id", "sweep_id", "signature_id", "hold_before", "sweep_before"]
    statement = sa.insert(_swept).from_select(names, chosen)
    return db.connection().execute(statement.execution_options(preserve_rowcount=True)).rowcount


def _is_in(done: Sweep) -> sa.ColumnElement[bool]:
    swept = sa.select(_swept.c.signature_id).where(_swept.c.sweep_id == done.id)
    return _signature.c.id.in_(swept)


def _step(
    db: Session, done: Sweep, counted: sa.ColumnElement[bool], sign: int, now: datetime
) -> int:
    """Tell the counter of those swept, confirmed ones that begin (or cease) to count."""
    column = _signature.c
    query = (
        sa.select(column.country, column.region, sa.func.count())
        .where(_is_in(done), column.state == S.CONFIRMED, counted)
        .group_by(column.country, column.region)
    )
    total = 0
    for country, region, number in db.connection().execute(query).all():
        place = {"country": country, "region": region}
        counter.step(db, done.petition_id, sign * number, **place, at=now)
        total += number
    return total


def undo(db: Session, done: Sweep, *, actor: User, now: datetime) -> None:
    """Take a sweep out of history: what no later one touched is again as it was found.

    Where a later sweep came after, that one goes back to what this one had found. Who confirmed
    meanwhile counts from now on. Raises NotAllowed, or RuleBroken when a day has passed.
    """
    petition = _lock(db, done.petition_id, actor)
    db.refresh(done, with_for_update=True)
    if not can_undo(done, petition.state, now):
        raise RuleBroken("This can no longer be undone.")
    column, mine = _signature.c, sa.alias(_swept)
    held = sa.select(column.id).where(column.sweep_id == done.id).with_for_update()
    db.connection().execute(held).close()
    back = _swept.c.signature_id == column.id, _swept.c.sweep_id == done.id
    before = sa.select(_swept.c.hold_before).where(*back).scalar_subquery()
    still_mine = column.sweep_id == done.id
    _step(db, done, still_mine & (column.hold != Hold.NONE) & (before == Hold.NONE), +1, now)
    _step(db, done, still_mine & (column.hold == Hold.NONE) & (before != Hold.NONE), -1, now)
    earlier = sa.select(_swept.c.sweep_before).where(*back).scalar_subquery()
    db.connection().execute(
        sa.update(_signature).where(still_mine).values(hold=before, sweep_id=earlier)
    )
    _hand_on(db, done)
    same = mine.c.signature_id == _swept.c.signature_id, mine.c.sweep_id == done.id
    db.connection().execute(
        sa.update(_swept)
        .where(_swept.c.sweep_before == done.id)
        .values(
            hold_before=sa.select(mine.c.hold_before).where(*same).scalar_subquery(),
            sweep_before=sa.select(mine.c.sweep_before).where(*same).scalar_subquery(),
        )
    )
    db.connection().execute(sa.delete(_swept).where(_swept.c.sweep_id == done.id))
    done.undone_at = now
    db.add(done)
    db.flush()
    _record(db, "petitions.sweep_undone", petition, done, actor, now)


def _hand_on(db: Session, done: Sweep) -> None:
    """What a sweep did to the count is from now on what a later one did, of those it found too.

    So the page goes on saying what checks took back, as long as it stays taken back.
    """
    mine, later = sa.alias(_swept), sa.alias(_swept)
    query = (
        sa.select(later.c.sweep_id, later.c.hold_before, mine.c.hold_before, sa.func.count())
        .join(mine, mine.c.signature_id == later.c.signature_id)
        .join(_signature, _signature.c.id == later.c.signature_id)
        .join(_sweep, _sweep.c.id == later.c.sweep_id)
        .where(later.c.sweep_before == done.id, mine.c.sweep_id == done.id)
        .where(_signature.c.state == S.CONFIRMED, _signature.c.confirmed_at <= _sweep.c.done_at)
        .group_by(later.c.sweep_id, later.c.hold_before, mine.c.hold_before)
    )
    for sweep_id, before, earlier, number in db.connection().execute(query).all():
        more = number * ((earlier == Hold.NONE) - (before == Hold.NONE))
        other = db.get_one(Sweep, sweep_id)
        more = -more if other.deed == SweepDeed.RELEASE else more
        other.counted_count = max(0, other.counted_count + more)
        db.add(other)


def _record(
    db: Session, action: str, petition: Petition, done: Sweep, actor: User, now: datetime
) -> None:
    many = f"{done.signature_count:,}"
    life.record(db, action, petition, actor=actor, now=now, reason=done.reason, about=many)
