import pytest

from tests.voting.counting.contests import manifest, profile, ranking, text_of, winners
from voting.counting.files.csv_ranks import read_csv_ranks
from voting.counting.files.preflib import read_preflib
from voting.counting.ranked_pairs import count_ranked_pairs
from voting.counting.ties import TieBreak


def test_the_tennessee_example() -> None:
    of = profile("42 M>N>C>K, 26 N>C>K>M, 15 C>K>N>M, 17 K>C>N>M")
    outcome = count_ranked_pairs(of)
    assert ranking(outcome, of) == "N>C>K>M"
    assert not outcome.ties


def test_the_majority_that_closes_the_circle_is_left_out() -> None:
    of = profile("4 A>B>C, 3 B>C>A, 2 C>A>B")
    outcome = count_ranked_pairs(of)
    assert ranking(outcome, of) == "A>B>C"
    steps = outcome.rounds[1]["majorities"]
    assert [(step["winner"], step["loser"], step["locked"]) for step in steps] == [  # type: ignore[index,union-attr,call-overload]  # a round is JSON
        ("B", "C", True),
        ("A", "B", True),
        ("C", "A", False),
    ]


def test_ranked_pairs_and_schulze_may_differ() -> None:
    """Schulze elects E here (see there); the strongest majorities put A first."""
    of = profile(
        "5 A>C>B>E>D, 5 A>D>E>C>B, 8 B>E>D>A>C, 3 C>A>B>E>D, 7 C>A>E>B>D, 2 C>B>A>D>E,"
        "7 D>C>E>B>A, 8 E>B>A>D>C"
    )
    assert ranking(count_ranked_pairs(of), of) == "A>C>E>B>D"


def test_equal_majorities_are_taken_in_the_order_of_the_tie_break() -> None:
    of = profile("1 A>B>C, 1 B>C>A, 1 C>A>B")
    outcome = count_ranked_pairs(of)
    assert winners(outcome, of) == "A"
    assert [tie.what for tie in outcome.ties] == ["order of equal majorities"]
    # C over A comes first, then B over C; A over B closes the circle
    assert winners(count_ranked_pairs(of, ties=TieBreak(lots=("C", "B", "A"))), of) == "B"


def test_fewer_against_makes_the_stronger_of_equal_majorities() -> None:
    of = profile("3 A>B, 3 B>C, 3 C>A, 1 B>A, 2 A>C", "ABC")
    first = count_ranked_pairs(of).rounds[1]["majorities"]
    strengths = [(step["for"], -step["against"]) for step in first]  # type: ignore[index,union-attr,call-overload]  # a round is JSON
    assert strengths == sorted(strengths, reverse=True)


@pytest.mark.parametrize("year", ["2019", "2020", "2022", "2024", "2025-GB"])
def test_without_a_cycle_the_published_winners_win(year: str) -> None:
    contest = manifest()[f"k8s-{year}"]
    ballots = read_csv_ranks(text_of("kubernetes", year, "ballots.csv")).profile
    told = count_ranked_pairs(ballots, seats=contest["seats"]).as_json(ballots.options)
    assert told["winners"] == contest["expected"]["winners"]


def test_burlington_elects_the_condorcet_winner() -> None:
    ballots = read_preflib(text_of("preflib", "burlington-2009-mayor.toi")).profile
    told = count_ranked_pairs(ballots).as_json(ballots.options)
    assert told["winners"] == ["Andy Montroll"]
