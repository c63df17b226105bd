"""Asking again what has ended: where a proposal of its kind begins, and what stands there then."""

from typing import Any, NamedTuple
from uuid import UUID

from flask import request, url_for
from sqlmodel import Session

from accounts.identity import me
from guilds.charter import DecisionKind
from guilds.membership import get_membership
from guilds.models import Guild
from voting import memberships, queries, rules
from voting.models import OPEN_STATES, Proposal, ProposalState
from voting.queries import Shown

#: kinds that are written as text; the others are put from what they are about
TYPED_KINDS = (DecisionKind.RESOLUTION, DecisionKind.SPEND, DecisionKind.ELECT)
#: what is put from a page of its own, with words of its own -> that page, and what it is called
PAGES: dict[DecisionKind, tuple[str, str, str]] = {
    DecisionKind.OPEN_PETITION: ("petitions.detail", "petition_id", "petition"),
    DecisionKind.EVENT: ("events.detail", "event_id", "event"),
}


class Again(NamedTuple):
    """page: what the address is the page of, "petition" or "event"; "": a form with this text."""

    url: str
    page: str = ""


def again_of(db: Session, shown: Shown) -> Again | None:
    """Where what has ended is asked again; None if I may not, or there is nobody left to ask of."""
    proposal, guild, role = shown
    if proposal.state in OPEN_STATES or proposal.state == ProposalState.DRAFT:
        return None
    kind = DecisionKind(proposal.kind)
    if not rules.can_propose(role, queries.rule_in_force(db, guild.id, kind)):
        return None
    if kind in PAGES:
        return _from_its_page(proposal, kind)
    place = _place(db, proposal, guild, kind)
    if place is None:
        return None
    endpoint, of_whom = place
    address: dict[str, Any] = {"slug": guild.slug, **of_whom, "from": proposal.id}
    return Again(url_for(endpoint, **address))


def _from_its_page(proposal: Proposal, kind: DecisionKind) -> Again | None:
    """None for what passed: there it has been opened, or called."""
    if proposal.state == ProposalState.PASSED or proposal.subject_id is None:
        return None
    endpoint, argument, page = PAGES[kind]
    place: dict[str, Any] = {argument: proposal.subject_id}
    return Again(url_for(endpoint, **place), page)


def _place(
    db: Session, proposal: Proposal, guild: Guild, kind: DecisionKind
) -> tuple[str, dict[str, UUID]] | None:
    """The endpoint of the form, and what it is asked for besides its guild."""
    if kind in TYPED_KINDS:
        return "voting.new", {}
    if kind == DecisionKind.CHANGE_CHARTER:
        return "voting.change_charter", {}
    if kind == DecisionKind.BILL_STANCE:
        return ("voting.stance", {"bill_id": proposal.subject_id}) if proposal.subject_id else None
    person = memberships.person_of(db, proposal)
    membership = get_membership(db, guild, person.id) if person else None
    admits = proposal.deed.get("action") == memberships.ADMIT  # asked for by who wants to come
    if membership is None or admits:
        return None
    endpoint = "propose_role" if kind == DecisionKind.ROLE else "propose_expulsion"
    return f"voting.{endpoint}", {"membership_id": membership.id}


def origin_of(db: Session, guild: Guild, *kinds: DecisionKind) -> Proposal | None:
    """The earlier proposal of these kinds and this guild that the address begins from, if any."""
    try:
        wanted = UUID(request.args.get("from", ""))
    except ValueError:
        return None
    shown = queries.get_proposal(db, wanted, me())
    if shown is None or shown.guild.id != guild.id or shown.proposal.kind not in kinds:
        return None
    return shown.proposal
