"""Bundles as text, for tests of reading and counting them."""

import json
from fractions import Fraction
from typing import Any

from voting.counting.files.bundle import FORMAT, KINDS, Bundle
from voting.counting.outcome import exact
from voting.counting.profiles import BudgetProfile


def write_bundle(bundle: Bundle) -> str:
    """The bundle as text, one ballot a line."""
    profile = bundle.profile
    kind = next(name for name, (type_, _) in KINDS.items() if isinstance(profile, type_))
    head: dict[str, Any] = {
        "format": FORMAT,
        "title": bundle.title,
        "method": bundle.method,
        "seats": bundle.seats or 1,
        "kind": kind,
        "options": list(profile.options),
        "rules": dict(bundle.rules),
        "electorate": bundle.electorate,
        "lots": list(bundle.lots),
        "seed": None if bundle.seed is None else bundle.seed.hex(),
    }
    if isinstance(profile, BudgetProfile):
        head["costs"] = [str(project.cost) for project in profile.projects]
        head["budget"] = str(profile.budget)
    lines = sorted(
        json.dumps(_written(ballot))
        for ballot, count in profile.ballots.items()
        for _ in range(count)
    )
    shown = json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}")
    return shown + ',\n "ballots": [\n' + ",\n".join(lines) + "\n ]\n}\n"


def _written(ballot: Any) -> Any:
    if isinstance(ballot, frozenset):
        return sorted(ballot)
    if isinstance(ballot, tuple):
        return [_written(part) for part in ballot]
    return exact(ballot) if isinstance(ballot, Fraction) else ballot
