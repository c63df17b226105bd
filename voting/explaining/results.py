"""The explanation of a result by its method, and of the ties in it."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple
from unicodedata import bidirectional

from guilds.charter import Method
from voting.explaining import money, pairs, totals, transfers
from voting.explaining.parts import Part, listed, money_text
from voting.marks import score_range

#: what was decided -> the words for it
TIED_FOR = {
    "elect": "for a place",
    "order of election": "for who comes first",
    "exclude": "for who drops out",
    "transfer": "for whose surplus goes first",
    "order of equal majorities": "between equally clear wins",
}
#: how a tie was broken -> the words for it
BROKEN_BY = {
    "seed": "drawn from the ballot box itself",
    "earlier stage": "by the votes at the last stage at which they differed",
    "order of options": "by the order of the options",
}


class Counted(NamedTuple):
    """A count and what it was asked.

    lowest, highest: of scores; names: of the options; money: an amount in words.
    """

    result: Mapping[str, Any]
    lowest: int
    highest: int
    seats: int
    names: Sequence[str]
    money: money.Money


BY_METHOD: Mapping[Method, Callable[[Counted], list[Part]]] = {
    Method.MAJORITY: lambda counted: totals.question(counted.result),
    Method.CONSENT: lambda counted: totals.question(counted.result),
    Method.APPROVAL: lambda counted: totals.approval(counted.result),
    Method.SCORE: lambda counted: totals.score(
        counted.result, lowest=counted.lowest, highest=counted.highest
    ),
    Method.STAR: lambda counted: totals.star(counted.result, highest=counted.highest),
    Method.IRV: lambda counted: transfers.irv(counted.result),
    Method.STV: lambda counted: transfers.stv(counted.result, seats=counted.seats),
    Method.SCHULZE: lambda counted: pairs.schulze(counted.result),
    Method.RANKED_PAIRS: lambda counted: pairs.ranked_pairs(counted.result),
    Method.GREEDY: lambda counted: money.greedy(counted.result, counted.money),
    Method.EQUAL_SHARES: lambda counted: money.equal_shares(
        counted.result, counted.names, counted.money
    ),
}


def explained(
    result: Mapping[str, Any], *, settings: Mapping[str, str], seats: int, names: Sequence[str]
) -> list[Part]:
    """Every number of a count. result: Proposal.result; settings, seats: the proposal's."""
    if not result["rounds"]:
        return [Part("", ["Nobody marked anything, so nothing is chosen."])]
    result, names = isolated(result), [isolated(name) for name in names]
    in_words = partial(money_text, currency=settings.get("currency", ""))
    counted = Counted(result, *score_range(settings), seats, names, in_words)
    return BY_METHOD[Method(result["method"])](counted)


def ties_in_words(result: Mapping[str, Any]) -> list[str]:
    """Every tie that had to be broken, in the order of the count."""
    return [_tie_in_words(isolated(tie)) for tie in result.get("ties", [])]


def isolated(told: Any) -> Any:
    """The same with every text that runs from right to left kept apart from the words around it."""
    if isinstance(told, str):
        runs_left = any(bidirectional(character) in ("R", "AL") for character in told)
        return f"\N{FIRST STRONG ISOLATE}{told}\N{POP DIRECTIONAL ISOLATE}" if runs_left else told
    if isinstance(told, Mapping):
        return {isolated(key): isolated(value) for key, value in told.items()}
    return [isolated(one) for one in told] if isinstance(told, Sequence) else told


def _tie_in_words(tie: Mapping[str, Any]) -> str:
    what = TIED_FOR.get(tie["what"], tie["what"])
    how = BROKEN_BY.get(tie["how"], "by " + tie["how"])
    return f"{listed(list(tie['among']))} were tied {what}: {how}, it fell on {tie['chosen']}."


def is_seeded(result: Mapping[str, Any]) -> bool:
    """Whether any tie was broken by the root hash of the box."""
    return any(tie["how"] == "seed" for tie in result.get("ties", []))
