"""The versions of a proposal's text and what changed between any two."""

from collections.abc import Sequence
from typing import Protocol, TypeVar
from uuid import UUID

from flask import render_template, request

from core.database import get_db
from guilds.charter import DecisionKind
from guilds.charter_diff import Change
from voting import consenting, differences, queries, substance
from voting.models import OPEN_STATES, Proposal, ProposalState
from voting.views.blueprint import Page, bp, proposal_of


@bp.get("/decisions/<uuid:proposal_id>/versions")
def versions(proposal_id: UUID) -> Page:
    """Every version, and the difference between two: the last two if none is named."""
    shown = proposal_of(proposal_id)
    found = queries.versions(get_db(), proposal_id)
    before, after = two_named(found)
    changes, of_terms = None, []
    if before and after:
        changes = {
            "title": differences.words(before.title, after.title),
            "text": differences.words(before.text, after.text),
        }
        of_terms = _of_terms(shown.proposal, before.number, after.number)
    return render_template(
        "voting/versions.html",
        proposal=shown.proposal,
        guild=shown.guild,
        role=shown.role,
        versions=found,
        before=before,
        after=after,
        changes=changes,
        terms_changes=of_terms,
        freezing=_freezing(shown.proposal),
    )


def _freezing(proposal: Proposal) -> str:
    """Until when the text may change, in a sentence; "" for what ended before it froze."""
    if consenting.is_by_consent(proposal):
        return "Each round of consent is about one of them."
    if proposal.electorate_count is not None:
        return "It froze when voting opened."
    is_ended = proposal.state not in OPEN_STATES | {ProposalState.DRAFT}
    return "" if is_ended else "It freezes when voting opens."


def _of_terms(proposal: Proposal, before: int, after: int) -> list[Change]:
    """How what was asked besides the words differs between two versions."""
    if not substance.has_terms(proposal):
        return []
    was, came = (substance.terms_of_version(get_db(), proposal, n) for n in (before, after))
    return substance.changes(was, came, of_people=proposal.kind == DecisionKind.ELECT)


class Numbered(Protocol):
    """A version of something."""

    @property
    def number(self) -> int: ...


T = TypeVar("T", bound=Numbered)


def two_named(found: Sequence[T]) -> tuple[T | None, T | None]:
    """The versions whose numbers the address names, else the last two: the earlier, the later."""
    after = _named(found, "after", len(found) - 1)
    before = _named(found, "before", max(0, found.index(after) - 1) if after else 0)
    return before, after


def _named(found: Sequence[T], name: str, usual: int) -> T | None:
    """The version whose number the address names, or the usual one; None if there are none."""
    asked = request.args.get(name, "")
    for version in found:
        if str(version.number) == asked:
            return version
    return found[usual] if found else None
