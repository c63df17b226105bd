"""Budgets: which projects are paid for, by greedy approval or by equal shares."""

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from voting.explaining.parts import (
    NOBODY,
    Part,
    Round,
    Table,
    bars_of,
    listed,
    money_text,
    stack_of,
    tones_of,
)

RESULTS: dict[str, str] = {
    "funded": "Paid for",
    "funded, topped up": "Paid for, topped up",
    "does not fit": "Costs more than was left",
    "too little support": "Too little support",
    "stopped": "The money was spent",
}
LEFT = "Left over"


#: an amount in words, with its currency
Money: TypeAlias = Callable[[Fraction | int | str], str]


def greedy(result: Mapping[str, Any], money: Money) -> list[Part]:
    rounds: Sequence[Round] = result["rounds"]
    summary, projects = rounds[-1], rounds[:-1]
    return [
        _spent(projects, summary, money),
        _greedily(projects, "From the most supported down", result, money),
    ]


def equal_shares(result: Mapping[str, Any], names: Sequence[str], money: Money) -> list[Part]:
    rounds: Sequence[Round] = result["rounds"]
    end = next(place for place, one in enumerate(rounds) if "share" in one)
    shared, summary, later = rounds[:end], rounds[end], rounds[end + 1 : -1]
    paid = [*shared, *(one for one in later if one["result"].startswith("funded"))]
    last = rounds[-1]
    parts = [_spent(paid, {"budget": summary["budget"], "left": last["left"]}, money)]
    parts.append(_shares(shared, summary, money))
    if later:
        parts.append(_greedily(later, "What was left, from the most supported down", result, money))
    unpaid = [name for name in names if name not in result["winners"]]
    if unpaid and not later:
        parts.append(Part("Not paid for", [f"{listed(unpaid)}."]))
    return parts


def _spent(projects: Sequence[Round], summary: Round, money: Money) -> Part:
    """The whole budget as one line."""
    funded = [one for one in projects if one["result"].startswith("funded")]
    numbers = [(one["project"], Fraction(one["cost"]), money(one["cost"])) for one in funded]
    numbers.append((LEFT, Fraction(summary["left"]), money(summary["left"])))
    tones = tones_of([one["project"] for one in funded]) | {LEFT: NOBODY}
    spent = Fraction(summary["budget"]) - Fraction(summary["left"])
    return Part(
        "The money",
        [
            f"{money(spent)} of {money(summary['budget'])} is spent; "
            f"{money(summary['left'])} is left over."
        ],
        stacks=[stack_of("The budget", numbers, tones)],
    )


def _greedily(
    projects: Sequence[Round], title: str, result: Mapping[str, Any], money: Money
) -> Part:
    return Part(
        title,
        ["Each project is paid for if it still fits, the most supported first."],
        bars=bars_of(
            (
                (one["project"], Fraction(one["support"]), money_text(one["support"]))
                for one in projects
            ),
            of=result["ballots"],
            won=result["winners"],
        ),
        table=Table(
            title,
            [
                "Project",
                ("Supported by", "number"),
                ("Cost", "number"),
                "Result",
                ("Left after it", "number"),
            ],
            [
                [
                    one["project"],
                    money_text(one["support"]),
                    money(one["cost"]),
                    RESULTS[one["result"]],
                    money(one["left"]),
                ]
                for one in projects
            ],
        ),
    )


def _shares(shared: Sequence[Round], summary: Round, money: Money) -> Part:
    said = [
        f"Everyone who voted has the same share of the money, {money(summary['share'])}. "
        "A project is paid for by those who support it, as evenly as they can, and first the one "
        "that asks the least of them for what they get."
    ]
    if not shared:
        return Part("Equal shares", [*said, "No project could be paid for by its supporters."])
    return Part(
        "Equal shares",
        said,
        table=Table(
            "Paid for by their supporters, in this order",
            [
                "Project",
                ("Cost", "number"),
                ("Supporters", "number"),
                ("Each pays at most", "number"),
            ],
            [
                [
                    one["project"],
                    money(one["cost"]),
                    f"{one['supporters']:,}",
                    money(Fraction(one["rho"]) * Fraction(one["cost"])),
                ]
                for one in shared
            ],
        ),
    )
