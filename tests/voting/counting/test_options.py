from fractions import Fraction

import pytest

from voting.counting.greedy import Unfit, count_greedy
from voting.counting.options import OptionError, options_of, read_options
from voting.counting.schulze import count_schulze

GREEDY = options_of(count_greedy)


def test_a_counts_parameters_are_its_options() -> None:
    assert set(GREEDY) == {"measure", "threshold", "unfit", "top-up"}
    assert GREEDY["unfit"].takes == "skip or stop (usually skip)"
    assert GREEDY["top-up"].takes == "a number such as 2/3 or 0.6"


def test_values_are_read_by_their_type() -> None:
    given = {"unfit": "stop", "threshold": "0.6", "top-up": "4/5"}
    assert read_options(given, GREEDY) == {
        "unfit": Unfit.STOP,
        "threshold": Fraction(3, 5),
        "top_up": Fraction(4, 5),
    }
    assert read_options({"ineligible": "A; B"}, options_of(count_schulze)) == {
        "ineligible": ("A", "B")
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("colour", "red"),
        ("unfit", "maybe"),
        ("threshold", "many"),
        ("threshold", "1/0"),
        ("threshold", "1e9999999"),
        ("threshold", "9" * 5000),
    ],
)
def test_what_is_not_offered_is_refused(name: str, text: str) -> None:
    with pytest.raises(OptionError, match=name):
        read_options({name: text}, GREEDY)
