"""Deciding where a guild stands on a bill: the proposal, and its mandate."""

from datetime import datetime

from sqlmodel import Session

from accounts.models import User
from core.errors import RuleBroken
from guilds.charter import DecisionKind
from guilds.models import Guild
from legislation.models import Bill, GuildStance
from legislation.stances import STANCE_WORDS, current_stance, take_stance
from voting import services, verdicts
from voting.mandates import Mandate
from voting.models import TITLE_LENGTH, Proposal
from voting.question import Case

GONE = "The bill is not kept here any more."


def propose_stance(
    db: Session,
    guild: Guild,
    bill: Bill,
    stance: GuildStance,
    *,
    case: Case,
    actor: User,
    now: datetime,
) -> Proposal:
    """Ask a guild to take a stance, under its charter's rule. Raises NotAllowed, RuleBroken."""
    question = case.question(
        DecisionKind.BILL_STANCE,
        _title(bill, stance),
        subject_id=bill.id,
        deed={"stance": stance.value},
    )
    return services.put_proposal(db, guild, question, actor=actor, now=now)


def _title(bill: Bill, stance: GuildStance) -> str:
    verb = {"support": "Support", "oppose": "Oppose", "neutral": "Take no side on"}[stance]
    title = f"{verb} {bill.identifier}: {bill.title}"
    return title if len(title) <= TITLE_LENGTH else f"{title[: TITLE_LENGTH - 1].rstrip()}…"


def _refusal(db: Session, proposal: Proposal, now: datetime) -> str | None:  # noqa: ARG001 - a check's signature
    bill = db.get(Bill, proposal.subject_id) if proposal.subject_id else None
    if bill is None:
        return GONE
    stands = current_stance(db, bill.id, proposal.guild_id)
    decided_at = proposal.decided_at
    if stands is not None and decided_at is not None and stands.taken_at > decided_at:
        return "The guild has decided anew on this bill since."
    return None


def _take(db: Session, proposal: Proposal, now: datetime) -> None:
    bill = db.get(Bill, proposal.subject_id) if proposal.subject_id else None
    if bill is None:
        raise RuleBroken(GONE)
    take_stance(
        db,
        bill,
        db.get_one(Guild, proposal.guild_id),
        GuildStance(proposal.deed["stance"]),
        decision_id=proposal.id,
        numbers=verdicts.numbers_for_everyone(proposal),
        now=now,
    )


def _words(db: Session, proposal: Proposal) -> list[str]:
    bill = db.get(Bill, proposal.subject_id) if proposal.subject_id else None
    if bill is None:
        return [GONE]
    guild = db.get_one(Guild, proposal.guild_id)
    stands = STANCE_WORDS[GuildStance(proposal.deed["stance"])]
    seen = "everyone" if guild.is_listed else "the guild's own members, for it is not listed"
    return [f"The page of {bill.identifier} says that {guild.name} {stands}, to {seen}."]


MANDATE = Mandate(_refusal, _take, _words)
