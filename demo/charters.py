"""The scenes of the charter: changed by a vote; a change amended while it is debated."""

from datetime import datetime, timedelta
from fractions import Fraction
from functools import partial
from typing import Any

import voting.amending
import voting.charters
from demo.choices import goes_on, said
from demo.play import Play
from demo.story import choices as told
from guilds.charter import Charter, DecisionKind, DecisionRule
from guilds.queries import get_charter
from voting import substance
from voting.models import Proposal
from voting.question import Case

HALF, SIXTEEN = {"quorum_share": Fraction(1, 2)}, {"quorum_least": 16}
SLOWER = {"quorum_least": 15, "deliberation": timedelta(days=3)}


def charter_changes(play: Play) -> None:
    for guild, by, day, length, yes, no, why in told.CHARTER_CHANGES:
        marks = said(yes, no)
        play.at(play.day(day), partial(_change, play, guild, by, length, why, marks))
    for guild, by, day, length, why, member, reason, voices in told.CHARTER_AMENDED:
        scene = partial(_is_amended, play, guild, by, length, why, member, reason, voices)
        play.at(play.day(day), scene)


def _spending(play: Play, guild: str, changes: dict[str, Any]) -> tuple[int, Charter]:
    """Number of the charter in force, and that charter with spending decided otherwise."""
    version = get_charter(play.db, play.guilds[guild].id)
    before = Charter.model_validate(version.rules).rules
    kind = DecisionKind.SPEND
    spend = DecisionRule.model_validate({**before[kind].model_dump(), **changes})
    return version.number, Charter(rules={**before, kind: spend})


def _put(
    play: Play,
    guild: str,
    by: str,
    length: float,
    why: str,
    changes: dict[str, Any],
    now: datetime,
) -> Proposal:
    base, charter = _spending(play, guild, changes)
    return voting.charters.propose_change(
        play.db,
        play.guilds[guild],
        charter,
        base=base,
        case=Case(why, timedelta(days=length)),
        actor=play.people[by],
        now=now,
    )


def _change(
    play: Play, guild: str, by: str, length: float, why: str, marks: list[str], now: datetime
) -> None:
    """Spending asks for the ballots of half the members from then on."""
    goes_on(play, _put(play, guild, by, length, why, HALF, now), marks, now)


def _is_amended(
    play: Play,
    guild: str,
    by: str,
    length: float,
    why: str,
    member: str,
    reason: str,
    voices: tuple[str, ...],
    now: datetime,
) -> None:
    """Sixteen must take part where money is spent; a member would rather have more time."""
    proposal = _put(play, guild, by, length, why, SIXTEEN, now)
    amendment = voting.amending.propose_amendment(
        play.db,
        proposal,
        text=proposal.text,
        terms=substance.charter_terms(_spending(play, guild, SLOWER)[1]),
        reason=reason,
        base_version=proposal.version,
        actor=play.people[member],
        now=now,
    )
    for handle in voices:
        voting.amending.speak(play.db, amendment, actor=play.people[handle], is_for=True, now=now)
    goes_on(play, proposal, said(9, 3), now)
