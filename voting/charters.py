"""Deciding how a guild decides: a change of its charter, proposed and carried out.

A proposal of this kind holds the whole new charter and the number of the version it was written
against, so that it never undoes a change that came between (docs/decisions/0104).
"""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlmodel import Session

from accounts.models import User
from core.errors import RuleBroken
from core.templating import count
from guilds import by_decision
from guilds.charter import Charter, DecisionKind, Method
from guilds.charter_diff import Change, changes
from guilds.models import Guild
from guilds.queries import charter_version, get_charter
from voting import services
from voting.mandates import Mandate
from voting.models import Proposal
from voting.question import Question

NOTHING_CHANGES = "This charter reads exactly like the one in force."


class Amendment(NamedTuple):
    """What a proposal to change the charter would change. number: of the version it is against."""

    number: int
    changes: list[Change]


def propose_change(
    db: Session,
    guild: Guild,
    charter: Charter,
    *,
    base: int,
    why: str,
    voting_length: timedelta,
    method: Method | None = None,
    actor: User,
    now: datetime,
) -> Proposal:
    """Ask a guild to change its charter, under the version in force.

    base: number of the version it was written against. Raises NotAllowed; RuleBroken if nothing
    changes, if another version is in force by now, or for a dead end.
    """
    before = Charter.model_validate(get_charter(db, guild.id).rules)
    changed = changes(before, charter)
    if not changed:
        raise RuleBroken(NOTHING_CHANGES)
    refusal = by_decision.charter_refusal(db, guild, charter, base=base, now=now)
    if refusal is not None:
        raise RuleBroken(refusal)
    question = Question(
        kind=DecisionKind.CHANGE_CHARTER,
        title=_title(changed),
        text=why,
        voting_length=voting_length,
        method=method,
        deed={"base": base, "rules": charter.model_dump(mode="json")["rules"]},
    )
    return services.put_proposal(db, guild, question, actor=actor, now=now)


def amendment_of(db: Session, proposal: Proposal) -> Amendment | None:
    """What a proposal would change, in sentences; None if it is of another kind."""
    if proposal.kind != DecisionKind.CHANGE_CHARTER or "rules" not in proposal.deed:
        return None
    number = int(proposal.deed["base"])
    version = charter_version(db, proposal.guild_id, number)
    if version is None:
        return None
    return Amendment(number, changes(Charter.model_validate(version.rules), _proposed(proposal)))


def _title(changed: list[Change]) -> str:
    """Such as "Change the charter: Spend money" or "Change the charter for 5 kinds of decision"."""
    names = [name for change in changed for name in change.kinds]
    if len(names) == 1:
        return f"Change the charter: {names[0]}"
    return f"Change the charter for {count(len(names), 'kind')} of decision"


def _proposed(proposal: Proposal) -> Charter:
    return Charter.model_validate({"rules": proposal.deed["rules"]})


def _refusal(db: Session, proposal: Proposal, now: datetime) -> str | None:
    guild = db.get_one(Guild, proposal.guild_id)
    base = int(proposal.deed["base"])
    return by_decision.charter_refusal(db, guild, _proposed(proposal), base=base, now=now)


def _adopt(db: Session, proposal: Proposal, now: datetime) -> None:
    by_decision.adopt_charter(
        db,
        db.get_one(Guild, proposal.guild_id),
        _proposed(proposal),
        base=int(proposal.deed["base"]),
        decision_id=proposal.id,
        now=now,
    )


def _words(db: Session, proposal: Proposal) -> list[str]:  # noqa: ARG001 - the signature of words
    base = int(proposal.deed["base"])
    return [
        f"Version {base + 1} of the charter comes into force, with the changes shown above. "
        "Proposals put before keep the version they were put under."
    ]


MANDATE = Mandate(_refusal, _adopt, _words)
