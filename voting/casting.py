"""Casting a ballot: open ones here; secret ones go to the sealed box (voting.secrecy).

The path of thousands: plain rows, no ORM object, and little work under the proposal's lock, for
which all others wait.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session

from core.database import table_of
from core.errors import RuleBroken
from core.wire import Wire, Write, wire_of
from guilds.membership import taking_part
from voting import consenting, rules
from voting.models import Ballot, Choice, Elector, Proposal
from voting.seats import Seat, get_seat
from voting.steps import hold

NONCE_BYTES = 16

_ballot, _elector, _proposal = table_of(Ballot), table_of(Elector), table_of(Proposal)
_PUT = _ballot.insert().values(
    {
        name: sa.bindparam(f"new_{name}", type_=_ballot.c[name].type)
        for name in ("id", "proposal_id", "user_id", "round", "marks", "reason", "nonce", "cast_at")
    }
    | {"weight": 1}
)
_CHANGE = (
    _ballot.update()
    .where(_ballot.c.id == sa.bindparam("ballot"))
    .values(
        {
            name: sa.bindparam(f"new_{name}", type_=_ballot.c[name].type)
            for name in ("marks", "reason", "nonce", "cast_at")
        }
    )
)
_MARK = (
    _elector.update().where(_elector.c.id == sa.bindparam("elector")).values(has_voted=sa.true())
)
_COUNTERS = ("ballot_count", "yes_count", "no_count", "abstain_count")
_COUNTER_OF = {
    Choice.YES: "yes_count",
    Choice.NO: "no_count",
    Choice.ABSTAIN: "abstain_count",
}
_COUNT = (
    _proposal.update()
    .where(_proposal.c.id == sa.bindparam("proposal"))
    .values({name: _proposal.c[name] + sa.bindparam(f"by_{name}") for name in _COUNTERS})
)


class HasId(Protocol):
    """A proposal, a person: here only which one matters."""

    @property
    def id(self) -> UUID: ...


def cast_ballot(
    db: Session | Wire,
    proposal: HasId,
    *,
    actor: HasId,
    marks: str,
    reason: str = "",
    now: datetime,
) -> None:
    """Cast an open ballot, or change one's own. Counters and ballot move together under the lock.

    db: a wire, whose transaction this is, or a session, which commits. marks: as voting.marks
    writes them for the proposal's method. Raises RuleBroken with the reason why this person cannot
    vote now, or for an objection without a reason.
    """
    with box_of(db, proposal) as line:
        seat = take_seat(line, proposal, actor=actor, now=now)
        put, steps = _open_ballot(seat, actor.id, marks=marks, reason=reason, now=now)
        put_in(line, seat, actor.id, put, steps, now)


def _open_ballot(
    seat: Seat, user_id: UUID, *, marks: str, reason: str, now: datetime
) -> tuple[Write, dict[str, int]]:
    """What puts a ballot in, and by how much the counters move. Raises as `cast_ballot`."""
    rule = seat.decision_rule
    if rule.is_secret:
        raise ValueError("a secret ballot goes into the sealed box (voting.secrecy)")
    refusal = consenting.reason_refusal(seat.method, marks, reason)
    if refusal is not None:
        raise RuleBroken(refusal)
    if seat.ballot_id is not None and not rule.is_changeable:
        raise RuleBroken("The charter makes a ballot final once it is cast.")
    steps = dict.fromkeys(_COUNTERS, 0)
    _step(steps, marks, +1)
    if seat.ballot_id is None:
        steps["ballot_count"] = 1
    else:
        _step(steps, seat.marks, -1)
    return _put(seat, user_id, marks=marks, reason=reason, now=now), steps


@contextmanager
def box_of(db: Session | Wire, proposal: HasId) -> Iterator[Wire]:
    """A wire to a vote that is held until the end of the transaction.

    What a session loaded before shows afterwards what is true then.
    """
    line = wire_of(db)
    with line.transaction():
        hold(line, proposal.id)
        yield line
    if isinstance(db, Session):
        for row in db:
            if isinstance(row, Proposal | Elector | Ballot):
                db.expire(row)


def take_seat(line: Wire, proposal: HasId, *, actor: HasId, now: datetime) -> Seat:
    """One's seat in a vote that is held. Raises RuleBroken with the reason for who may not."""
    seat = get_seat(line, proposal.id, actor.id)
    if seat is None:
        raise RuleBroken("This proposal is gone.")
    refusal = rules.vote_refusal(
        seat.state,
        seat.closes_at,
        now,
        is_elector=seat.elector_id is not None,
        is_member=seat.role is not None,
    )
    if refusal is not None:
        raise RuleBroken(refusal)
    return seat


def _put(seat: Seat, user_id: UUID, *, marks: str, reason: str, now: datetime) -> Write:
    said: dict[str, Any] = {
        "marks": marks,
        "reason": reason,
        "nonce": secrets.token_hex(NONCE_BYTES),
        "cast_at": now,
    }
    if seat.ballot_id is None:
        said |= {"id": uuid4(), "proposal_id": seat.id, "user_id": user_id, "round": seat.round}
    values = {f"new_{name}": told for name, told in said.items()}
    if seat.ballot_id is None:
        return _PUT, values
    return _CHANGE, values | {"ballot": seat.ballot_id}


def put_in(
    line: Wire, seat: Seat, user_id: UUID, put: Write, steps: dict[str, int], now: datetime
) -> None:
    """Write a ballot (`put`), mark its elector and member, and move the counters by `steps`."""
    writes = [put]
    if seat.active_on is None or seat.active_on < now.date():
        writes.append(taking_part(seat.guild_id, user_id, now))
    if not seat.has_voted:
        writes.append((_MARK, {"elector": seat.elector_id}))
    if any(steps.values()):
        by = {f"by_{name}": steps.get(name, 0) for name in _COUNTERS}
        writes.append((_COUNT, by | {"proposal": seat.id}))
    line.write_together(*writes)


def _step(steps: dict[str, int], marks: str | None, by: int) -> None:
    """Move the running count of a question; other methods are counted at the close."""
    if marks in set(Choice):
        steps[_COUNTER_OF[Choice(marks)]] += by
