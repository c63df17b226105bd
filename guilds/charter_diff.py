"""What a change of the charter changes, in the charter's own sentences."""

from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple

from guilds.charter import Charter, DecisionKind
from guilds.charter_words import KIND_NAMES, rule_in_words


class Mark(StrEnum):
    SAME = "same"
    GONE = "gone"
    NEW = "new"


class Line(NamedTuple):
    mark: Mark
    sentence: str


class Change(NamedTuple):
    """kinds: names of the kinds that change in this way; lines: the rule, old and new."""

    kinds: tuple[str, ...]
    lines: tuple[Line, ...]


def changes(before: Charter, after: Charter) -> list[Change]:
    """What reads differently, in the order of kinds; kinds that change alike are one. [] if none.

    What a sentence says is what a rule does, so what reads the same is no change.
    """
    grouped: dict[tuple[Line, ...], list[str]] = {}
    for kind in DecisionKind:
        lines = _lines(rule_in_words(before.rules[kind]), rule_in_words(after.rules[kind]))
        if any(line.mark != Mark.SAME for line in lines):
            grouped.setdefault(lines, []).append(KIND_NAMES[kind])
    return [Change(tuple(names), lines) for lines, names in grouped.items()]


def _lines(before: list[str], after: list[str]) -> tuple[Line, ...]:
    """Both rules as one: what goes stands before what comes in its place."""
    lines: list[Line] = []
    for tag, old, old_end, new, new_end in SequenceMatcher(
        None, before, after, False
    ).get_opcodes():
        if tag == "equal":
            lines += [Line(Mark.SAME, sentence) for sentence in before[old:old_end]]
            continue
        for goes, comes in zip_longest(before[old:old_end], after[new:new_end]):
            lines += [Line(Mark.GONE, goes)] if goes else []
            lines += [Line(Mark.NEW, comes)] if comes else []
    return tuple(lines)


def as_read(before: Charter, after: Charter) -> Charter:
    """The charter after, with every rule that reads as before left as it was to the letter."""
    rules = {}
    for kind in DecisionKind:
        old, new = before.rules[kind], after.rules[kind]
        rules[kind] = old if rule_in_words(old) == rule_in_words(new) else new
    return Charter(rules=rules)
