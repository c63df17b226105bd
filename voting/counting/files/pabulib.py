"""Pabulib's .pb files: participatory budgets with their projects and every ballot.

Three sections (META, PROJECTS, VOTES), each a table with semicolons between its cells.
What a ballot's points are: approval and choose-1, one for each project named; cumulative and
scoring, as the ballot says; ordinal, as many as a ballot may name for the first, one less for each
next one (so in Kraków: 3, 2, 1).
Source: pabulib.org/format; the points of ordinal ballots agree with the scores Kraków published.
"""

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from voting.counting.files.ballot_file import BallotFile
from voting.counting.files.errors import BallotFileError
from voting.counting.profiles import BudgetProfile, Points, Project

SECTIONS = ("META", "PROJECTS", "VOTES")
BALLOT_KINDS = frozenset({"approval", "choose-1", "cumulative", "scoring", "ordinal"})
#: the name of a file's rule -> the options of "greedy" that it is.
#: "greedy-custom" is Poznań's, as its files describe it.
RULES: Mapping[str, Mapping[str, str]] = {
    "greedy": {"unfit": "skip"},
    "greedy-threshold": {"unfit": "skip"},
    "greedy-no-skip": {"unfit": "stop"},
    "greedy-custom": {"unfit": "stop", "top-up": "4/5"},
}
MOST_DIGITS = 30

#: the number of a line, counted from 1, and its cells
Line = tuple[int, Sequence[str]]


@dataclass(frozen=True)
class PabulibFile(BallotFile[BudgetProfile]):
    """A budget and its ballots. rules: options of "greedy", as text, that the file's rule is."""

    rules: Mapping[str, str] = field(default_factory=dict)


def read_pabulib(text: str) -> PabulibFile:
    """Read a .pb file. Raises BallotFileError, with the line, for anything amiss in it."""
    sections = _sections(text)
    meta = {key: (line, value) for line, (key, value) in _meta(sections["META"])}
    budget = _amount(*_required(meta, "budget"), "budget")
    kind_line, kind = _required(meta, "vote_type")
    if kind not in BALLOT_KINDS:
        raise BallotFileError(kind_line, f"unknown vote_type {kind!r}")
    projects = _projects(sections["PROJECTS"])
    longest = _longest(meta)
    ballots = _ballots(
        sections["VOTES"], kind, {p.name: at for at, p in enumerate(projects)}, longest
    )
    _check_number(meta, "num_projects", len(projects))
    _check_number(meta, "num_votes", sum(ballots.values()))
    title = meta["description"][1] if "description" in meta else ""
    profile = BudgetProfile(projects, budget, ballots)
    return PabulibFile(profile, title=title, rules=_rules(meta))


def _sections(text: str) -> dict[str, list[Line]]:
    """Return the lines of every section, the line of its column names first."""
    sections: dict[str, list[Line]] = {}
    lines: list[Line] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        name = line.strip().rstrip(";")
        if not name:
            continue
        if name in SECTIONS:
            if name in sections:
                raise BallotFileError(number, f"a second section {name}")
            lines = sections[name] = []
        elif lines is None:
            raise BallotFileError(number, "the file must begin with the line META")
        else:
            lines.append((number, _cells(number, line)))
    for name in SECTIONS:
        if not sections.get(name):
            last = len(text.splitlines()) or 1
            raise BallotFileError(last, f"the section {name} is missing or empty")
    return sections


def _cells(number: int, line: str) -> Sequence[str]:
    if '"' not in line:
        return line.split(";")
    try:
        return next(csv.reader([line], delimiter=";"))
    except csv.Error as error:
        raise BallotFileError(number, f"cannot be read: {error}") from None


def _meta(lines: Sequence[Line]) -> list[tuple[int, tuple[str, str]]]:
    """Return key and value of every line but the first; a value may hold semicolons."""
    entries = []
    seen = set()
    for number, cells in lines[1:]:
        key = cells[0].strip()
        if len(cells) < 2:
            raise BallotFileError(number, "a key without a value")
        if key in seen:
            raise BallotFileError(number, f"a second {key!r}")
        seen.add(key)
        entries.append((number, (key, ";".join(cells[1:]).strip())))
    return entries


def _required(meta: Mapping[str, tuple[int, str]], key: str) -> tuple[int, str]:
    if key not in meta:
        raise BallotFileError(1, f"META does not say {key}")
    return meta[key]


def _amount(line: int, value: str, what: str) -> Fraction:
    """Read a plain decimal number that is not negative; a comma may stand for the point."""
    digits = value.strip().replace(",", ".")
    if (
        len(digits) > MOST_DIGITS
        or not digits.isascii()
        or not digits.replace(".", "", 1).isdigit()
    ):
        raise BallotFileError(line, f"{what} must be a number, not {value[:40]!r}")
    return Fraction(digits)


def _whole(line: int, value: str, what: str) -> int:
    amount = _amount(line, value, what)
    if amount.denominator != 1:
        raise BallotFileError(line, f"{what} must be a whole number, not {value!r}")
    return amount.numerator


def _check_number(meta: Mapping[str, tuple[int, str]], key: str, found: int) -> None:
    """Raise BallotFileError if META announces another number than the file holds."""
    if key in meta:
        line, value = meta[key]
        if _whole(line, value, key) != found:
            raise BallotFileError(line, f"{key} is {value}, but the file holds {found}")


def _longest(meta: Mapping[str, tuple[int, str]]) -> int | None:
    """Return how many projects one ballot may name, where META says it."""
    if "max_length" not in meta:
        return None
    return _whole(*meta["max_length"], "max_length")


def _rules(meta: Mapping[str, tuple[int, str]]) -> Mapping[str, str]:
    rules = dict(RULES.get(meta["rule"][1], {})) if "rule" in meta else {}
    if "min_project_score_threshold" in meta:
        line, value = meta["min_project_score_threshold"]
        rules["threshold"] = str(_amount(line, value, "min_project_score_threshold"))
    return rules


def _columns(lines: Sequence[Line], needed: Sequence[str]) -> tuple[list[int], int]:
    """Return where the needed columns stand, and how many columns there are."""
    number, names = lines[0][0], [name.strip() for name in lines[0][1]]
    for name in needed:
        if names.count(name) != 1:
            raise BallotFileError(number, f"there must be one column {name}")
    return [names.index(name) for name in needed], len(names)


def _projects(lines: Sequence[Line]) -> tuple[Project, ...]:
    (name_at, cost_at), width = _columns(lines, ("project_id", "cost"))
    projects: dict[str, Project] = {}
    for number, cells in lines[1:]:
        _check_width(number, cells, width)
        name = cells[name_at].strip()
        if not name or "," in name:
            raise BallotFileError(number, "a project needs a project_id without commas")
        if name in projects:
            raise BallotFileError(number, f"a second project {name!r}")
        projects[name] = Project(name, _amount(number, cells[cost_at], "cost"))
    return tuple(projects.values())


def _ballots(
    lines: Sequence[Line], kind: str, index: Mapping[str, int], longest: int | None
) -> Mapping[Points, int]:
    """Return how many voters cast each ballot; equal lines are read once."""
    with_points = kind in ("cumulative", "scoring")
    wanted = ("vote", "points") if with_points else ("vote",)
    columns, width = _columns(lines, wanted)
    seen: Counter[tuple[str, ...]] = Counter()
    first: dict[tuple[str, ...], int] = {}
    for number, cells in lines[1:]:
        _check_width(number, cells, width)
        said = tuple(cells[at].strip() for at in columns)
        seen[said] += 1
        first.setdefault(said, number)
    ballots: Counter[Points] = Counter()
    for said, count in seen.items():
        ballots[_ballot(first[said], said, kind, index, longest)] += count
    return ballots


def _ballot(
    line: int, said: Sequence[str], kind: str, index: Mapping[str, int], longest: int | None
) -> Points:
    """Return the points one ballot gives. said: the projects named and, where given, points."""
    names = [name.strip() for name in said[0].split(",")] if said[0] else []
    for name in names:
        if name not in index:
            raise BallotFileError(line, f"unknown project {name[:40]!r}")
    if len(set(names)) != len(names):
        raise BallotFileError(line, "a ballot names a project twice")
    if kind == "choose-1" and len(names) > 1:
        raise BallotFileError(line, "a ballot names more than one project")
    if longest is not None and len(names) > longest:
        raise BallotFileError(line, f"a ballot names more than {longest} projects")
    points = [Fraction(1)] * len(names)
    if kind == "ordinal":
        if longest is None:
            raise BallotFileError(line, "ordinal ballots need max_length in META")
        points = [Fraction(longest - place) for place in range(len(names))]
    elif len(said) > 1:
        given = said[1].split(",") if said[1] else []
        if len(given) != len(names):
            raise BallotFileError(line, "a ballot gives more or fewer points than it has projects")
        points = [_amount(line, number, "points") for number in given]
    pairs = zip((index[name] for name in names), points, strict=True)
    return tuple(sorted(pair for pair in pairs if pair[1] > 0))


def _check_width(line: int, cells: Sequence[str], width: int) -> None:
    if len(cells) != width:
        raise BallotFileError(line, f"there are {len(cells)} cells where {width} belong")
