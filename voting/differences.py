"""What changed between two texts, word by word, and how two changes of one text join.

The shortest edit script (E. W. Myers, "An O(ND) difference algorithm and its variations", 1986),
bounded: beyond MOST_EDITS words taken out and put in, what lies between the common beginning and
the common end counts as replaced. So no text, however hostile, takes long.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

MOST_EDITS = 800

#: a word with the spaces after it, or line breaks: joined they are the text again
_TOKEN = re.compile(r"[^\S\n]*\n\s*|\S+[^\S\n]*|[^\S\n]+")


class Part(NamedTuple):
    """A run of text. kind: "same", "del" or "ins"."""

    kind: str
    text: str


class Run(NamedTuple):
    """Tokens start to end of the one side became start to end of the other."""

    start: int
    end: int
    new_start: int
    new_end: int


def words(before: str, after: str) -> list[Part]:
    """The way from one text to the other in runs: what stays, what goes, what comes; in order.

    What stays is spaced as in the new text, which "same" and "ins" make up.
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    parts: list[Part] = []
    at = 0
    for run in changes(_keys(old), _keys(new)):
        begins = _after_breaks(run, new)
        _add(parts, "same", new[at:begins])
        _add(parts, "del", old[run.start : run.end])
        _add(parts, "ins", new[begins : run.new_end])
        at = run.new_end
    _add(parts, "same", new[at:])
    return parts


def merged(base: str, mine: str, theirs: str) -> str | None:
    """Both changes of a text in one; None if they touch the same words or neighbouring ones."""
    old = _TOKEN.findall(base)
    sides = [_TOKEN.findall(side) for side in (mine, theirs)]
    found = {
        (run.start, run.end, tuple(side[run.new_start : run.new_end]))
        for side in sides
        for run in changes(old, side)
    }
    edits = sorted(found)
    joined: list[str] = []
    at = 0
    for number, (start, end, put) in enumerate(edits):
        if number and start <= edits[number - 1][1]:
            return None
        joined += [*old[at:start], *put]
        at = end
    return "".join(joined + old[at:])


def changes(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    """Where two sequences differ, in order; between the runs they are equal."""
    first = _common(old, new)
    last = _common(old[first:][::-1], new[first:][::-1])
    trail = _trail(old[first : len(old) - last], new[first : len(new) - last])
    if trail is None:
        return [Run(first, len(old) - last, first, len(new) - last)]
    runs: list[Run] = []
    for x, y, is_deletion in trail:
        start, new_start = first + x, first + y
        end, new_end = start + is_deletion, new_start + (not is_deletion)
        if runs and (runs[-1].end, runs[-1].new_end) == (start, new_start):
            runs[-1] = runs[-1]._replace(end=end, new_end=new_end)
        else:
            runs.append(Run(start, end, new_start, new_end))
    return runs


def _after_breaks(run: Run, new: Sequence[str]) -> int:
    """Where what was put in begins to be read: after the line breaks that set it apart, if any."""
    if run.start < run.end:
        return run.new_start
    places = range(run.new_start, run.new_end)
    return next((place for place in places if new[place].strip()), run.new_start)


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many of the first are equal."""
    pairs = zip(old, new, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(old), len(new)))


def _trail(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int, bool]] | None:
    """The shortest script: (place in old, place in new, whether it takes out), in order.

    None if it is longer than MOST_EDITS.
    """
    reach = {1: 0}
    steps: list[dict[int, int]] = []
    for edits in range(min(len(old) + len(new), MOST_EDITS) + 1):
        steps.append(dict(reach))
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
            x = reach[k + 1] if down else reach[k - 1] + 1
            while x < len(old) and x - k < len(new) and old[x] == new[x - k]:
                x += 1
            reach[k] = x
            if x >= len(old) and x - k >= len(new):
                return _walk_back(steps, len(old), len(new))
    return None


def _walk_back(steps: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int, bool]]:
    trail = []
    for edits in range(len(steps) - 1, 0, -1):
        reach, k = steps[edits], x - y
        down = k == -edits or (k != edits and reach[k - 1] < reach[k + 1])
        x = reach[k + 1] if down else reach[k - 1]
        y = x - (k + 1 if down else k - 1)
        trail.append((x, y, not down))
    return trail[::-1]


def _keys(tokens: list[str]) -> list[str]:
    """What makes two tokens equal: the word without the spaces after it; that a line ends."""
    return [token.strip() or ("\n" * min(token.count("\n"), 2)) for token in tokens]


def _add(parts: list[Part], kind: str, tokens: list[str]) -> None:
    if tokens:
        parts.append(Part(kind, "".join(tokens)))
