"""BLT files, as OpenSTV, OpaVote and Droop write them.

First line: how many options and how many seats. Then, each in a line of its own: options withdrawn
("-2 -5"), lots drawn for ties ("[tie 3 2 1]": who of those tied is excluded first), and ballots:
how often, then the options' numbers best first, then 0; "2=5" gives equal ranks, "-" leaves a rank
out (the next one counts), an identifier in brackets may stand in front. A line "0" ends the
ballots; then the names follow, in quotes or without, a line each, and perhaps a title. "#" begins a
comment. Source: opavote.com/help/overview#blt-file-format; for [tie] Droop, by whose report on its
test/blt/42t.blt the first named is excluded.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from voting.counting.files.ballot_file import BallotFile
from voting.counting.files.errors import BallotFileError
from voting.counting.files.tables import MOST_OPTIONS, checked_names, short, whole_number
from voting.counting.profiles import RankedProfile, Ranking

#: (number of the line from 1, its text)
Lines: TypeAlias = Iterator[tuple[int, str]]
QUOTED = re.compile(r'"(.*)"\s*(#[^"]*)?')
IDENTIFIER = re.compile(r"\([^()]*\)\s*")


@dataclass
class Heading:
    """What stands before the names. Options are numbered from 0 here. line: of the seats."""

    option_count: int
    seats: int
    line: int
    withdrawn: set[int] = field(default_factory=set)
    lots: list[int] = field(default_factory=list)
    ballots: Counter[Ranking] = field(default_factory=Counter)


def read_blt(text: str) -> BallotFile[RankedProfile]:
    """Read a BLT file; withdrawn options are left out of everything. Raises BallotFileError."""
    lines = iter([(number, line.strip()) for number, line in enumerate(text.split("\n"), 1)])
    heading = read_heading(lines)
    names, title = read_names(lines, heading.option_count, text.count("\n") + 1)
    staying = [option for option in range(len(names)) if option not in heading.withdrawn]
    place = {option: index for index, option in enumerate(staying)}
    ballots: Counter[Ranking] = Counter()
    for ranking, count in heading.ballots.items():
        groups = (tuple(place[one] for one in group if one in place) for group in ranking)
        ballots[tuple(group for group in groups if group)] += count
    profile = RankedProfile(tuple(names[option] for option in staying), ballots)
    lots = tuple(names[option] for option in reversed(heading.lots) if option in place)
    return BallotFile(profile, heading.seats, title, lots, heading.line)


def read_heading(lines: Lines) -> Heading:
    """Read up to and with the line "0" that ends the ballots."""
    content = ((number, without_comment(line)) for number, line in lines)
    heading: Heading | None = None
    number = 1
    for number, line in content:
        if not line:
            continue
        if heading is None:
            heading = first_line(number, line)
        elif line == "0":
            if not heading.ballots:
                raise BallotFileError(number, "no ballots")
            return heading
        elif line.startswith("["):
            heading.lots = read_lots(number, line, heading.option_count)
        elif line.startswith("-") and not heading.ballots:
            heading.withdrawn.update(
                option(word.removeprefix("-"), number, heading.option_count)
                for word in line.split()
            )
        else:
            ranking, count = read_ballot(number, line, heading.option_count)
            heading.ballots[ranking] += count
    if heading is None:
        raise BallotFileError(1, "an empty file")
    raise BallotFileError(number, 'no line "0" ends the ballots')


def without_comment(line: str) -> str:
    return line.partition("#")[0].strip()


def first_line(number: int, line: str) -> Heading:
    words = line.split()
    if len(words) != 2:
        raise BallotFileError(number, "the first line must hold two numbers: options and seats")
    option_count = whole_number(words[0], number, "the number of options", least=1)
    if option_count > MOST_OPTIONS:
        raise BallotFileError(number, f"more than {MOST_OPTIONS} options")
    seats = whole_number(words[1], number, "the number of seats", least=1)
    return Heading(option_count, seats, number)


def read_lots(number: int, line: str, option_count: int) -> list[int]:
    words = line.removeprefix("[").removesuffix("]").split()
    if not line.endswith("]") or not words or words[0] != "tie":
        raise BallotFileError(number, f"unknown instruction {short(line)}")
    lots = [option(word, number, option_count) for word in words[1:]]
    if len(set(lots)) < len(lots):
        raise BallotFileError(number, "an option is drawn twice")
    return lots


def read_ballot(number: int, line: str, option_count: int) -> tuple[Ranking, int]:
    """Return one line's ranking and how many voters cast it."""
    words = IDENTIFIER.sub("", line, count=1).split() if line.startswith("(") else line.split()
    if len(words) < 2 or words[-1] != "0":
        raise BallotFileError(number, "a ballot must end with 0")
    count = whole_number(words[0], number, "how often a ballot was cast", least=1)
    ranking = tuple(
        tuple(option(one, number, option_count) for one in word.split("="))
        for word in words[1:-1]
        if word != "-"
    )
    ranked = [one for group in ranking for one in group]
    if len(set(ranked)) < len(ranked):
        raise BallotFileError(number, "a ballot ranks an option twice")
    return tuple(tuple(sorted(group)) for group in ranking), count


def option(word: str, number: int, option_count: int) -> int:
    """Return an option's index from its number in the file."""
    one = whole_number(word, number, "an option's number", least=1)
    if one > option_count:
        raise BallotFileError(number, f"there is no option {one}, only {option_count}")
    return one - 1


def read_names(lines: Lines, option_count: int, last_line: int) -> tuple[tuple[str, ...], str]:
    """Return the options' names and the title, empty if there is none."""
    found: list[tuple[int, str]] = []
    for number, line in lines:
        if not line or line.startswith("#"):
            continue
        quoted = QUOTED.fullmatch(line)
        if quoted is None and line.startswith('"'):
            raise BallotFileError(number, "a name's quotes are not closed")
        found.append((number, (quoted[1] if quoted else line).strip()))
    if len(found) < option_count:
        raise BallotFileError(last_line, f"{len(found)} names for {option_count} options")
    if len(found) > option_count + 1:
        raise BallotFileError(found[option_count + 1][0], "unexpected text after the title")
    names: list[str] = []
    for number, name in found[:option_count]:
        names = list(checked_names([*names, name], number))
    title = found[option_count][1] if len(found) > option_count else ""
    return tuple(names), title
