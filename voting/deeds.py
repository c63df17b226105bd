"""Deeds that are the record itself: a resolution, money granted. Others stand with what they do."""

from datetime import datetime
from fractions import Fraction
from functools import partial

from sqlmodel import Session

from guilds.charter import BUDGETING, ONE_QUESTION
from voting import queries
from voting.explaining.parts import money_text
from voting.mandates import Mandate
from voting.models import Proposal, ProposalState


def _always(_db: Session, _proposal: Proposal, _now: datetime) -> str | None:
    return None


def _stands_recorded(_db: Session, _proposal: Proposal, _now: datetime) -> None:
    """The record of the decision is all there is to do."""


def _resolution(_db: Session, proposal: Proposal) -> list[str]:
    said = ["It stands in the list of what the guild has resolved, with its numbers."]
    if proposal.state == ProposalState.PASSED and proposal.method not in ONE_QUESTION:
        winners = (proposal.result or {}).get("winners", [])
        said.insert(0, f"Chosen: {', '.join(winners)}.")
    return said


def _money(db: Session, proposal: Proposal) -> list[str]:
    said = ["What was granted is on record. Money itself is moved by people, not by this site."]
    if proposal.state != ProposalState.PASSED or proposal.method not in BUDGETING:
        return said
    granted = set((proposal.result or {}).get("winners", []))
    projects = [one for one in queries.options(db, proposal.id) if one.name in granted]
    money = partial(money_text, currency=proposal.settings.get("currency", ""))
    names = ", ".join(f"{one.name} ({money(one.cost or '0')})" for one in projects)
    total = sum((Fraction(one.cost or "0") for one in projects), Fraction(0))
    of = proposal.settings.get("budget", "")
    end = f" of {money(of)}" if of else ""
    return [f"Granted: {names}.", f"Together: {money(total)}{end}.", *said]


RESOLUTION = Mandate(_always, _stands_recorded, _resolution)
SPEND = Mandate(_always, _stands_recorded, _money)
