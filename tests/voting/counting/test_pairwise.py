import pytest

from tests.voting.counting.contests import elections, profile, text_of
from voting.counting.files.preflib import read_preflib
from voting.counting.pairwise import elect_top, preferences, ranking_of
from voting.counting.profiles import Unranked
from voting.counting.ties import TieBreak


def test_options_left_out_are_below_all_ranked() -> None:
    assert preferences(profile("2 A>B, 1 C", "ABC")) == [[0, 2, 2], [0, 0, 2], [1, 1, 0]]


def test_or_take_no_part() -> None:
    matrix = preferences(profile("2 A>B, 1 C", "ABC", Unranked.NO_OPINION))
    assert matrix == [[0, 2, 0], [0, 0, 0], [0, 0, 0]]


def test_how_they_are_read_may_be_chosen() -> None:
    of = profile("2 A>B, 1 C", "ABC", Unranked.NO_OPINION)
    assert preferences(of, Unranked.LAST)[0] == [0, 2, 2]


def test_equal_ranks_say_nothing_of_each_other() -> None:
    assert preferences(profile("5 A=B>C")) == [[0, 0, 5], [0, 0, 5], [0, 0, 0]]


def test_equally_many_above_is_a_tie() -> None:
    above = [[False, False, True], [False, False, True], [False, False, False]]
    assert ranking_of(above) == ((0, 1), (2,))
    assert ranking_of([]) == ()


def test_a_seat_passes_over_who_may_not_take_it() -> None:
    elected, ties = elect_top(((0,), (1,), (2,)), 2, ["A"], "ABC", TieBreak())
    assert elected == (1, 2)
    assert not ties


def test_ties_for_seats_and_for_their_order_are_told() -> None:
    elected, ties = elect_top(((0, 1, 2),), 2, [], "ABC", TieBreak())
    assert elected == (0, 1)
    assert [(tie.among, tie.chosen, tie.what) for tie in ties] == [
        ((0, 1, 2), 0, "elect"),
        ((1, 2), 1, "elect"),
    ]
    _, ties = elect_top(((0, 1), (2,)), 2, [], "ABC", TieBreak())
    assert [tie.what for tie in ties] == ["order of election"]


@pytest.mark.parametrize(("seats", "ineligible"), [(0, []), (-1, []), (1, ["Z"])])
def test_nonsense_is_refused(seats: int, ineligible: list[str]) -> None:
    with pytest.raises(ValueError, match=r"one seat|no option"):
        elect_top(((0,),), seats, ineligible, "A", TieBreak())


def test_the_official_matrix_of_debian_2002_all_but_agrees() -> None:
    """PrefLib made equal ranks strict, so single votes differ from the published matrix."""
    elections("debian", "official-outcomes.json")
    matrix = preferences(read_preflib(text_of("preflib", "debian-2002-leader.soi")).profile)
    official = [[0, 255, 178, 385], [199, 0, 134, 406], [291, 327, 0, 443], [68, 50, 18, 0]]
    for row, wanted in zip(matrix, official, strict=True):
        for found, number in zip(row, wanted, strict=True):
            assert abs(found - number) <= 25
