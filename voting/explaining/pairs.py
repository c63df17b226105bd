"""Methods that compare options in pairs: Schulze and ranked pairs."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.templating import count
from voting.explaining.parts import NOBODY, Part, Round, Stack, Table, stack_of
from voting.explaining.totals import order_of

#: options the winner is shown against in the picture
MOST_SHOWN = 12


def schulze(result: Mapping[str, Any]) -> list[Part]:
    counted: Round = result["rounds"][0]
    names = _names(result)
    paths = counted["strongest_paths"]
    said = [
        "Where A beats B and B beats C, a path leads from A to C; it is as strong as its "
        "weakest step. An option stands above another if its strongest path there is "
        "stronger than the one back.",
    ]
    needs_none = _beats_all(names[0], names[1:], counted["preferences"])
    if needs_none:
        said.append(f"For {names[0]} no path is needed; they settle the order of the others.")
    return [
        *_pairs(result, counted["preferences"], names),
        Part(
            "Strongest paths",
            said,
            [] if needs_none else _beats(names, paths),
            table=_matrix("Strength of the strongest path from row to column", names, paths),
        ),
    ]


def ranked_pairs(result: Mapping[str, Any]) -> list[Part]:
    names = _names(result)
    steps: Sequence[Round] = result["rounds"][1]["majorities"]
    rows: list[list[str | int]] = [
        [
            f"{number}. {one['winner']} over {one['loser']}",
            f"{one['for']:,}",
            f"{one['against']:,}",
            "Counts" if one["locked"] else "Left out: it would close a circle",
        ]
        for number, one in enumerate(steps, 1)
    ]
    return [
        *_pairs(result, result["rounds"][0]["preferences"], names),
        Part(
            "From the clearest win down",
            [
                "Wins are taken from the clearest to the closest. One that contradicts those "
                "before it is left out."
            ],
            table=Table(
                "Wins in pairs, the clearest first",
                ["Pair", ("For", "number"), ("Against", "number"), "What becomes of it"],
                rows,
            ),
        ),
    ]


def _names(result: Mapping[str, Any]) -> list[str]:
    return [name for group in result["ranking"] for name in group]


def _pairs(
    result: Mapping[str, Any], matrix: Mapping[str, Mapping[str, int]], names: Sequence[str]
) -> list[Part]:
    ballots = result["ballots"]
    best = result["winners"][0] if result["winners"] else names[0]
    others = [name for name in names if name != best]
    stacks = [_against(best, other, matrix, ballots) for other in others]
    return [
        Part(
            "Every pair",
            [
                f"Of {count(ballots, 'ballot')}, so many rank the option of the row above "
                "that of the column. An option that is not ranked stands below those that are.",
                order_of(result),
                _against_all(best, others, matrix, wins=bool(result["winners"])),
            ],
            stacks=stacks[:MOST_SHOWN],
            table=_matrix("Ballots that rank row above column", names, matrix),
        )
    ]


def _against_all(
    best: str, others: Sequence[str], matrix: Mapping[str, Mapping[str, int]], *, wins: bool
) -> str:
    """Whether the pairs alone name the winner. wins: False where the guild chose nothing."""
    if _beats_all(best, others, matrix):
        return f"{best} beats every other option one against one{', and so wins' if wins else ''}."
    return "No option beats every other one against one, so more than the pairs decides: see below."


def _beats_all(one: str, others: Sequence[str], matrix: Mapping[str, Mapping[str, int]]) -> bool:
    return all(matrix[one][other] > matrix[other][one] for other in others)


def _against(one: str, other: str, matrix: Mapping[str, Mapping[str, int]], ballots: int) -> Stack:
    ahead, behind = matrix[one][other], matrix[other][one]
    neither = ballots - ahead - behind
    numbers = [(one, ahead, f"{ahead:,}"), ("Neither", neither, f"{neither:,}")]
    numbers.append(("The other", behind, f"{behind:,}"))
    tones = {one: "1", "Neither": NOBODY, "The other": "2"}
    return stack_of(f"{one} against {other}: {ahead:,} to {behind:,}", numbers, tones)


def _matrix(caption: str, names: Sequence[str], matrix: Mapping[str, Mapping[str, int]]) -> Table:
    """Options are numbered, so that columns stay narrow whatever the names."""
    numbers = range(1, len(names) + 1)
    return Table(
        caption,
        ["Option", *((f"{number}", "number") for number in numbers)],
        [
            [
                f"{number}. {one}",
                *("" if one == other else f"{matrix[one][other]:,}" for other in names),
            ]
            for number, one in zip(numbers, names, strict=True)
        ],
    )


def _beats(names: Sequence[str], paths: Mapping[str, Mapping[str, int]]) -> list[str]:
    """The first of the order against each other one."""
    best = names[0]
    return [
        f"{best} stands above {other}: the path there is {paths[best][other]:,} strong, "
        f"the one back {paths[other][best]:,}."
        for other in names[1:]
        if paths[best][other] > paths[other][best]
    ]
