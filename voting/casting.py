"""Casting a ballot: open ones here; secret ones go to the sealed box (voting.secrecy).

The path of thousands: plain rows, no ORM object, and little work under the proposal's lock, for
which all others wait.
"""

import secrets
from datetime import datetime
from typing import Any, Protocol, TypeAlias
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlmodel import Session

from core.database import table_of, write_together
from core.errors import RuleBroken
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


#: a statement with its parameters
Write: TypeAlias = tuple[Any, dict[str, Any]]


class HasId(Protocol):
    """A proposal, a person: here only which one matters."""

    @property
    def id(self) -> UUID: ...


def cast_ballot(
    db: Session,
    proposal: HasId,
    *,
    actor: HasId,
    marks: str,
    reason: str = "",
    now: datetime,
) -> None:
    """Cast an open ballot, or change one's own. Counters and ballot move together under the lock.

    marks: as voting.marks writes them for the proposal's method. Raises RuleBroken with the reason
    why this person cannot vote now, or for an objection without a reason.
    """
    seat = take_seat(db, proposal, actor=actor, now=now)
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
    put = _put(seat, actor.id, marks=marks, reason=reason, now=now)
    put_in(db, seat, actor.id, put, steps, now)


def take_seat(db: Session, proposal: HasId, *, actor: HasId, now: datetime) -> Seat:
    """Lock a vote and take one's seat in it. Raises RuleBroken with the reason for who may not."""
    db.flush()
    hold(db, proposal.id)
    seat = get_seat(db.connection(), proposal.id, actor.id)
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
    db: Session, seat: Seat, user_id: UUID, put: Write, steps: dict[str, int], now: datetime
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
    write_together(db, *writes)
    for row in db:  # what was loaded before shows what is true now
        if isinstance(row, Proposal | Elector | Ballot):
            db.expire(row)


def _step(steps: dict[str, int], marks: str | None, by: int) -> None:
    """Move the running count of a question; other methods are counted at the close."""
    if marks in set(Choice):
        steps[_COUNTER_OF[Choice(marks)]] += by
