"""Methods that add up: approvals, scores, STAR; and the answers to one question."""

from collections.abc import Mapping
from typing import Any

from core.templating import count
from voting.explaining.parts import (
    NOBODY,
    Part,
    Round,
    Table,
    bars_of,
    listed,
    number_text,
    order_in_words,
    share_text,
    stack_of,
)

#: what the answers to a question are called, by method
ANSWERS = {
    "majority": (("yes", "Yes"), ("no", "No"), ("abstain", "Abstain")),
    "consent": (
        ("consent", "Consent"),
        ("objections", "Objection"),
        ("stand_aside", "Stands aside"),
    ),
}
TONES = {"Yes": "yes", "Consent": "yes", "No": "no", "Objection": "no"}


def question(result: Mapping[str, Any]) -> list[Part]:
    """One line of all electors by their answer."""
    counted: Round = result["rounds"][0]
    numbers = [(word, counted[key], f"{counted[key]:,}") for key, word in ANSWERS[result["method"]]]
    missing = max(counted["electorate"] - sum(number for _, number, _ in numbers), 0)
    numbers.append(("Did not vote", missing, f"{missing:,}"))
    tones = {word: TONES.get(word, "aside") for word, _, _ in numbers} | {"Did not vote": NOBODY}
    return [Part("", stacks=[stack_of("All who could vote", numbers, tones)])]


def approval(result: Mapping[str, Any]) -> list[Part]:
    counted: Round = result["rounds"][0]
    approvals, ballots = counted["approvals"], result["ballots"]
    return [
        Part(
            "Approvals",
            [f"Of {count(ballots, 'ballot')}, so many approve each option.", order_of(result)],
            bars=bars_of(
                ((name, n, f"{n:,}") for name, n in approvals.items()),
                of=ballots,
                won=result["winners"],
            ),
            table=Table(
                "Approvals",
                ["Option", ("Approvals", "number"), ("Of all ballots", "number"), "Result"],
                [
                    [name, f"{n:,}", share_text(n, ballots), won(name, result)]
                    for name, n in approvals.items()
                ],
            ),
        )
    ]


def score(result: Mapping[str, Any], *, lowest: int, highest: int) -> list[Part]:
    counted: Round = result["rounds"][0]
    standings, ballots = counted["standings"], result["ballots"]
    least, most = ballots * lowest, ballots * highest
    return [
        Part(
            "Scores",
            [
                f"Scores run from {lowest} to {highest}. The scores of an option are added up; "
                "no opinion adds nothing.",
                order_of(result),
            ],
            bars=bars_of(
                ((one["option"], one["total"] - least, f"{one['total']:,}") for one in standings),
                of=most - least,
                won=result["winners"],
            ),
            table=Table(
                "Scores",
                [
                    "Option",
                    ("Total", "number"),
                    ("Scored by", "number"),
                    ("Mean", "number"),
                    "Result",
                ],
                [
                    [
                        one["option"],
                        f"{one['total']:,}",
                        f"{one['scored_by']:,}",
                        "" if one["mean"] is None else number_text(one["mean"], 2),
                        won(one["option"], result),
                    ]
                    for one in standings
                ],
            ),
        )
    ]


def star(result: Mapping[str, Any], *, highest: int) -> list[Part]:
    parts = []
    rounds, ballots = result["rounds"], result["ballots"]
    several = sum(counted["round"] == "scoring" for counted in rounds) > 1
    seat = 0
    for counted in rounds:
        if counted["round"] == "scoring":
            seat += 1
            which = f" for seat {seat}" if several else ""
            parts.append(_star_scores(counted, f"Scores{which}", of=ballots * highest))
        else:
            parts.append(_star_run_off(counted, f"The run-off{which}", ballots))
    return parts


def _star_scores(counted: Round, title: str, *, of: int) -> Part:
    totals, finalists = counted["totals"], counted["finalists"]
    return Part(
        title,
        [
            "The scores of each option are added up; no opinion adds nothing. "
            f"The two highest totals go to the run-off: {listed(finalists)}."
        ],
        bars=bars_of(((name, n, f"{n:,}") for name, n in totals.items()), of=of, won=finalists),
        table=Table(
            title,
            ["Option", ("Total", "number"), "Result"],
            [
                [name, f"{n:,}", "In the run-off" if name in finalists else ""]
                for name, n in totals.items()
            ],
        ),
    )


def _star_run_off(counted: Round, title: str, ballots: int) -> Part:
    preferred = counted["preferred"]
    first, second = preferred
    numbers = [(name, n, f"{n:,}") for name, n in preferred.items()]
    numbers.append(("No preference", counted["no_preference"], f"{counted['no_preference']:,}"))
    said = f"A ballot counts for the one of the two it scores higher. {counted['elected']} wins"
    if counted["decided_by"] == "preferred by more":
        said += f", preferred by {max(preferred.values()):,} to {min(preferred.values()):,}."
    else:
        said += f"; both are preferred by {preferred[first]:,}, so it went by {_how(counted)}."
    return Part(
        title,
        [said],
        stacks=[
            stack_of(
                f"{first} against {second}",
                numbers,
                {first: "1", second: "2", "No preference": NOBODY},
            )
        ],
        table=Table(
            title,
            ["Ballots that prefer", ("Ballots", "number"), ("Of all", "number")],
            [[name, f"{n:,}", share_text(n, ballots)] for name, n, _ in numbers],
        ),
    )


def _how(counted: Round) -> str:
    how: str = counted["decided_by"]
    return "the seed" if how == "seed" else how


def order_of(result: Mapping[str, Any]) -> str:
    return order_in_words(result["ranking"] or [])


def won(name: str, result: Mapping[str, Any]) -> str:
    return "Chosen" if name in result["winners"] else ""
