"""A first ballot, all at once: nobody waits for a vote while its holder thinks.

What writes also asks whether the vote and the seat still are as they were read. If not, nothing is
done, and the way with a lock says why (voting.casting, docs/decisions/0202 and 0303).
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa

from core.database import table_of
from core.wire import Wire
from guilds.membership import taking_part
from voting import rules
from voting.models import Elector, Proposal, ProposalState
from voting.seats import Seat

_elector, _proposal = table_of(Elector), table_of(Proposal)
_COUNTERS = ("ballot_count", "yes_count", "no_count", "abstain_count")


def put_first(
    line: Wire,
    seat: Seat,
    user_id: UUID,
    *,
    ballot: tuple[sa.Table, dict[str, Any]],
    steps: Mapping[str, int],
    now: datetime,
) -> bool:
    """Put in somebody's first ballot; False: it is not one, or not any more, and nothing was done.

    ballot: a table and what of each of its columns; steps: by how much the counters move.
    """
    if seat.has_voted or seat.ballot_id is not None or vote_refusal(seat, now) is not None:
        return False
    table, said = ballot
    took_part, values = taking_part(seat.guild_id, user_id, now)
    values |= new(said) | moving(seat.id, steps)
    values |= {"elector": seat.elector_id, "round": seat.round, "now": now}
    if line.dialect.name == "postgresql":
        return bool(line.run(_all(table, took_part), values))
    with line.transaction():
        if not line.run(_mark(), values):
            return False
        for statement in (putting(table), took_part, COUNT):
            line.run(statement, values)
    return True


def vote_refusal(seat: Seat, now: datetime) -> str | None:
    """Why whoever sits there cannot vote, or None."""
    return rules.vote_refusal(
        seat.state,
        seat.closes_at,
        now,
        is_elector=seat.elector_id is not None,
        is_member=seat.role is not None,
    )


def new(said: dict[str, Any]) -> dict[str, Any]:
    """The values of `putting`."""
    return {f"new_{name}": told for name, told in said.items()}


@cache
def putting(table: sa.Table) -> sa.Insert:
    """What inserts a whole row."""
    return table.insert().values(_binds(table))


def _binds(table: sa.Table) -> dict[str, sa.BindParameter[Any]]:
    return {one.name: sa.bindparam(f"new_{one.name}", type_=one.type) for one in table.c}


COUNT = (
    _proposal.update()
    .where(_proposal.c.id == sa.bindparam("proposal"))
    .values({name: _proposal.c[name] + sa.bindparam(f"by_{name}") for name in _COUNTERS})
)


def moving(proposal_id: UUID, steps: Mapping[str, int]) -> dict[str, Any]:
    """The values of COUNT."""
    return {"proposal": proposal_id, **{f"by_{name}": steps.get(name, 0) for name in _COUNTERS}}


def _still_votes() -> sa.Select[Any]:
    column = _proposal.c
    return sa.select(column.id).where(
        column.id == sa.bindparam("proposal"),
        column.state == ProposalState.VOTING,
        column.closes_at > sa.bindparam("now", type_=column.closes_at.type),
        column.round == sa.bindparam("round"),
    )


@cache
def _mark(voting: Any = None) -> Any:
    """What marks an elector who has not voted, of a vote that still goes on."""
    return (
        _elector.update()
        .where(_elector.c.id == sa.bindparam("elector"), _elector.c.has_voted.is_(sa.false()))
        .where(sa.exists(_still_votes() if voting is None else sa.select(voting.c.id)))
        .values(has_voted=sa.true())
        .returning(_elector.c.id)
    )


@cache
def _all(table: sa.Table, took_part: sa.Update) -> sa.Executable:
    """PostgreSQL: everything in one statement, the proposal's row first, as everybody takes it."""
    voting = _still_votes().with_for_update().cte("voting")
    marked = _mark(voting).cte("marked")
    is_marked = sa.exists(sa.select(marked.c.id))
    binds = _binds(table)
    put = table.insert().from_select(
        list(binds), sa.select(*binds.values()).where(is_marked), include_defaults=False
    )
    counted = COUNT.where(is_marked).returning(_proposal.c.id)
    return cast(
        sa.Executable, counted.add_cte(put.cte("put"), took_part.where(is_marked).cte("took_part"))
    )
