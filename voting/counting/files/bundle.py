"""Our own ballot bundle: everything a vote was decided by, for anyone to count it again.

One JSON object:

- "format": "dream-guilds-ballots/1"
- "method": a method of voting.counting.methods; "seats": a whole number, 1 where missing
- "kind": what a ballot is: "ranking", "scores", "approvals", "choices" or "points"
- "options": their names, which ballots refer to by place, counted from 0; with "points" also
  "costs", one an option, and "budget", all as text ("102533.36")
- "rules": the options of the method, as text, as on the command line
- "electorate": how many could have voted, or null
- "lots": names in the order drawn for breaking ties; missing or empty where none was drawn
- "seed": the hexadecimal digits ties are broken by, or null; where it is missing, "root": the root
  of the closed ballot box
- "ballots": a list; each is the ballot itself, or an object that has it as "ballot" and may say as
  "weight" how many voters it speaks for:
  ranking [[0], [2, 1]] (groups, best first) · scores [5, null, 0] · approvals [0, 2] ·
  choices ["yes"] · points [[0, 3], [2, 1]] (project and points, exact fractions as text "1/2")

Other keys are let be, for what proves the bundle rather than counts it: signature, charter, script
(voting.bundles writes them, voting.recounting.check reads them).
Source: issue 3, "Secret ballots, honestly".
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import Any, TypeAlias

from voting.counting.files.ballot_file import BallotFile
from voting.counting.files.errors import BallotFileError
from voting.counting.files.tables import MOST_OPTIONS
from voting.counting.profiles import (
    ApprovalProfile,
    BudgetProfile,
    Choice,
    ChoiceProfile,
    Points,
    Project,
    RankedProfile,
    Ranking,
    ScoreProfile,
    Scores,
)

FORMAT = "dream-guilds-ballots/1"
MOST_DIGITS = 30

Profile: TypeAlias = RankedProfile | ScoreProfile | ApprovalProfile | ChoiceProfile | BudgetProfile


@dataclass(frozen=True)
class Bundle(BallotFile[Profile]):
    """A bundle once read. method: empty where the file leaves it open; rules: its options."""

    method: str = ""
    rules: Mapping[str, str] = field(default_factory=dict)
    electorate: int | None = None
    seed: bytes | None = None


class WrongError(Exception):
    """Something in the bundle is not as it should be; says what."""


def read_bundle(text: str) -> Bundle:
    """Read a bundle. Raises BallotFileError; the line is where a wrong ballot begins."""
    return bundle_of(parsed(text), text)


def bundle_of(data: Mapping[str, Any], text: str) -> Bundle:
    """The bundle that was parsed from a text. Raises BallotFileError as read_bundle does."""
    try:
        if data.get("format") != FORMAT:
            raise WrongError(f'"format" must be {FORMAT!r}, not {str(data.get("format"))[:40]!r}')
        options = _names(data.get("options"), "options")
        seats = _whole(data.get("seats", 1), "seats")
        profile = _profile(data, options, text)
        return Bundle(
            profile,
            seats=seats,
            seats_line=_line_of_key(text, "seats") if seats > 1 else None,
            title=_text(data.get("title", ""), "title"),
            lots=_names(data.get("lots") or [], "lots"),
            method=_text(data.get("method", ""), "method"),
            rules={key: _text(value, key) for key, value in _object(data, "rules").items()},
            electorate=_electorate(data.get("electorate")),
            seed=_seed(data.get("seed", data.get("root"))),
        )
    except (WrongError, ValueError, ArithmeticError) as error:
        raise BallotFileError(1, str(error)) from None


def parsed(text: str) -> Mapping[str, Any]:
    """Parse JSON without floating point, repeated keys or nesting without end.

    What stands under "ballot" comes as tuples. Raises BallotFileError.
    """
    try:
        data = json.loads(
            text, object_pairs_hook=_unrepeated, parse_float=_refused, parse_constant=_refused
        )
    except json.JSONDecodeError as error:
        raise BallotFileError(error.lineno, f"not JSON: {error.msg}") from None
    except (WrongError, ValueError) as error:
        raise BallotFileError(1, str(error)) from None
    except RecursionError:
        raise BallotFileError(1, "nested too deeply") from None
    if not isinstance(data, dict):
        raise BallotFileError(1, "not one JSON object")
    return data


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise WrongError("a key is there twice in one object")
    if "ballot" in found:
        found["ballot"] = frozen(found["ballot"])
    return found


def frozen(value: Any) -> Any:
    """Lists as tuples, all the way down; short ones of the same numbers are one and the same.

    Of a million ballots each option so takes 8 bytes instead of a hundred.
    """
    if not isinstance(value, list):
        return value
    if len(value) == 1 and type(value[0]) is int:
        return _group(value[0])
    return tuple(frozen(part) for part in value)


@lru_cache(maxsize=MOST_OPTIONS)
def _group(option: int) -> tuple[int]:
    return (option,)


def _refused(number: str) -> Any:
    raise WrongError(f"{number[:40]} is not exact: write whole numbers, or fractions as text")


def _profile(data: Mapping[str, Any], options: tuple[str, ...], text: str) -> Profile:
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise WrongError(f'"kind" must be one of {", ".join(KINDS)}')
    entries = data.get("ballots")
    if not isinstance(entries, list):
        raise WrongError('"ballots" must be a list')
    read = KINDS[kind][1]
    ballots: Counter[Any] = Counter()
    for place, entry in enumerate(entries):
        try:
            ballot, weight = _weighed(entry)
            ballots[read(ballot, len(options))] += weight
        except (WrongError, KeyError, TypeError, ValueError, ArithmeticError, RecursionError):
            raise BallotFileError(
                _line_of_ballot(text, place), f"ballot {place + 1} is not as {kind} must be"
            ) from None
    if kind == "points":
        return BudgetProfile(_projects(data, options), _amount(data.get("budget")), ballots)
    profile: Profile = KINDS[kind][0](options, ballots)
    return profile


def _weighed(entry: Any) -> tuple[Any, int]:
    """The ballot of an entry, and how many voters it speaks for."""
    if not isinstance(entry, dict):
        return frozen(entry), 1
    return entry["ballot"], _whole(entry.get("weight", 1), "weight")


def _projects(data: Mapping[str, Any], options: Sequence[str]) -> tuple[Project, ...]:
    costs = data.get("costs")
    if not isinstance(costs, list) or len(costs) != len(options):
        raise WrongError('"costs" must list one cost an option')
    return tuple(Project(name, _amount(c)) for name, c in zip(options, costs, strict=True))


def _line_of_key(text: str, key: str) -> int | None:
    """Find the line where a key first stands; None if it nowhere does."""
    found = re.search(rf'"{key}"\s*:', text)
    return None if found is None else text.count("\n", 0, found.start()) + 1


def _line_of_ballot(text: str, place: int) -> int:
    """Find the line where a ballot begins by walking over those before it; 1 if not found."""
    decoder = json.JSONDecoder()
    at = text.rfind('"ballots"')
    at = text.find("[", at) + 1
    if at <= 0:
        return 1
    for passed in range(place + 1):
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        if passed == place:
            return text.count("\n", 0, at) + 1
        try:
            _, at = decoder.raw_decode(text, at)
        except ValueError:
            return 1
    return 1


def _index(value: Any, size: int) -> int:
    if type(value) is not int or not 0 <= value < size:
        raise WrongError("not an option")
    return value


def _ranking(ballot: Any, size: int) -> Ranking:
    ranking: Ranking = _several(ballot)
    ranked = [_index(at, size) for group in ranking for at in _several(group)]
    if len(set(ranked)) != len(ranked) or not all(ranking):
        raise WrongError("an option twice, or an empty group")
    return ranking


def _scores(ballot: Any, size: int) -> Scores:
    scores: Scores = _several(ballot)
    if len(scores) != size or any(score is not None and type(score) is not int for score in scores):
        raise WrongError("not one score an option")
    return scores


def _approvals(ballot: Any, size: int) -> frozenset[int]:
    approved = [_index(at, size) for at in _several(ballot)]
    if len(set(approved)) != len(approved):
        raise WrongError("an option twice")
    return frozenset(approved)


def _choices(ballot: Any, size: int) -> tuple[Choice, ...]:
    choices = tuple(Choice(choice) for choice in _several(ballot))
    if len(choices) != size:
        raise WrongError("not one choice a motion")
    return choices


def _points(ballot: Any, size: int) -> Points:
    pairs = tuple(sorted((_index(at, size), _amount(given)) for at, given in _several(ballot)))
    if len({at for at, _ in pairs}) != len(pairs) or any(given <= 0 for _, given in pairs):
        raise WrongError("a project twice, or no points")
    return pairs


KINDS: Mapping[str, tuple[type[Any], Callable[[Any, int], Any]]] = {
    "ranking": (RankedProfile, _ranking),
    "scores": (ScoreProfile, _scores),
    "approvals": (ApprovalProfile, _approvals),
    "choices": (ChoiceProfile, _choices),
    "points": (BudgetProfile, _points),
}


def _several(value: Any) -> tuple[Any, ...]:
    if not isinstance(value, tuple):
        raise WrongError("not a list")
    return value


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise WrongError(f'"{what}" must be text')
    return value


def _names(value: Any, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        raise WrongError(f'"{what}" must be a list of names')
    if any("\ud800" <= letter <= "\udfff" for name in value for letter in name):
        raise WrongError(f'"{what}" holds half a character')
    if len(value) > MOST_OPTIONS:
        raise WrongError(f'"{what}" holds more than {MOST_OPTIONS} names')
    return tuple(value)


def _object(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key) or {}
    if not isinstance(value, dict):
        raise WrongError(f'"{key}" must be an object')
    return value


def _whole(value: Any, what: str) -> int:
    if type(value) is not int or value < 1:
        raise WrongError(f'"{what}" must be a whole number above 0')
    return value


def _electorate(value: Any) -> int | None:
    return None if value is None else _whole(value, "electorate")


def _seed(value: Any) -> bytes | None:
    if value is None:
        return None
    try:
        return bytes.fromhex(_text(value, "seed"))
    except ValueError:
        raise WrongError('"seed" must be hexadecimal digits') from None


def _amount(value: Any) -> Fraction:
    """Read a whole number, or a decimal or fraction as text; not negative."""
    if type(value) is int or (
        isinstance(value, str) and len(value) <= MOST_DIGITS and "e" not in value.lower()
    ):
        amount = Fraction(value)
    else:
        raise WrongError("an amount must be a whole number, or text")
    if amount < 0:
        raise WrongError("an amount must not be negative")
    return amount
