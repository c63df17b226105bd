"""Ballot papers: what a paper asks by each method, and what typed values mean as marks.

What a question of one answer asks is voting.forms.BallotForm; this is for the choice among options.
Source: docs/decisions/0207-ballot-papers.md
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby

from guilds.charter import BUDGETING, ONE_QUESTION, Method
from guilds.charter_words import METHOD_NAMES
from voting.explaining.parts import listed
from voting.marks import RANKED, SCORED, read_marks, score_range, write_marks

#: ranked methods that know what to do with two options of the same rank
EQUAL_RANKS = frozenset({Method.SCHULZE, Method.RANKED_PAIRS})
NOTHING_MARKED = (
    "You have marked nothing. Mark at least one option, or say that your ballot is blank."
)


#: how what is marked is counted, for who votes; what decides one question stands in the rule
COUNTED = {
    Method.APPROVAL: "the most ticks win",
    Method.SCORE: "the highest total wins",
    Method.STAR: "the two highest totals meet in a run-off, which the one wins that more ballots "
    "score higher than the other",
    Method.IRV: "whatever has the fewest first choices drops out, and its ballots go on to their "
    "next choice, until one has more than half",
    Method.SCHULZE: "every two are compared by how many rank one above the other, and what beats "
    "all others wins; where they beat each other in a circle, the weakest win counts least",
    Method.RANKED_PAIRS: "every two are compared by how many rank one above the other; the "
    "clearest of these wins are settled first, and no later one may turn them round",
    Method.STV: "who has votes enough for a seat is elected; what is more than enough, and the "
    "ballots of who drops out, go on to the next choice",
    Method.GREEDY: "projects are paid for in the order of their support, as long as there is money",
    Method.EQUAL_SHARES: "everyone has the same share of the money, and projects are paid for from "
    "the shares of those who ticked them",
}
#: the setting an author chooses -> how the count goes by it
VARIANTS = {
    Method.STV: (
        "rule",
        {
            "": "Votes are passed on by the Scottish rules.",
            "meek": "Votes are passed on by Meek's rules.",
        },
    ),
    Method.EQUAL_SHARES: (
        "completion",
        {
            "": "Money that is left over stays unspent.",
            "greedy": "Money that is left over goes to the most supported that still fit.",
        },
    ),
}


class Style(StrEnum):
    """How an option is marked: with a tick, a score or a rank."""

    TICK = "tick"
    SCORE = "score"
    RANK = "rank"


@dataclass(frozen=True)
class Asked:
    """What a ballot paper asks for each option. lowest, highest: of scores; 0 for other methods."""

    method: Method
    names: tuple[str, ...]
    lowest: int = 0
    highest: int = 0

    @property
    def style(self) -> Style:
        if self.method in RANKED:
            return Style.RANK
        return Style.SCORE if self.method in SCORED else Style.TICK

    @property
    def numbers(self) -> list[int]:
        """What may be marked, besides nothing, in the order in which it is offered."""
        if self.style == Style.RANK:
            return list(range(1, len(self.names) + 1))
        return list(range(self.lowest, self.highest + 1)) if self.style == Style.SCORE else [1]

    @property
    def equal_ranks(self) -> bool:
        return self.method in EQUAL_RANKS


@dataclass(frozen=True)
class Reading:
    """What was typed, as marks, or what is wrong with it. errors: by place of the option."""

    marks: str = ""
    errors: Mapping[int, str] = field(default_factory=dict)
    error: str = ""

    @property
    def is_good(self) -> bool:
        return not self.errors and not self.error


def asked_of(method: Method, names: Sequence[str], settings: Mapping[str, str]) -> Asked:
    """The paper of a choice among options. settings: as Proposal.settings."""
    if method in ONE_QUESTION:
        raise ValueError("a question of one answer has no options to mark")
    if method not in SCORED:
        return Asked(method, tuple(names))
    return Asked(method, tuple(names), *score_range(settings))


def read_typed(asked: Asked, typed: Sequence[str], *, is_blank: bool) -> Reading:
    """What a filled paper says. typed: one text an option, "" for no mark.

    is_blank: the voter takes part without marking anything. Ranks are closed up: 1 and 4 are first
    and second.
    """
    errors = {}
    numbers: list[int | None] = []
    for place, text in enumerate(typed):
        known = text.strip()
        allowed = {str(number): number for number in asked.numbers}
        if known and known not in allowed:
            errors[place] = _not_offered(asked)
        numbers.append(allowed.get(known))
    if errors:
        return Reading(errors=errors)
    if is_blank and any(number is not None for number in numbers):
        return Reading(error="A blank ballot has no marks. Clear them, or do not tick “blank”.")
    if not is_blank and all(number is None for number in numbers):
        return Reading(error=NOTHING_MARKED)
    if asked.style == Style.RANK:
        errors = {} if asked.equal_ranks else _shared_ranks(asked.names, numbers)
        numbers = _closed_up(numbers)
    elif asked.style == Style.SCORE:
        numbers = [None if number is None else number - asked.lowest for number in numbers]
    return Reading("" if errors else write_marks(numbers), errors)


def counted_in_words(method: Method, settings: Mapping[str, str]) -> str:
    """How a choice among options is counted, in a sentence or two; "" where there is none."""
    if method in ONE_QUESTION:
        return ""
    said = f"Counted by {METHOD_NAMES[method]}: {COUNTED[method]}."
    if method not in VARIANTS:
        return said
    setting, words = VARIANTS[method]
    chosen = settings.get(setting, "")
    return f"{said} {words.get(chosen, f'Its {setting} is {chosen}.')}"


def typed_of(asked: Asked, marks: str) -> list[str]:
    """What would have to be typed for these marks: one text an option."""
    raised = asked.lowest if asked.style == Style.SCORE else 0
    return ["" if number is None else str(number + raised) for number in read_marks(marks)]


def is_blank(marks: str) -> bool:
    return not marks.strip("-")


def in_words(asked: Asked, marks: str) -> list[str]:
    """A ballot as people say it, a line each: ["1. Oak", "2. Ash and Elm", "Not ranked: Fir"]."""
    if is_blank(marks):
        return ["A blank ballot"]
    numbers = read_marks(marks)
    if asked.style == Style.TICK:
        word = "Supports" if asked.method in BUDGETING else "Approves"
        return [f"{word} {name}" for name, n in zip(asked.names, numbers, strict=True) if n]
    unmarked = [name for name, n in zip(asked.names, numbers, strict=True) if n is None]
    if asked.style == Style.RANK:
        lines = _ranks_in_words(asked.names, numbers)
        return [*lines, f"Not ranked: {listed(unmarked)}"] if unmarked else lines
    scored = sorted(
        (-number, place, name)
        for place, (name, number) in enumerate(zip(asked.names, numbers, strict=True))
        if number is not None
    )
    lines = [f"{asked.lowest - number}: {name}" for number, _, name in scored]
    return [*lines, f"No opinion: {listed(unmarked)}"] if unmarked else lines


def _not_offered(asked: Asked) -> str:
    if asked.style == Style.TICK:
        return "Tick it or leave it."
    first, last = asked.numbers[0], asked.numbers[-1]
    what = "a rank" if asked.style == Style.RANK else "a score"
    return f"Give {what} from {first} to {last}, or leave it out."


def _shared_ranks(names: Sequence[str], numbers: Sequence[int | None]) -> dict[int, str]:
    """An error beside each option whose rank another one has too."""
    errors = {}
    for place, number in enumerate(numbers):
        others = [
            name
            for other, name in enumerate(names)
            if number is not None and numbers[other] == number and other != place
        ]
        if others:
            errors[place] = f"{listed(others)} has rank {number} too. Give each a rank of its own."
    return errors


def _closed_up(numbers: Sequence[int | None]) -> list[int | None]:
    used = sorted({number for number in numbers if number is not None})
    return [None if number is None else used.index(number) + 1 for number in numbers]


def _ranks_in_words(names: Sequence[str], numbers: Sequence[int | None]) -> list[str]:
    ranked = sorted((number, place) for place, number in enumerate(numbers) if number is not None)
    return [
        f"{rank}. {listed([names[place] for _, place in group])}"
        for rank, group in groupby(ranked, key=lambda pair: pair[0])
    ]
