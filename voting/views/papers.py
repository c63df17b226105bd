"""Ballot papers as pages show them: one row an option, with what was marked and what is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlmodel import Session

from guilds.charter import ONE_QUESTION, DecisionKind, Method
from voting import consenting, papers, queries
from voting.explaining.parts import money_text
from voting.forms import CHOICE_NAMES
from voting.models import Ballot, Choice, Proposal, ProposalOption, ProposalState
from voting.papers import Asked, Reading, Style
from voting.views.results import explanation_of, verdict_of

#: scores are offered side by side up to here, in a list above
MOST_BESIDE = 11


@dataclass(frozen=True)
class Row:
    """One option on the paper.

    field: name of its control; typed: what stands in it; price: its cost in words.
    """

    field: str
    name: str
    note: str
    cost: str
    price: str
    typed: str
    error: str


@dataclass(frozen=True)
class Sheet:
    """A paper to fill in. budget: what may be spent, "" where nothing is; currency: of money."""

    asked: Asked
    rows: Sequence[Row]
    is_blank: bool
    error: str
    budget: str
    currency: str

    @property
    def money(self) -> str:
        return money_text(self.budget, self.currency)

    @property
    def is_beside(self) -> bool:
        return len(self.asked.numbers) <= MOST_BESIDE

    @property
    def has_errors(self) -> bool:
        return bool(self.error) or any(row.error for row in self.rows)


def asked_of(proposal: Proposal, options: Sequence[ProposalOption]) -> Asked:
    names = [option.name for option in options]
    return papers.asked_of(proposal.method, names, proposal.settings)


def typed_in(form: Mapping[str, str], count: int) -> list[str]:
    """What a request holds for each option; what is missing is no mark."""
    return [form.get(f"mark-{place}", "")[:20] for place in range(count)]


def sheet_of(
    proposal: Proposal,
    options: Sequence[ProposalOption],
    *,
    mine: Ballot | None = None,
    typed: Sequence[str] | None = None,
    is_blank: bool = False,
    reading: Reading | None = None,
) -> Sheet:
    """The paper with my ballot on it, or with what came back with errors (typed, reading)."""
    asked = asked_of(proposal, options)
    if typed is None:
        typed = papers.typed_of(asked, mine.marks) if mine else [""] * len(options)
        is_blank = mine is not None and papers.is_blank(mine.marks)
    wrong = reading or Reading()
    budget, currency = (proposal.settings.get(name, "") for name in ("budget", "currency"))
    rows = [
        Row(
            field=f"mark-{place}",
            name=option.name,
            note=option.note,
            cost=option.cost,
            price=money_text(option.cost or "0", currency),
            typed=typed[place],
            error=wrong.errors.get(place, ""),
        )
        for place, option in enumerate(options)
    ]
    return Sheet(asked, rows, is_blank, wrong.error, budget, currency)


def hint_of(sheet: Sheet) -> str:
    """How to fill it in, in a sentence or two."""
    asked = sheet.asked
    if asked.style == Style.RANK:
        shared = (
            "Options you like equally may share a rank."
            if asked.equal_ranks
            else "Every rank goes to one option."
        )
        return (
            "1 is your first choice, 2 your second, and so on. Rank as many as you like. " + shared
        )
    if asked.style == Style.SCORE:
        return (
            f"{asked.highest} is best, {asked.lowest} is worst. "
            "Leave out what you have no opinion of."
        )
    if sheet.budget:
        return "Tick every project you support, also if together they cost more than there is."
    return "Tick every option you could live with; there is no limit."


def words_of(proposal: Proposal, options: Sequence[ProposalOption], ballot: Ballot) -> list[str]:
    """What a ballot says, a line each."""
    if proposal.method == Method.CONSENT:
        return consenting.answer_in_words(ballot)
    if proposal.method in ONE_QUESTION:
        return [CHOICE_NAMES[Choice(ballot.marks)]]
    return papers.in_words(asked_of(proposal, options), ballot.marks)


def ballot_of(
    db: Session, proposal: Proposal, *, mine: Ballot | None, sheet: Sheet | None = None
) -> dict[str, Any]:
    """What the page of a proposal shows of its options, its paper and my ballot."""
    options = queries.options(db, proposal.id)
    has_options = proposal.method not in ONE_QUESTION
    if sheet is None and has_options and proposal.state == ProposalState.VOTING:
        sheet = sheet_of(proposal, options, mine=mine)
    return {
        "options": options,
        "standing_as": queries.memberships_standing(db, proposal.guild_id, proposal.id)
        if proposal.kind == DecisionKind.ELECT
        else {},
        "money": partial(money_text, currency=proposal.settings.get("currency", "")),
        "explanation": explanation_of(proposal, options),
        "verdict_title": verdict_of(proposal),
        "rule": proposal.decision_rule,
        "my_ballot": mine,
        "my_words": words_of(proposal, options, mine) if mine else [],
        "sheet": sheet,
        "counted": papers.counted_in_words(proposal.method, proposal.settings),
        "paper_hint": hint_of(sheet) if sheet else "",
    }
