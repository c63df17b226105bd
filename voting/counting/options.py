"""The named options of a function, found in its signature and read from text.

A count's or a reader's keyword-only parameters are its options: the name with dashes, the type says
what may be given, the default what holds if nothing is. So an option is declared in one place.
"""

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

#: parameters that are given in other ways
NOT_OPTIONS = frozenset({"seats", "ties", "words"})
#: types of parameters that take several names
LISTS = frozenset({Sequence, Collection, tuple, frozenset})
MOST_CHARACTERS = 1_000


class OptionError(ValueError):
    """An option that is not there, or a value it does not take; says what there is."""


@dataclass(frozen=True)
class Option:
    """One option of a function. type: what a value is; default: what holds if none is given."""

    name: str
    type: Any
    default: Any

    @property
    def takes(self) -> str:
        """What may be given, in words, with the default."""
        default = getattr(self.default, "value", self.default)
        usual = "" if default in (None, ()) else f" (usually {default})"
        return _takes(self.type) + usual

    def read(self, text: str) -> Any:
        """Return the value a text stands for. Raises OptionError if it stands for none."""
        try:
            if len(text) > MOST_CHARACTERS:
                raise ValueError
            return _read(self.type, text.strip())
        except (ValueError, ArithmeticError):
            raise OptionError(
                f"the option {self.name} takes {self.takes}, not {text[:40]!r}"
            ) from None


def options_of(function: Callable[..., Any]) -> Mapping[str, Option]:
    """Return the options of a function by name."""
    hints = get_type_hints(function)
    return {
        name.replace("_", "-"): Option(name.replace("_", "-"), hints[name], parameter.default)
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind == parameter.KEYWORD_ONLY and name not in NOT_OPTIONS
    }


def read_options(texts: Mapping[str, str], options: Mapping[str, Option]) -> dict[str, Any]:
    """Return the values by the name of their parameter.

    Raises OptionError for one that is unknown, with all there are, or a value it does not take.
    """
    values = {}
    for name, text in texts.items():
        if name not in options:
            known = ", ".join(sorted(options)) or "none"
            raise OptionError(f"there is no option {name!r} here; there is: {known}")
        values[name.replace("-", "_")] = options[name].read(text)
    return values


def usual_texts(options: Mapping[str, Option]) -> dict[str, str]:
    """Return what holds if nothing is given, as read_options reads it; without what no text says.

    Written into a bundle, it counts the same when the usual is another one day.
    """
    usual = {
        name: getattr(option.default, "value", option.default) for name, option in options.items()
    }
    return {name: str(value) for name, value in usual.items() if value not in (None, ())}


def _inner(type_: Any) -> Any:
    """Return the type without "or None"."""
    if isinstance(type_, UnionType):
        return next(part for part in get_args(type_) if part is not type(None))
    return type_


def _takes(type_: Any) -> str:
    inner = _inner(type_)
    if get_origin(inner) in LISTS:
        return "names separated by semicolons"
    if issubclass(inner, StrEnum):
        return " or ".join(member.value for member in inner)
    words = {int: "a whole number", Fraction: "a number such as 2/3 or 0.6", bool: "yes or no"}
    return words.get(inner, "text")


def _read(type_: Any, text: str) -> Any:
    inner = _inner(type_)
    if get_origin(inner) in LISTS:
        return tuple(name.strip() for name in text.split(";") if name.strip())
    if inner is bool:
        return {"yes": True, "no": False}[text] if text in ("yes", "no") else _refuse()
    if inner is Fraction and "e" in text.lower():
        return _refuse()
    return inner(text)


def _refuse() -> Any:
    raise ValueError
