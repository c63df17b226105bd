"""Counting a file of ballots from its bytes: read it, apply its rules and the given ones, count."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from voting.counting.conversions import converted
from voting.counting.files.ballot_file import BallotFile
from voting.counting.files.bundle import Bundle
from voting.counting.files.errors import BallotFileError, read_text
from voting.counting.files.pabulib import PabulibFile
from voting.counting.files.reading import reader_for
from voting.counting.files.sniff import Format
from voting.counting.methods import Method, get_method
from voting.counting.options import Option, OptionError, options_of, read_options
from voting.counting.outcome import Json
from voting.counting.ties import TieBreak

#: the seed ties are broken by, in hexadecimal digits
SEED = "seed"
#: how files of a format end, where that is not its name
ENDINGS = {
    **dict.fromkeys(("soc", "soi", "toc", "toi", "cat"), Format.PREFLIB),
    "pb": Format.PABULIB,
    "json": Format.BUNDLE,
}
#: an Outcome as JSON
Result: TypeAlias = dict[str, Json]


def count_file(
    content: bytes,
    *,
    method: str,
    seats: int | None = None,
    options: Mapping[str, str] | None = None,
    format_name: str | None = None,
) -> Result:
    """Count the ballots of a file, plain or gzip, and return the outcome as JSON.

    seats: None: as the file says, or one. options: of the method and of the file's reader, as
    text, and the seed; they come before what the file brings along. format_name: None: find out.
    Raises BallotFileError for a malformed file, OptionError for what is not offered, ValueError
    for what cannot be counted.
    """
    chosen = get_method(method)
    known = None if format_name is None else get_format(format_name)
    text = read_text(content)
    reader = reader_for(text, chosen.kind, known)
    given = dict(options or {})
    seed = _seed(given, chosen)
    reader_options = options_of(reader)
    values = read_options(given, {**reader_options, **chosen.options})
    told = {**chosen.reads, **values}
    file = reader(text, **{key: told[key] for key in _parameters(reader_options) if key in told})
    values = {key: values[key] for key in _parameters(chosen.options) if key in values}
    return count_ballots(file, chosen, seats=seats, values=values, seed=seed)


def count_ballots(
    file: BallotFile[Any],
    chosen: Method,
    *,
    seats: int | None = None,
    values: Mapping[str, Any] | None = None,
    seed: bytes | None = None,
) -> Result:
    """Count a file once read, as count_file. values: by the name of the method's parameter.

    Raises BallotFileError or ValueError as count_file does.
    """
    if seats is None and not chosen.can_fill(file.seats or 1):
        reason = f"{chosen.name} decides one thing, not {file.seats} seats (or say --seats 1)"
        raise BallotFileError(file.seats_line, reason)
    rules = _rules_of(file, chosen) | dict(values or {})
    wanted = (file.seats or 1) if seats is None else seats
    try:
        profile = converted(file.profile, chosen.kind, seats=wanted)
    except ValueError as error:
        raise BallotFileError(1, str(error)) from None
    if seed is None and isinstance(file, Bundle):
        seed = file.seed
    try:
        outcome = chosen.run(profile, seats=wanted, options=rules, ties=TieBreak(seed, file.lots))
    except ValueError as error:
        if seats is not None or values:
            raise
        raise BallotFileError(None, str(error)) from None  # nothing but the file was given
    return outcome.as_json(profile.options)


def get_format(name: str) -> Format:
    """Return the format of that name, or whose files end so.

    Raises OptionError, with all there are, if there is none.
    """
    name = ENDINGS.get(name, name)
    if name not in set(Format):
        raise OptionError(f"there is no format {name!r}; there is: {', '.join(Format)}")
    return Format(name)


def _seed(given: dict[str, str], method: Method) -> bytes | None:
    """Take the seed out of the given options. Raises OptionError if it is not hexadecimal."""
    if SEED not in given or not method.breaks_ties:
        return None
    try:
        return bytes.fromhex(given.pop(SEED))
    except ValueError:
        raise OptionError("the option seed takes hexadecimal digits") from None


def _rules_of(file: BallotFile[Any], method: Method) -> dict[str, Any]:
    """Return the values of the options a file brings along, if they are this method's."""
    told: dict[str, str] = {}
    if isinstance(file, PabulibFile) and method.name == "greedy":
        told = dict(file.rules)
    elif isinstance(file, Bundle):
        told = dict(file.rules) if file.method == method.name else {}
        if file.electorate is not None and "electorate" in method.options:
            told.setdefault("electorate", str(file.electorate))
    try:
        return read_options(told, method.options)
    except OptionError as error:
        raise BallotFileError(1, f"its rules: {error}") from None


def _parameters(options: Mapping[str, Option]) -> list[str]:
    return [name.replace("-", "_") for name in options]
