from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voting.counting.profiles import ScoreProfile
from voting.counting.star import count_star
from voting.counting.ties import TieBreak

Ballots = Mapping[tuple[int | None, ...], int]


def star(ballots: Ballots, seats: int = 1) -> tuple[str, list[tuple[str, str]]]:
    """Return the winners and how each tie fell, one letter an option."""
    names = "ABCDEF"[: len(next(iter(ballots)))]
    outcome = count_star(ScoreProfile(tuple(names), ballots), seats=seats)
    ties = [(names[tie.chosen], tie.how) for tie in outcome.ties]
    return "".join(names[winner] for winner in outcome.winners), ties


def test_the_run_off_may_turn_the_scores_around() -> None:
    ballots: Ballots = {(5, 4, 0): 2, (0, 3, 5): 1, (4, 5, 0): 1, (0, 1, 0): 2}
    outcome = count_star(ScoreProfile(("A", "B", "C"), ballots))
    scoring, run_off = outcome.rounds
    assert scoring["totals"] == {"B": 18, "A": 14, "C": 5}
    assert scoring["finalists"] == ["B", "A"]
    assert run_off["preferred"] == {"B": 4, "A": 2}
    assert run_off["no_preference"] == 0
    assert outcome.winners == (1,)
    assert outcome.ranking is None


def test_no_opinion_is_a_zero() -> None:
    assert star({(None, 1): 1, (0, 0): 3}) == ("B", [])


def test_a_tied_run_off_goes_to_the_higher_total() -> None:
    assert star({(5, 4): 1, (0, 2): 1}) == ("B", [("B", "higher total")])


def test_then_to_more_top_scores() -> None:
    assert star({(4, 5): 1, (4, 3): 1}) == ("B", [("B", "more top scores")])


def test_then_to_the_lots() -> None:
    assert star({(4, 3): 1, (3, 4): 1}) == ("A", [("A", "order of options")])


def test_two_tied_for_first_both_advance() -> None:
    assert star({(3, 3, 0): 1, (4, 4, 1): 1, (1, 1, 5): 1, (2, 1, 0): 1, (0, 1, 0): 1})[1] == [
        ("A", "order of options")
    ]


def test_tied_for_second_who_lost_fewer_match_ups_advances() -> None:
    ballots: Ballots = {(5, 3, 4): 2, (5, 2, 0): 1}
    assert star(ballots) == ("A", [("C", "fewer match-ups lost")])


def test_in_a_circle_one_is_drawn_and_it_starts_over() -> None:
    winner, ties = star({(5, 3, 1): 1, (1, 5, 3): 1, (3, 1, 5): 1})
    assert winner == "A"
    assert ties == [("A", "order of options"), ("B", "fewer match-ups lost")]


def test_where_nobody_lost_more_top_scores_decide() -> None:
    assert star({(5, 0, 5): 1, (5, 5, 0): 1, (5, 0, 0): 1}) == ("A", [("B", "order of options")])
    assert star({(5, 4, 5): 1, (5, 4, 3): 1}) == ("A", [("C", "more top scores")])


def test_several_seats_are_filled_one_by_one() -> None:
    ballots: Ballots = {(5, 4, 0, 1): 3, (0, 1, 5, 4): 2}
    assert star(ballots, seats=3)[0] == "ABD"
    assert star({(3,): 2}, seats=2) == ("A", [])


def test_scores_out_of_range_are_refused() -> None:
    with pytest.raises(ValueError, match="out of range"):
        star({(6, 0): 1})
    with pytest.raises(ValueError, match="out of range"):
        star({(-1, 0): 1})


@given(
    st.dictionaries(st.tuples(*[st.integers(0, 5)] * 4), st.integers(1, 2), max_size=6),
    st.permutations(range(4)),
)
@settings(deadline=None, max_examples=100)
def test_names_and_their_order_do_not_matter(
    ballots: Mapping[tuple[int, ...], int], order: Sequence[int]
) -> None:
    names, ties = "ABCD", TieBreak(lots=tuple("CADB"))
    moved = {tuple(ballot[at] for at in order): n for ballot, n in ballots.items()}
    first = count_star(ScoreProfile(tuple(names), ballots), seats=2, ties=ties)
    there = tuple(names[at] for at in order)
    second = count_star(ScoreProfile(there, moved), seats=2, ties=ties)
    assert [names[at] for at in first.winners] == [there[at] for at in second.winners]
    assert len(set(first.winners)) == 2
