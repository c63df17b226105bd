"""One person's seat in a vote, as casting meets it: a plain row, as thousands wait for it."""

from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from core.database import table_of
from core.wire import Wire
from guilds.charter import DecisionRule, Method
from guilds.models import Guild, Membership, Role
from voting import rules
from voting.models import Ballot, Elector, Proposal, ProposalOption, ProposalState


class SeatGuild(NamedTuple):
    """The guild that votes, as its pages are headed."""

    slug: str
    name: str


class Seat(NamedTuple):
    """A proposal and what one person is in it.

    elector_id: None, not in the electorate; role: None, no member of the guild; ballot_id: of the
    open ballot cast in this round.
    """

    id: UUID
    guild_id: UUID
    title: str
    state: ProposalState
    method: Method
    rule: dict[str, Any]
    settings: dict[str, str]
    round: int
    closes_at: datetime
    ballot_count: int
    guild_slug: str
    guild_name: str
    elector_id: UUID | None
    has_voted: bool | None
    role: Role | None
    active_on: date | None
    ballot_id: UUID | None
    marks: str | None

    @property
    def decision_rule(self) -> DecisionRule:
        """The charter's rule the proposal was put under."""
        return DecisionRule.model_validate(self.rule)

    def refusal(self, now: datetime) -> str | None:
        """Why whoever sits here cannot vote, or None."""
        return rules.vote_refusal(
            self.state,
            self.closes_at,
            now,
            is_elector=self.elector_id is not None,
            is_member=self.role is not None,
        )

    @property
    def guild(self) -> SeatGuild:
        return SeatGuild(self.guild_slug, self.guild_name)


_proposal, _guild, _elector = table_of(Proposal), table_of(Guild), table_of(Elector)
_membership, _ballot, _option = table_of(Membership), table_of(Ballot), table_of(ProposalOption)
_person = sa.bindparam("person", type_=_elector.c.user_id.type)

_SEAT = (
    sa.select(
        *(
            _proposal.c[name]
            for name in (
                "id", "guild_id", "title", "state", "method", "rule", "settings", "round",
                "closes_at", "ballot_count",
            )
        ),
        _guild.c.slug,
        _guild.c.name,
        _elector.c.id,
        _elector.c.has_voted,
        _membership.c.role,
        _membership.c.active_on,
        _ballot.c.id,
        _ballot.c.marks,
    )
    .join(_guild, _guild.c.id == _proposal.c.guild_id)
    .join(
        _elector,
        (_elector.c.proposal_id == _proposal.c.id) & (_elector.c.user_id == _person),
        isouter=True,
    )
    .join(
        _membership,
        (_membership.c.guild_id == _proposal.c.guild_id) & (_membership.c.user_id == _person),
        isouter=True,
    )
    .join(
        _ballot,
        (_ballot.c.proposal_id == _proposal.c.id)
        & (_ballot.c.user_id == _person)
        & (_ballot.c.round == _proposal.c.round),
        isouter=True,
    )
    .where(_proposal.c.id == sa.bindparam("proposal"))
)  # fmt: skip

_OPTIONS = (
    sa.select(_option.c.name)
    .where(_option.c.proposal_id == sa.bindparam("proposal"))
    .order_by(_option.c.position)
)


def get_seat(line: Wire, proposal_id: UUID, user_id: UUID) -> Seat | None:
    """What a person is in a vote; None: there is no such proposal."""
    rows = line.run(_SEAT, {"proposal": proposal_id, "person": user_id})
    return Seat._make(rows[0]) if rows else None


def option_names(line: Wire, proposal_id: UUID) -> list[str]:
    """What there is to choose, in the order of the ballot paper."""
    return [name for (name,) in line.run(_OPTIONS, {"proposal": proposal_id})]
