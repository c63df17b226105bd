"""A first ballot, all at once: nobody waits for a vote while its holder thinks.

What writes also asks whether the vote and the seat still are as they were read. If not, nothing is
done, and the way with a lock says why (voting.casting, docs/decisions/0202 and 0303).
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from core.database import table_of
from core.wire import Wire, binds, new
from guilds.membership import taking_part
from guilds.models import Membership
from voting.models import Elector, Proposal, ProposalState
from voting.seats import Seat

_elector, _proposal, _member = table_of(Elector), table_of(Proposal), table_of(Membership)
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
    is_first = not seat.has_voted and seat.ballot_id is None and seat.refusal(now) is None
    if line.is_owned or not is_first:  # what undoes all would undo its owner's deeds
        return False
    table, said = ballot
    took_part, values = taking_part(seat.guild_id, user_id, now)
    values |= new(said) | moving(seat.id, steps)
    values |= {"elector": seat.elector_id, "round": seat.round, "now": now}
    if line.dialect.name == "postgresql":
        try:
            line.run(_all(table, took_part), values)
        except sa.exc.DataError:
            return False
        return True
    with line.transaction():
        if not line.run(_MARK_WHILE_VOTING, values):
            return False
        for statement in (putting(table), took_part, COUNT):
            line.run(statement, values)
    return True


@cache
def putting(table: sa.Table) -> sa.Insert:
    """What inserts a whole row."""
    return table.insert().values(binds(table.c))


COUNT = (
    _proposal.update()
    .where(_proposal.c.id == sa.bindparam("proposal"))
    .values({name: _proposal.c[name] + sa.bindparam(f"by_{name}") for name in _COUNTERS})
)


def moving(proposal_id: UUID, steps: Mapping[str, int]) -> dict[str, Any]:
    """The values of COUNT."""
    return {"proposal": proposal_id, **{f"by_{name}": steps.get(name, 0) for name in _COUNTERS}}


_proposals = _proposal.c
_BELONGS = sa.select(_member.c.id).where(
    _member.c.guild_id == sa.bindparam("in_guild"), _member.c.user_id == sa.bindparam("by_user")
)
#: of a vote that still goes on as it did when the seat was read
_VOTES = (
    _proposals.id == sa.bindparam("proposal"),
    _proposals.state == ProposalState.VOTING,
    _proposals.closes_at > sa.bindparam("now", type_=_proposals.closes_at.type),
    _proposals.round == sa.bindparam("round"),
)
#: somebody who has not voted and still belongs to the guild (docs/decisions/0201)
_MARK = (
    _elector.update()
    .where(_elector.c.id == sa.bindparam("elector"), _elector.c.has_voted.is_(sa.false()))
    .where(sa.exists(_BELONGS))
    .values(has_voted=sa.true())
    .returning(_elector.c.id)
)
#: not made where it is used: SQLAlchemy keeps what COUNT returned when it was first built
_COUNT_WHILE_VOTING = COUNT.where(*_VOTES).returning(_proposals.id)
_MARK_WHILE_VOTING = _MARK.where(sa.exists(sa.select(_proposals.id).where(*_VOTES)))


@cache
def _all(table: sa.Table, took_part: sa.Update) -> sa.Executable:
    """PostgreSQL: everything in one statement, the proposal's row first, as everybody takes it.

    Its row is asked nothing that another step did: PostgreSQL judges a row for which it had to
    wait anew, and then sees no such step. So who is not marked any more is counted by then, and
    division by none undoes it.
    """
    counted = _COUNT_WHILE_VOTING.cte("counted")
    marked = _MARK.where(sa.exists(sa.select(counted.c.id))).cte("marked")
    is_marked = sa.exists(sa.select(marked.c.id))
    row = binds(table.c)
    put = table.insert().from_select(
        list(row), sa.select(*row.values()).where(is_marked), include_defaults=False
    )
    return sa.select(sa.literal(1) // sa.func.count(marked.c.id)).add_cte(
        put.cte("put"), took_part.where(is_marked).cte("took_part")
    )
