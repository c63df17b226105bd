from decimal import Decimal
from typing import Any

from tests.voting.counting.contests import profile, winners
from voting.counting.meek import count_meek
from voting.counting.ties import TieBreak


def test_the_elected_keep_just_what_makes_the_quota() -> None:
    """Six votes, two seats. A keeps 2.000000001 of 4, a half and a bit; the rest goes to B.

    B then has less than C by the rounding alone, and goes.
    """
    of = profile("4 A>B, 2 C")
    outcome = count_meek(of, seats=2)
    first, second, last = outcome.rounds
    assert first["quota"] == "2.000000001"
    assert first["elected"] == ["A"]
    assert second["keep_factors"] == {
        "A": "0.500000001",
        "B": "1.000000000",
        "C": "1.000000000",
    }
    assert second["votes"] == {"A": "2.000000004", "B": "1.999999996", "C": "2.000000000"}
    assert second["excluded"] == ["B"]
    assert last["elected"] == ["C"]
    assert winners(outcome, of) == "AC"


def test_an_excluded_option_is_passed_over_as_if_it_had_never_stood() -> None:
    """Once C is out, its papers go to A, who now keeps two thirds of each; the rest elects B."""
    of = profile("5 A>B, 3 B, 2 C>A>B, 4 D")
    outcome = count_meek(of, seats=2)
    assert winners(outcome, of) == "AB"
    without = profile("7 A>B, 3 B, 4 D")
    assert winners(count_meek(without, seats=2), without) == "AB"
    final: Any = outcome.rounds[-1]["votes"]
    alone: Any = count_meek(without, seats=2).rounds[-1]["votes"]
    for name in "ABD":
        assert abs(Decimal(final[name]) - Decimal(alone[name])) < Decimal("0.000001")


def test_the_quota_falls_with_what_is_exhausted() -> None:
    outcome = count_meek(profile("4 A, 3 B, 2 C"), seats=1)
    assert [(row["quota"], row["exhausted"]) for row in outcome.rounds] == [
        ("4.500000001", "0.000000000"),
        ("3.500000001", "2.000000000"),
    ]


def test_a_tie_for_exclusion_is_told() -> None:
    of = profile("3 A, 1 B, 1 C")
    outcome = count_meek(of, seats=2, ties=TieBreak(lots=("C", "B")))
    assert winners(outcome, of) == "AC"
    assert [(tie.among, tie.what, tie.how) for tie in outcome.ties] == [((1, 2), "exclude", "lots")]


def test_fewer_places_are_rounded_up_where_the_rule_does() -> None:
    first, second, *_ = count_meek(profile("4 A>B, 2 C"), seats=2, places=3).rounds
    assert first["quota"] == "2.001"
    keep: Any = second["keep_factors"]
    assert keep["A"] == "0.501"
    assert second["votes"] == {"A": "2.004", "B": "1.996", "C": "2.000"}
