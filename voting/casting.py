"""Casting a ballot: open ones here; secret ones go to the sealed box (voting.secrecy).

The path of thousands: plain rows, no ORM object, and little work under the proposal's lock, for
which all others wait.
"""

import secrets
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session

from core.database import table_of
from core.errors import RuleBroken
from core.wire import Wire, Write, binds, new, wire_of
from guilds.membership import taking_part
from voting import consenting
from voting.at_once import COUNT, moving, put_first, putting
from voting.models import Ballot, Choice, Elector, Proposal
from voting.seats import Seat, get_seat
from voting.steps import hold

NONCE_BYTES = 16

_ballot, _elector = table_of(Ballot), table_of(Elector)
_CHANGE = (
    _ballot.update()
    .where(_ballot.c.id == sa.bindparam("ballot"))
    .values(binds(_ballot.c[name] for name in ("marks", "reason", "nonce", "cast_at")))
)
_MARK = (
    _elector.update().where(_elector.c.id == sa.bindparam("elector")).values(has_voted=sa.true())
)
_COUNTER_OF = {
    Choice.YES: "yes_count",
    Choice.NO: "no_count",
    Choice.ABSTAIN: "abstain_count",
}


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
        _ask_open(seat, marks, reason)
        steps = Counter[str](ballot_count=int(seat.ballot_id is None))
        steps[_counter_of(marks)] += 1
        steps[_counter_of(seat.marks)] -= 1
        row = _row(seat, actor.id, marks=marks, reason=reason, now=now)
        if seat.ballot_id is None:
            put: Write = putting(_ballot), new(row)
        else:
            put = _CHANGE, new(row) | {"ballot": seat.ballot_id}
        put_in(line, seat, actor.id, put, steps, now)


def cast_seated(line: Wire, seat: Seat, *, actor: HasId, marks: str, now: datetime) -> None:
    """The same where thousands do it: all at once, if it is a first ballot. Raises alike.

    seat: as it was read just now.
    """
    _ask_open(seat, marks, "")
    row = _row(seat, actor.id, marks=marks, reason="", now=now)
    steps = {"ballot_count": 1, _counter_of(marks): 1}
    if not put_first(line, seat, actor.id, ballot=(_ballot, row), steps=steps, now=now):
        cast_ballot(line, seat, actor=actor, marks=marks, now=now)


def _ask_open(seat: Seat, marks: str, reason: str) -> None:
    rule = seat.decision_rule
    if rule.is_secret:
        raise ValueError("a secret ballot goes into the sealed box (voting.secrecy)")
    refusal = consenting.reason_refusal(seat.method, marks, reason)
    if refusal is not None:
        raise RuleBroken(refusal)
    if seat.ballot_id is not None and not rule.is_changeable:
        raise RuleBroken("The charter makes a ballot final once it is cast.")


def _counter_of(marks: str | None) -> str:
    """The running count that moves; "" for what is counted at the close only."""
    return _COUNTER_OF[Choice(marks)] if marks in set(Choice) else ""


def _row(seat: Seat, user_id: UUID, *, marks: str, reason: str, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "proposal_id": seat.id,
        "user_id": user_id,
        "round": seat.round,
        "marks": marks,
        "reason": reason,
        "nonce": secrets.token_hex(NONCE_BYTES),
        "weight": 1,
        "cast_at": now,
    }


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
    refusal = seat.refusal(now)
    if refusal is not None:
        raise RuleBroken(refusal)
    return seat


def put_in(
    line: Wire, seat: Seat, user_id: UUID, put: Write, steps: Mapping[str, int], now: datetime
) -> None:
    """Write a ballot (`put`), mark its elector and member, and move the counters by `steps`."""
    writes = [put]
    if seat.active_on is None or seat.active_on < now.date():
        writes.append(taking_part(seat.guild_id, user_id, now))
    if not seat.has_voted:
        writes.append((_MARK, {"elector": seat.elector_id}))
    if any(steps.values()):
        writes.append((COUNT, moving(seat.id, steps)))
    line.write_together(*writes)
