"""The debate as the page of a proposal shows it: by stance, counted, a page at a time."""

from typing import Any

from flask import request
from sqlmodel import Session

from core.paging import cut, read_place
from voting import queries
from voting.debate_models import Stance
from voting.models import Proposal
from voting.queries import PAGE
from voting.views.blueprint import url_of

#: stance -> (word, tone) of its pill; a remark has none
STANCE_PILLS = {
    Stance.FOR: ("For", "good"),
    Stance.AGAINST: ("Against", "bad"),
    Stance.QUESTION: ("Question", "warn"),
}
#: stance -> what its filter is called
STANCE_TABS = {
    Stance.QUESTION: "Questions",
    Stance.FOR: "For",
    Stance.AGAINST: "Against",
}


def debate_of(db: Session, proposal: Proposal) -> dict[str, Any]:
    """What there is of the debate from the place and with the stance the request asks for."""
    after = read_place(request.args.get("after"))
    asked = request.args.get("stance", "")
    stance = Stance(asked) if asked in set(Stance) else None
    found = queries.comments(db, proposal, stance=stance, after=after)
    shown, place = cut(found, PAGE, lambda row: (row[0].written_at, row[0].id))
    further = url_of(proposal, stance=stance, after=place, _anchor="debate")
    return {
        "comments": shown,
        "next_url": further if place else None,
        "debate_url": url_of(proposal, stance=stance, _anchor="debate"),
        "debate_is_first": after is None,
        "stance": stance,
        "stance_pills": STANCE_PILLS,
        "stance_tabs": _tabs(db, proposal, stance) if proposal.comment_count else [],
    }


def _tabs(db: Session, proposal: Proposal, stance: Stance | None) -> list[tuple[str, str, bool]]:
    """Filters with their counts, as links; none where no comment takes a side."""
    counts = queries.stance_counts(db, proposal.id)
    if not counts and stance is None:
        return []
    everything = (f"All ({proposal.comment_count:,})", None)
    by_stance = [(f"{name} ({counts.get(one, 0):,})", one) for one, name in STANCE_TABS.items()]
    return [
        (label, url_of(proposal, stance=one, _anchor="debate"), one == stance)
        for label, one in [everything, *by_stance]
    ]
