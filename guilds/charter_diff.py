"""What a change of the charter changes, in the charter's own sentences."""

from difflib import SequenceMatcher
from enum import StrEnum
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
    """Both rules as one: what goes stands before what comes in its place.

    In its place comes what begins alike.
    """
    old_openings, new_openings = ([_opening(s) for s in rule] for rule in (before, after))
    lines: list[Line] = []
    for tag, old, old_end, new, new_end in SequenceMatcher(
        None, old_openings, new_openings, False
    ).get_opcodes():
        if tag == "equal":
            for goes, comes in zip(before[old:old_end], after[new:new_end], strict=True):
                pair = (Line(Mark.GONE, goes), Line(Mark.NEW, comes))
                lines += pair if goes != comes else [Line(Mark.SAME, goes)]
        else:
            lines += [Line(Mark.GONE, sentence) for sentence in before[old:old_end]]
            lines += [Line(Mark.NEW, sentence) for sentence in after[new:new_end]]
    return tuple(lines)


def _opening(sentence: str) -> str:
    """The words by which a sentence of a rule is known: "It counts if"."""
    return " ".join(sentence.split()[:3])


def as_read(before: Charter, after: Charter) -> Charter:
    """The charter after, with every rule that reads as before left as it was to the letter."""
    rules = {}
    for kind in DecisionKind:
        old, new = before.rules[kind], after.rules[kind]
        rules[kind] = old if rule_in_words(old) == rule_in_words(new) else new
    return Charter(rules=rules)
