import json
from fractions import Fraction

import pytest

from voting.counting.outcome import Outcome, Tie, decimal, exact

OPTIONS = ("Ada", "Bo", "Cy")


def test_an_outcome_is_told_by_name() -> None:
    outcome = Outcome("irv", 9, (2,), ((2,), (0, 1)), ({"votes": {"Cy": 9}},))
    told = outcome.as_json(OPTIONS)
    assert json.loads(json.dumps(told)) == {
        "method": "irv",
        "ballots": 9,
        "winners": ["Cy"],
        "ranking": [["Cy"], ["Ada", "Bo"]],
        "rounds": [{"votes": {"Cy": 9}}],
    }


def test_without_a_ranking_it_is_null() -> None:
    assert Outcome("stv", 0, ()).as_json(OPTIONS)["ranking"] is None


def test_a_tie_is_told_by_name() -> None:
    assert Tie((0, 2), 2, "elect", "seed").as_json(OPTIONS) == {
        "among": ["Ada", "Cy"],
        "chosen": "Cy",
        "what": "elect",
        "how": "seed",
    }


@pytest.mark.parametrize(
    ("number", "told"), [(3, 3), (Fraction(6, 2), 3), (Fraction(7, 3), "7/3"), (Fraction(0), 0)]
)
def test_numbers_stay_exact(number: int | Fraction, told: int | str) -> None:
    assert exact(number) == told


@pytest.mark.parametrize(
    ("units", "places", "told"),
    [(130000000, 5, "1300.00000"), (1362, 5, "0.01362"), (7, 0, "7"), (0, 2, "0.00")],
)
def test_units_are_told_with_all_their_places(units: int, places: int, told: str) -> None:
    assert decimal(units, places) == told
