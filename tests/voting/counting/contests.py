"""Real contests beside the checkout, and profiles written briefly."""

import json
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from voting.counting.files.errors import read_text
from voting.counting.outcome import Outcome
from voting.counting.profiles import RankedProfile, Ranking, Unranked

SHARED = Path(__file__).parents[3].parent / "shared" / "data"


#: contests of the manifest that some test compares with what is expected of them
CHECKED: set[str] = set()


def of_contests(*prefixes: str) -> pytest.MarkDecorator:
    """Give a test, as "name", every contest of the manifest whose identifier begins so.

    All of them count as checked (test_every_contest.py). Where there is no manifest, the test gets
    one contest, whose look-up skips it.
    """
    path = SHARED / "elections" / "manifest.json"
    every = json.loads(path.read_text())["contests"] if path.exists() else []
    names = [one["id"] for one in every if one["id"].startswith(prefixes)]
    CHECKED.update(names)
    return pytest.mark.parametrize("name", names or [prefixes[0]])


def contest(name: str) -> dict[str, Any]:
    """Return a contest of the manifest; skips where there is none."""
    found: dict[str, Any] = manifest()[name]
    return found


def content_of(one: Mapping[str, Any]) -> bytes:
    """Return a contest's ballot file as it is stored."""
    return elections(*one["file"].split("/")[1:]).read_bytes()


def shared(*parts: str) -> Path:
    """Return a path in the shared data; skip the test where it is missing."""
    path = SHARED.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no shared data beside the checkout: {'/'.join(parts)}")
    return path


def elections(*parts: str) -> Path:
    return shared("elections", *parts)


def text_of(*parts: str) -> str:
    """Return the text of a ballot file or report, unpacked."""
    return read_text(elections(*parts).read_bytes())


@cache
def manifest() -> dict[str, Any]:
    found = json.loads(elections("manifest.json").read_text())
    return {contest["id"]: contest for contest in found["contests"]}


def expected(contest: str) -> dict[str, Any]:
    """Return what the manifest expects of a contest."""
    return manifest()[contest]["expected"]


def profile(ballots: str, options: str = "", unranked: Unranked = Unranked.LAST) -> RankedProfile:
    """Return the profile of "3 A>B=C, 2 B": one letter an option, listed in alphabetical order."""
    counts: Counter[str] = Counter()
    for line in ballots.split(","):
        times, _, order = line.strip().partition(" ")
        counts[order.strip()] += int(times)
    names = sorted(options or {letter for order in counts for letter in order if letter.isalpha()})
    place = {name: index for index, name in enumerate(names)}
    grouped: Counter[Ranking] = Counter()
    for order, count in counts.items():
        groups = [group.split("=") for group in order.split(">")] if order else []
        grouped[tuple(tuple(sorted(place[name] for name in group)) for group in groups)] += count
    return RankedProfile(tuple(names), grouped, unranked)


def winners(outcome: Outcome, of: RankedProfile) -> str:
    return "".join(of.options[option] for option in outcome.winners)


def ranking(outcome: Outcome, of: RankedProfile) -> str:
    """Return the ranking as "A>B=C"."""
    assert outcome.ranking is not None
    return ">".join("=".join(of.options[one] for one in group) for group in outcome.ranking)
