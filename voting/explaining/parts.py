"""What an explanation is made of. A count's round is what voting.counting.outcome.Round says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple, TypeAlias

Round: TypeAlias = Mapping[str, Any]
#: the columns of a table: words, or (words, "number") for figures
Column: TypeAlias = str | tuple[str, str]
#: widths of pictures are whole parts of this
WHOLE = 1000
#: options that a stack shows apart; the rest are one piece
MOST_PIECES = 7
OTHERS, NOBODY = "others", "nobody"


class Bar(NamedTuple):
    """One option's number as a line. width: of WHOLE; won: whether it is among the winners."""

    label: str
    value: str
    width: int
    won: bool


class Piece(NamedTuple):
    """A stretch of a stack. tone: "1" to "7" by option, OTHERS, or NOBODY for what counts no more.

    start, width: of WHOLE.
    """

    label: str
    value: str
    start: int
    width: int
    tone: str


class Stack(NamedTuple):
    """One round as a line of pieces."""

    label: str
    pieces: Sequence[Piece]


class Table(NamedTuple):
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str | int]]


@dataclass(frozen=True)
class Part:
    """One section of an explanation; what is empty is left out. steps: what came one by one."""

    title: str
    sentences: Sequence[str] = ()
    steps: Sequence[str] = ()
    bars: Sequence[Bar] = ()
    stacks: Sequence[Stack] = ()
    table: Table | None = None

    @property
    def legend(self) -> list[tuple[str, str]]:
        """(label, tone) of every piece shown, each once, in the order in which they come."""
        pieces = [piece for stack in self.stacks for piece in stack.pieces]
        return list(dict.fromkeys((piece.label, piece.tone) for piece in pieces))


def width_of(number: Fraction | int, of: Fraction | int) -> int:
    """A share of WHOLE, never more; 0 of nothing."""
    if of <= 0:
        return 0
    return round(WHOLE * min(max(Fraction(number) / of, Fraction(0)), Fraction(1)))


def bars_of(
    numbers: Iterable[tuple[str, Fraction | int, str]], *, of: Fraction | int, won: Sequence[str]
) -> list[Bar]:
    """numbers: (option, number, the number in words); of: what a full line stands for."""
    return [Bar(name, said, width_of(number, of), name in won) for name, number, said in numbers]


def stack_of(
    label: str, numbers: Sequence[tuple[str, Fraction | int, str]], tones: Mapping[str, str]
) -> Stack:
    """numbers: (what, number, the number in words); tones: what -> tone, OTHERS if it has none.

    All that is in OTHERS is one piece.
    """
    whole = sum((Fraction(number) for _, number, _ in numbers), Fraction(0))
    pieces: list[Piece] = []
    start, rest = 0, Fraction(0)
    for name, number, said in numbers:
        tone = tones.get(name, OTHERS)
        if tone == OTHERS:
            rest += Fraction(number)
            continue
        width = width_of(number, whole)
        if width:
            pieces.append(Piece(name, said, start, width, tone))
        start += width
    if rest:
        pieces.append(Piece("All others", number_text(rest), start, WHOLE - start, OTHERS))
    return Stack(label, pieces)


def tones_of(names: Sequence[str]) -> dict[str, str]:
    """Tones for the options that matter most, given first."""
    return {name: str(place + 1) for place, name in enumerate(names[:MOST_PIECES])}


def number_text(number: Fraction | int | str, places: int = 5) -> str:
    """A number as people read it: "1,200", "0.5", "33.33333"; cut off after so many places."""
    exact = Fraction(number)
    scaled = exact.numerator * 10**places // exact.denominator if exact >= 0 else None
    if scaled is None:
        return f"-{number_text(-exact, places)}"
    whole, part = divmod(scaled, 10**places)
    return f"{whole:,}" + (f".{part:0{places}d}".rstrip("0") if part else "")


def money_text(amount: Fraction | int | str, currency: str = "") -> str:
    """An amount with two places, or none if it is whole, and its currency if there is one."""
    exact = Fraction(amount)
    number = f"{exact.numerator:,}" if exact.denominator == 1 else f"{float(exact):,.2f}"
    return f"{number}\N{NO-BREAK SPACE}{currency}" if currency else number


def share_text(number: Fraction | int, of: Fraction | int) -> str:
    """Such as "62.5 %"; empty of nothing."""
    return f"{float(100 * Fraction(number) / of):.1f} %".replace(".0 %", " %") if of else ""


def listed(names: Sequence[str]) -> str:
    """Names in a sentence: "Ash", "Ash and Elm", "Ash, Elm and Fir"."""
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def is_are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def order_in_words(ranking: Sequence[Sequence[str]]) -> str:
    """Such as "In order: 1. Oak, 2. Ash and Elm, 4. Fir."."""
    places, said = 1, []
    for group in ranking:
        said.append(f"{places}. {listed(list(group))}")
        places += len(group)
    return f"In order: {', '.join(said)}."
