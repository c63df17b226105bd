import json
from fractions import Fraction
from typing import Any

import pytest

from tests.voting.counting.bundles import write_bundle
from voting.counting.files.bundle import Bundle, Profile, read_bundle
from voting.counting.files.errors import BallotFileError
from voting.counting.profiles import (
    ApprovalProfile,
    BudgetProfile,
    Choice,
    ChoiceProfile,
    Project,
    RankedProfile,
    ScoreProfile,
)

NAMES = ("Ada", "Bö", "Cy")
HALF = Fraction(1, 2)
PROFILES: list[Profile] = [
    RankedProfile(NAMES, {((0,), (1, 2)): 2, (): 1}),
    ScoreProfile(NAMES, {(5, None, -1): 3}),
    ApprovalProfile(NAMES, {frozenset({0, 2}): 2, frozenset(): 1}),
    ChoiceProfile(("Strike",), {(Choice.YES,): 2, (Choice.ABSTAIN,): 1}),
    BudgetProfile(
        (Project("Park", Fraction("10.5")), Project("Fence", Fraction(3))),
        Fraction(12),
        {((0, HALF), (1, Fraction(2))): 2},
    ),
]


def bundle(**changes: Any) -> str:
    data = {
        "format": "dream-guilds-ballots/1",
        "method": "approval",
        "kind": "approvals",
        "options": ["A", "B"],
        "rules": {},
        "electorate": 4,
        "ballots": [[0], [0, 1]],
    }
    return json.dumps({**data, **changes}, indent=1)


@pytest.mark.parametrize("profile", PROFILES)
def test_what_is_written_is_read_again(profile: Profile) -> None:
    written = Bundle(
        profile,
        seats=2,
        title="Who?",
        lots=("Cy",),
        method="x",
        rules={"a": "b"},
        electorate=9,
        seed=b"root",
    )
    read = read_bundle(write_bundle(written))
    assert read == written


def test_ballots_may_be_objects_and_other_keys_are_let_be() -> None:
    text = bundle(ballots=[{"ballot": [1], "receipt": "k7"}], root="ab", signature="cd")
    assert dict(read_bundle(text).profile.ballots) == {frozenset({1}): 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"format": "dream-guilds-ballots/2"},
        {"kind": "shouts"},
        {"kind": ["approvals"]},
        {"options": ["A", "A"]},
        {"options": ["A", ""]},
        {"options": ["A", "\ud800"]},
        {"options": "AB"},
        {"options": [str(number) for number in range(2001)]},
        {"seats": 0},
        {"seats": True},
        {"rules": {"quorum": 1}},
        {"rules": ["quorum"]},
        {"electorate": -1},
        {"seed": "xyz"},
        {"seed": 7},
        {"ballots": {}},
        {"kind": "points", "ballots": []},
        {"kind": "points", "ballots": [], "costs": ["1", "x"], "budget": "1"},
        {"kind": "points", "ballots": [], "costs": ["1", "1/0"], "budget": "1"},
        {"kind": "points", "ballots": [], "costs": ["1", "1"], "budget": "1e99999999"},
    ],
)
def test_what_is_amiss_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(BallotFileError) as caught:
        read_bundle(bundle(**changes))
    assert caught.value.line == 1


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        ("approvals", [2]),
        ("approvals", [0, 0]),
        ("approvals", [True]),
        ("approvals", None),
        ("approvals", {"receipt": "k7"}),
        ("ranking", [[0], [0]]),
        ("ranking", [[]]),
        ("ranking", [0]),
        ("scores", [1]),
        ("scores", [1, "2"]),
        ("choices", ["yes", "maybe"]),
        ("choices", ["yes"]),
        ("points", [[0, 0]]),
        ("points", [[0, 1], [0, 2]]),
        ("points", [[0]]),
    ],
)
def test_a_wrong_ballot_is_refused_with_its_line(kind: str, wrong: Any) -> None:
    text = bundle(kind=kind, ballots=[])
    fine = {"scores": "[1, 2]", "choices": '["yes", "no"]'}.get(kind, "[]")
    text = text.replace('"ballots": []', f'"ballots": [\n{fine},\n{json.dumps(wrong)}\n]')
    with pytest.raises(BallotFileError, match="ballot 2") as caught:
        read_bundle(text)
    assert text.splitlines()[(caught.value.line or 0) - 1] == json.dumps(wrong)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{}",
        '{"a": 1, "a": 2}',
        '{"a": 1.5}',
        '{"a": NaN}',
        '{"a": ' + "9" * 5000 + "}",
        '{"a": ' + "[" * 100_000,
        "[]",
    ],
)
def test_other_json_is_refused(text: str) -> None:
    with pytest.raises(BallotFileError) as caught:
        read_bundle(text)
    assert caught.value.line == 1
