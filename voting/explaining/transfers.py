"""Methods in which ballots move from option to option: instant run-off and STV."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from core.templating import count
from voting.explaining.parts import (
    NOBODY,
    Part,
    Round,
    Stack,
    Table,
    is_are,
    listed,
    number_text,
    stack_of,
    tones_of,
)

EXHAUSTED = "Count for nobody any more"


def irv(result: Mapping[str, Any]) -> list[Part]:
    rounds: Sequence[Round] = result["rounds"]
    said = [
        "Each ballot counts for the highest option on it that is still in. The one with the fewest "
        "drops out, until one has more than half of the ballots that still count."
    ]
    steps = [f"Round {number}: {_irv_round(one)}" for number, one in enumerate(rounds, 1)]
    heads = [f"Round {number}" for number in range(1, len(rounds) + 1)]
    return [_part("Round by round", said, steps, rounds, heads)]


def _irv_round(counted: Round) -> str:
    votes = counted["votes"]
    if counted["elected"]:
        name = counted["elected"][0]
        in_play = sum(votes.values())
        return (
            f"{name} has {votes[name]:,} of {count(in_play, 'ballot')} that still count; "
            f"{counted['majority']:,} are more than half."
        )
    out = counted["eliminated"]
    fewest = listed([f"{votes[name]:,}" for name in out])
    return f"{listed(out)} {is_are(out)} last with {fewest} and {_drops(out)} out."


def _drops(names: Sequence[str]) -> str:
    return "drops" if len(names) == 1 else "drop"


def stv(result: Mapping[str, Any], *, seats: int) -> list[Part]:
    rounds: Sequence[Round] = result["rounds"]
    is_meek = bool(rounds) and "keep_factors" in rounds[0]
    say = _meek_round if is_meek else _stage
    word = "Round" if is_meek else "Stage"
    said = [_quota(rounds, seats, is_meek=is_meek)] if rounds else []
    before = [rounds[0], *rounds][: len(rounds)] if rounds else []
    steps = [
        f"{word} {number}: {say(one, earlier['votes'])}"
        for number, (one, earlier) in enumerate(zip(rounds, before, strict=True), 1)
    ]
    heads = [f"{word} {number}" for number in range(1, len(rounds) + 1)]
    return [_part(f"{word} by {word.lower()}", said, steps, rounds, heads)]


def _part(
    title: str,
    said: Sequence[str],
    steps: Sequence[str],
    rounds: Sequence[Round],
    heads: Sequence[str],
) -> Part:
    stacks, table = _stacks(rounds, heads), _table(rounds, heads)
    return Part(title, said, steps, stacks=stacks, table=table)


def _quota(rounds: Sequence[Round], seats: int, *, is_meek: bool) -> str:
    quota = _things(number_text(rounds[0]["quota"]), "vote")
    filled = f"{seats:,} seats are" if seats > 1 else "One seat is"
    if is_meek:
        return (
            f"{filled} to fill. The quota to be elected begins at {quota}, and falls as "
            "ballots run out of names. The elected keep just the share of each ballot they need."
        )
    ballots = sum((Fraction(votes) for votes in rounds[0]["votes"].values()), Fraction(0))
    return (
        f"{filled} to fill. The quota to be elected is {quota}: "
        f"{_things(number_text(ballots), 'ballot')} that name somebody, divided by {seats + 1}, "
        "one more than the seats, and the next whole number above."
    )


def _things(number: str, thing: str) -> str:
    return f"{number} {thing}" if number == "1" else f"{number} {thing}s"


def _stage(counted: Round, before: Mapping[str, Any]) -> str:
    """before: the votes of the stage before it."""
    out = counted["options"]
    options = listed(out)
    had = listed([number_text(before[name]) for name in out])
    said = {
        "first preferences": "each ballot counts for its first choice",
        "surplus": f"what {options} {_has(out)} above the quota goes on to the next choices",
        "exclusion": f"{options} {_has(out)} the fewest votes, {had}, and {_drops(out)} out"
        + (", and the ballots go on to the next choices" if had != "0" else ""),
    }.get(counted["action"], counted["action"])
    return f"{said}.{_elected(counted)}"


def _meek_round(counted: Round, _: Mapping[str, Any]) -> str:
    said = f"the quota is {number_text(counted['quota'])}."
    if counted["excluded"]:
        out = counted["excluded"]
        said += f" {listed(out)} {_has(out)} the fewest votes and {_drops(out)} out."
    return said + _elected(counted)


def _has(names: Sequence[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _elected(counted: Round) -> str:
    """Who has a seat now, apart who got it below the quota as nobody else was left for it."""
    votes, quota = counted["votes"], Fraction(counted["quota"])
    short = [name for name in counted["elected"] if Fraction(votes[name]) < quota]
    reached = [name for name in counted["elected"] if name not in short]
    said = f" {listed(reached)} {is_are(reached)} elected." if reached else ""
    if short:
        left = "the last seat" if len(short) == 1 else "the last seats"
        said += f" {listed(short)} {is_are(short)} elected below the quota: "
        said += f"nobody else is left for {left}."
    return said


def _stacks(rounds: Sequence[Round], heads: Sequence[str]) -> list[Stack]:
    """A line a round; who stays in longest has a tone of its own."""
    if not rounds:
        return []
    first = rounds[0]["votes"]
    stayed = {name: sum(name in one["votes"] for one in rounds) for name in first}
    by_stay = sorted(first, key=lambda name: (-stayed[name], -Fraction(first[name])))
    tones = tones_of(by_stay) | {EXHAUSTED: NOBODY}
    return [
        stack_of(
            head,
            [
                (name, Fraction(votes), number_text(votes))
                for name, votes in (*_in_order(one, by_stay), (EXHAUSTED, one["exhausted"]))
            ],
            tones,
        )
        for head, one in zip(heads, rounds, strict=True)
    ]


def _in_order(counted: Round, order: Sequence[str]) -> list[tuple[str, Any]]:
    return [(name, counted["votes"][name]) for name in order if name in counted["votes"]]


def _table(rounds: Sequence[Round], heads: Sequence[str]) -> Table:
    """Options down, rounds across; what counts no more and what was rounded off at the end."""
    names = list(rounds[0]["votes"]) if rounds else []
    rows: list[list[str | int]] = [
        [
            name,
            *(number_text(one["votes"][name]) if name in one["votes"] else "" for one in rounds),
        ]
        for name in names
    ]
    rows.append([EXHAUSTED, *(number_text(one["exhausted"]) for one in rounds)])
    if any(Fraction(one.get("lost_to_rounding", 0)) for one in rounds):
        lost = [number_text(one["lost_to_rounding"]) for one in rounds]
        rows.append(["Lost to rounding", *lost])
    return Table("Votes", ["Option", *((head, "number") for head in heads)], rows)
