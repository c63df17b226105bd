"""Amendments that change more than words, for tests: how they are offered and voted through."""

from sqlmodel import Session

from accounts.models import User
from guilds.charter import Charter, Method
from tests.builders import MEANS, NOW
from voting import amending, casting, closing, queries, services, substance
from voting.debate_models import Amendment
from voting.models import Choice, Proposal, ProposalState
from voting.question import OptionFacts
from voting.substance import Terms


def offer(db: Session, proposal: Proposal, actor: User, terms: Terms, text: str = "") -> Amendment:
    return amending.propose_amendment(
        db,
        proposal,
        text=text or proposal.text,
        terms=terms,
        reason="Better so.",
        base_version=proposal.version,
        actor=actor,
        now=NOW,
    )


def rules(charter: Charter, method: Method = Method.MAJORITY) -> Terms:
    return substance.decided_by(substance.charter_terms(charter), method)


def asked_by(db: Session, proposal: Proposal, *options: OptionFacts, **settings: str) -> Terms:
    """The terms of a choice, with these options and settings instead of its own."""
    terms = substance.terms_of(db, proposal)
    listed = {
        one.name: {"note": one.note, "cost": one.cost, "is_member": one.user_id is not None}
        for one in options
    }
    return {
        "options": listed or terms["options"],
        "settings": {**terms["settings"], **settings},
    }


def names(db: Session, proposal: Proposal) -> list[str]:
    return [option.name for option in queries.options(db, proposal.id)]


def vote_through(db: Session, proposal: Proposal, *voters: User, marks: str = Choice.YES) -> None:
    if proposal.state == ProposalState.DELIBERATION:
        services.open_voting(db, proposal, now=proposal.opens_at)
    for voter in voters:
        casting.cast_ballot(db, proposal, actor=voter, marks=marks, now=proposal.opens_at)
    closing.close_proposal(db, proposal, MEANS, now=proposal.closes_at)
