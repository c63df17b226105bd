"""PrefLib's files of preferences: .soc, .soi, .toc, .toi (orders) and .cat (categories).

Lines "# KEY: value", then "count: 3,1,{2,4}", best first, braces for equal ranks. In .toi and .soi
options left out stand below all others. In .cat each place is a category, the best first.
Source: preflib.org/format (2022).
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from voting.counting.files.ballot_file import BallotFile
from voting.counting.files.errors import BallotFileError
from voting.counting.files.tables import MOST_OPTIONS, checked_names, short, whole_number
from voting.counting.profiles import ApprovalProfile, RankedProfile, Ranking

KINDS = frozenset({"soc", "soi", "toc", "toi", "cat"})
GROUP = re.compile(r"\{([\d\s,]*)\}|(\d+)", re.ASCII)
#: For each key of the heading: (line it stands in, value).
Heading: TypeAlias = Mapping[str, tuple[int, str]]


@dataclass(frozen=True)
class Orders:
    """What a file holds. Empty groups are kept: in .cat they are empty categories."""

    kind: str
    names: tuple[str, ...]
    title: str
    counts: Counter[Ranking]


def read_preflib(text: str) -> BallotFile[RankedProfile]:
    """Read orders; the options of one category of a .cat rank equal. Raises BallotFileError."""
    orders = read_orders(text)
    ballots: Counter[Ranking] = Counter()
    for ranking, count in orders.counts.items():
        ballots[tuple(group for group in ranking if group)] += count
    return BallotFile(RankedProfile(orders.names, ballots), title=orders.title)


def read_preflib_approvals(text: str) -> BallotFile[ApprovalProfile]:
    """Read a .cat, the first category being approval. Raises BallotFileError."""
    orders = read_orders(text)
    if orders.kind != "cat":
        raise BallotFileError(None, f"a .{orders.kind} file holds orders, not approvals")
    ballots: Counter[frozenset[int]] = Counter()
    for ranking, count in orders.counts.items():
        ballots[frozenset(ranking[0] if ranking else ())] += count
    return BallotFile(ApprovalProfile(orders.names, ballots), title=orders.title)


def read_orders(text: str) -> Orders:
    """Read and check everything that every kind of file has."""
    heading: dict[str, tuple[int, str]] = {}
    lines: list[tuple[int, str]] = []
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if line.startswith("#"):
            key, colon, value = line.removeprefix("#").partition(":")
            if colon:
                heading[key.strip().upper()] = number, value.strip()
        elif line:
            lines.append((number, line))
    kind_line, kind = required(heading, "DATA TYPE")
    if kind not in KINDS:
        raise BallotFileError(kind_line, f"unknown DATA TYPE {short(kind)}")
    names = names_of(heading)
    places = categories_of(heading) if kind == "cat" else None
    counts: Counter[Ranking] = Counter()
    for number, line in lines:
        ranking, count = read_order(number, line, len(names))
        check_kind(kind, ranking, len(names), number, places)
        counts[ranking] += count
    if not counts:
        raise BallotFileError(kind_line, "no ballots")
    check_number(heading, "NUMBER VOTERS", sum(counts.values()))
    check_number(heading, "NUMBER UNIQUE ORDERS", len(lines))
    return Orders(kind, names, heading.get("TITLE", (0, ""))[1], counts)


def required(heading: Heading, key: str) -> tuple[int, str]:
    if key not in heading:
        raise BallotFileError(1, f'the heading has no "# {key}:"')
    return heading[key]


def names_of(heading: Heading) -> tuple[str, ...]:
    line, text = required(heading, "NUMBER ALTERNATIVES")
    number = whole_number(text, line, "NUMBER ALTERNATIVES", least=1)
    if number > MOST_OPTIONS:
        raise BallotFileError(line, f"more than {MOST_OPTIONS} options")
    names: tuple[str, ...] = ()
    for option in range(1, number + 1):
        line, name = required(heading, f"ALTERNATIVE NAME {option}")
        names = checked_names([*names, name], line)
    return names


def categories_of(heading: Heading) -> int:
    line, text = required(heading, "NUMBER CATEGORIES")
    return whole_number(text, line, "NUMBER CATEGORIES", least=1)


def check_number(heading: Heading, key: str, found: int) -> None:
    if key in heading:
        line, text = heading[key]
        if whole_number(text, line, key) != found:
            raise BallotFileError(line, f"{key} says {short(text)}, but there are {found}")


def read_order(number: int, line: str, option_count: int) -> tuple[Ranking, int]:
    """Return a line's ranking, empty groups kept, and how many voters cast it."""
    times, colon, order = line.partition(":")
    if not colon:
        raise BallotFileError(number, "a ballot must be a count, a colon and an order")
    count = whole_number(times, number, "the count", least=1)
    ranking = tuple(groups_of(order.strip(), number))
    ranked = [option for group in ranking for option in group]
    if any(not 0 <= option < option_count for option in ranked):
        raise BallotFileError(number, f"options are numbered 1 to {option_count}")
    if len(set(ranked)) < len(ranked):
        raise BallotFileError(number, "an order holds an option twice")
    return ranking, count


def groups_of(order: str, number: int) -> list[tuple[int, ...]]:
    """Return the groups of "3,1,{2,4}" by index, from 0."""
    groups: list[tuple[int, ...]] = []
    position = 0
    while position < len(order):
        if groups:
            if order[position] != ",":
                raise BallotFileError(
                    number, f"a comma is missing before {short(order[position:])}"
                )
            position += 1
            position += len(order[position:]) - len(order[position:].lstrip())
        found = GROUP.match(order, position)
        if found is None:
            raise BallotFileError(number, f"not an order: {short(order[position:])}")
        inside = found[1] if found[2] is None else found[2]
        words = inside.split(",") if inside.strip() else []
        group = (whole_number(word, number, "an option's number") - 1 for word in words)
        groups.append(tuple(sorted(group)))
        position = found.end()
        position += len(order[position:]) - len(order[position:].lstrip())
    return groups


def check_kind(
    kind: str, ranking: Ranking, option_count: int, number: int, categories: int | None
) -> None:
    """Raise BallotFileError if an order is not what the file says its orders are."""
    if categories is not None:
        if len(ranking) > categories:
            raise BallotFileError(number, f"{len(ranking)} groups for {categories} categories")
        return
    if kind[0] == "s" and any(len(group) != 1 for group in ranking):
        raise BallotFileError(number, f"equal ranks in a .{kind} file")
    if kind[2] == "c" and sum(len(group) for group in ranking) != option_count:
        raise BallotFileError(number, f"an incomplete order in a .{kind} file")
    if any(not group for group in ranking):
        raise BallotFileError(number, "an empty group")
