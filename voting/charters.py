"""Deciding how a guild decides: a change of its charter, proposed and carried out.

A proposal of this kind holds the whole new charter and the number of the version it was written
against, so that it never undoes a change that came between (docs/decisions/0104).
"""

from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session

from accounts.models import User
from core.errors import RuleBroken
from guilds import by_decision
from guilds.charter import Charter, DecisionKind
from guilds.charter_diff import Change, changes
from guilds.models import Guild
from guilds.queries import charter_version, get_charter
from voting import services, substance
from voting.mandates import Mandate
from voting.models import Proposal
from voting.question import Case
from voting.substance import charter_in


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
    case: Case,
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
        raise RuleBroken(substance.NOTHING_CHANGES)
    refusal = by_decision.charter_refusal(db, guild, charter, base=base, now=now)
    if refusal is not None:
        raise RuleBroken(refusal)
    question = case.question(
        DecisionKind.CHANGE_CHARTER,
        substance.charter_title(changed),
        deed={"base": base, **substance.charter_terms(charter)},
    )
    return services.put_proposal(db, guild, question, actor=actor, now=now)


def amendment_of(db: Session, proposal: Proposal) -> Amendment | None:
    """What a proposal would change, in sentences; None if it is of another kind."""
    if not substance.proposes_charter(proposal):
        return None
    number = int(proposal.deed["base"])
    version = charter_version(db, proposal.guild_id, number)
    if version is None:
        return None
    return Amendment(
        number, changes(Charter.model_validate(version.rules), charter_in(proposal.deed))
    )


def proposed_anew(db: Session, proposal: Proposal, charter: Charter) -> Charter:
    """What an earlier proposal would change, as a change of the charter in force now.

    What it left as it was stays as it is now, so that nothing decided since is undone.
    """
    version = charter_version(db, proposal.guild_id, int(proposal.deed["base"]))
    if version is None:
        return charter
    before, after = Charter.model_validate(version.rules), charter_in(proposal.deed)
    changed = {kind: rule for kind, rule in after.rules.items() if rule != before.rules[kind]}
    return Charter(rules={**charter.rules, **changed})


def _refusal(db: Session, proposal: Proposal, now: datetime) -> str | None:
    guild = db.get_one(Guild, proposal.guild_id)
    base = int(proposal.deed["base"])
    return by_decision.charter_refusal(db, guild, charter_in(proposal.deed), base=base, now=now)


def _lapsed(db: Session, proposal: Proposal, now: datetime) -> str | None:  # noqa: ARG001 - the signature of lapsed
    """A later version is never taken back, so what was written against an earlier one is over."""
    base, current = int(proposal.deed["base"]), get_charter(db, proposal.guild_id).number
    if current == base:
        return None
    return (
        f"Version {current} of the charter is in force by now, and this was written against "
        f"version {base}. Who still wants it proposes it again, against the one in force."
    )


def _adopt(db: Session, proposal: Proposal, now: datetime) -> None:
    by_decision.adopt_charter(
        db,
        db.get_one(Guild, proposal.guild_id),
        charter_in(proposal.deed),
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


MANDATE = Mandate(_refusal, _adopt, _words, _lapsed)
