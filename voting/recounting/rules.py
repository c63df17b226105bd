"""What a vote was counted by, held against the charter's rule that stands in the same signed head.

A server could sign a bundle that is whole in itself and yet counted by another threshold, method or
tie than the charter's; so nothing of the count is believed that the charter, or the proposal's own
settings, do not say too.
"""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from math import ceil
from typing import Any

from voting.counting.files.bundle import KINDS
from voting.counting.methods import Method, get_method
from voting.counting.options import read_options
from voting.counting.profiles import BudgetProfile, ChoiceProfile
from voting.recounting.checked import Bundle, Checked

#: what a secret vote needs at least, whatever the charter says (guilds.charter.SECRET_LEAST)
SECRET_LEAST = 3
#: keys that break ties by something else than the box's root; a closed vote has none
DRAWN = ("lots", "seed")


def rules(bundle: Bundle, *, is_other: bool) -> Iterator[Checked]:
    """is_other: counted by another version, to which something else may have been usual."""
    rule = bundle["charter"]["rule"]
    method = get_method(bundle["method"])
    yield Checked(
        method.name in rule["methods"] and KINDS[bundle["kind"]][0] is method.kind,
        f"the charter lets it be decided by {method.name}, and the ballots are of that kind",
    )
    kept = "secret" if rule["is_secret"] else "open"
    yield Checked(
        bundle["secret"] is rule["is_secret"], f"the vote was {kept}, as the charter says"
    )
    yield Checked(not set(DRAWN) & set(bundle), "ties are broken by the root of the ballots alone")
    yield _weights(bundle)
    yield from _counted_by(bundle, method, is_other=is_other)


def _weights(bundle: Bundle) -> Checked:
    rule = bundle["charter"]["rule"]
    heaviest = max((one["weight"] for one in bundle["ballots"]), default=1)
    cap = rule["delegation_cap"]
    if rule["is_secret"] or not rule["delegation"]:
        why = "the vote was secret" if rule["is_secret"] else "nobody may vote for others"
        return Checked(heaviest == 1, f"each counts once, as {why}")
    if cap:
        return Checked(
            heaviest <= cap + 1, f"no ballot counts for more than {cap + 1}, as the charter caps it"
        )
    return Checked(True, "a ballot may speak for any number of others, as the charter says")


def _counted_by(bundle: Bundle, method: Method, *, is_other: bool) -> Iterator[Checked]:
    """The options of the count. What neither charter nor settings say must be the usual."""
    rules: Mapping[str, str] = bundle["rules"]
    said = _said(bundle, method)
    usual = {name: option.default for name, option in method.options.items()}
    right, used = (_values(texts, method) for texts in (said, rules))
    wrong = {name for name in usual if used[name] != right[name]}
    by_then = {name for name in wrong - said.keys() if is_other and usual[name] not in (None, ())}
    told = [f"{name} {rules.get(name, 'unsaid')}" for name in sorted(wrong - by_then)]
    if method.kind is BudgetProfile and bundle["budget"] != bundle["settings"]["budget"]:
        told.append(f"budget {bundle['budget']}")
    by = "counted by nothing but the charter's rule and the proposal's settings"
    yield Checked(not told, f"{by}: not {', '.join(told)}" if told else by)
    for name in sorted(by_then):
        yield Checked(None, f"{name} is {rules[name]}, which is not usual in this version")


def _values(texts: Mapping[str, str], method: Method) -> dict[str, Any]:
    """What every option of the method comes to."""
    given = read_options(texts, method.options)
    return {
        name: given.get(name.replace("-", "_"), option.default)
        for name, option in method.options.items()
    }


def _said(bundle: Bundle, method: Method) -> dict[str, str]:
    """The options that the charter's rule stands for, or the author chose, as text."""
    if method.kind is not ChoiceProfile:
        settings: Mapping[str, str] = bundle["settings"]
        return {name: text for name, text in settings.items() if name in method.options}
    rule = bundle["charter"]["rule"]
    least, electors = ballots_needed(bundle), bundle["electorate"] or 0
    told = {"quorum": "0", "least-ballots": str(least), "electorate": str(electors)}
    if "threshold" in method.options:
        told |= {
            "threshold": rule["threshold_share"],
            "reach": "more-than" if rule["threshold_exceeded"] else "at-least",
            "base": rule["threshold_base"],
        }
    return told


def decision(bundle: Bundle, winners: Any) -> Iterator[Checked]:
    """What the count means under the charter's rule."""
    needed = ballots_needed(bundle)
    is_quorate = bundle["voters"] >= needed
    yield Checked(
        (bundle["decision"]["failed_by"] == "quorum") != is_quorate,
        f"{needed} had to take part, {bundle['voters']} did",
    )
    passed = is_quorate and bool(winners)
    state = bundle["decision"]["state"]
    yield Checked((state == "passed") == passed, f"by the charter's rule it is {state}")


def ballots_needed(bundle: Bundle) -> int:
    """The fewest people that must have taken part, by the charter's rule."""
    rule = bundle["charter"]["rule"]
    members = bundle["members"] if rule["quorum_base"] == "members" else None
    base = bundle["electorate"] if members is None else members
    least = max(rule["quorum_least"], SECRET_LEAST if rule["is_secret"] else 0)
    return int(max(ceil(Fraction(rule["quorum_share"]) * (base or 0)), least))
