import pytest

from tests.voting.counting.contests import profile, ranking, winners
from voting.counting.irv import Elimination, Stop, count_irv
from voting.counting.profiles import RankedProfile
from voting.counting.ties import TieBreak
from voting.counting.transfers import EqualRanks


def test_papers_of_the_last_move_on_until_one_has_more_than_half() -> None:
    """The Tennessee example: 42 M, 26 N, 17 K, 15 C; then C goes, then N."""
    of = profile("42 M>N>C>K, 26 N>C>K>M, 15 C>K>N>M, 17 K>C>N>M")
    outcome = count_irv(of)
    assert winners(outcome, of) == "K"
    assert ranking(outcome, of) == "K>M>N>C"
    assert [row["votes"] for row in outcome.rounds] == [
        {"C": 15, "K": 17, "M": 42, "N": 26},
        {"K": 32, "M": 42, "N": 26},
        {"K": 58, "M": 42},
    ]
    assert [row["eliminated"] for row in outcome.rounds] == [["C"], ["N"], []]
    assert outcome.rounds[2]["elected"] == ["K"]


def test_the_majority_is_of_the_votes_that_still_count() -> None:
    of = profile("4 A, 3 B, 2 C")
    outcome = count_irv(of)
    assert [(row["exhausted"], row["majority"]) for row in outcome.rounds] == [(0, 5), (2, 4)]
    assert winners(outcome, of) == "A"


def test_the_count_may_go_on_to_the_last_two() -> None:
    of = profile("6 A, 3 B>A, 1 C>B")
    assert len(count_irv(of).rounds) == 1
    outcome = count_irv(of, stop=Stop.LAST_TWO)
    assert [row["votes"] for row in outcome.rounds] == [
        {"A": 6, "B": 3, "C": 1},
        {"A": 6, "B": 4},
    ]
    assert winners(outcome, of) == "A"


def test_those_who_cannot_be_saved_go_together() -> None:
    of = profile("9 A, 6 B, 2 C>B, 1 D>C")
    assert [row["eliminated"] for row in count_irv(of).rounds] == [["D"], ["C"], []]
    outcome = count_irv(of, elimination=Elimination.BATCH)
    assert [row["eliminated"] for row in outcome.rounds] == [["C", "D"], []]
    assert outcome.rounds[1]["votes"] == {"A": 9, "B": 8}
    assert outcome.rounds[1]["exhausted"] == 1
    assert ranking(outcome, of) == "A>B>C>D"


def test_two_stay_in_where_the_count_goes_on_to_the_last_two() -> None:
    of = profile("20 A, 3 B, 2 C, 1 D")
    outcome = count_irv(of, elimination=Elimination.BATCH, stop=Stop.LAST_TWO)
    assert [row["eliminated"] for row in outcome.rounds] == [["D"], ["C"], []]


@pytest.mark.parametrize(
    ("equal_ranks", "last"),
    [
        # when D goes, of B and C only B is still in
        (EqualRanks.EXHAUST_IF_SEVERAL, {"A": 5, "B": 6}),
        (EqualRanks.EXHAUST, {"A": 5, "B": 4}),
        (EqualRanks.SKIP, {"A": 7, "B": 4}),
    ],
)
def test_equal_ranks_are_read_as_the_place_says(
    equal_ranks: EqualRanks, last: dict[str, int]
) -> None:
    of = profile("4 A, 4 B, 2 D>B=C>A, 1 C>A")
    outcome = count_irv(of, equal_ranks=equal_ranks, stop=Stop.LAST_TWO)
    assert outcome.rounds[-1]["votes"] == last


def test_undeclared_write_ins_may_go_before_all_others() -> None:
    of = profile("4 A, 3 B, 2 W>B, 1 C>B")
    assert count_irv(of).rounds[0]["eliminated"] == ["C"]
    outcome = count_irv(of, drop_first=["W"])
    assert [row["eliminated"] for row in outcome.rounds] == [["W"], ["C"], []]
    assert winners(outcome, of) == "B"
    assert count_irv(of, drop_first=["W", "W"]) == outcome


def test_a_tie_for_the_fewest_is_broken_and_told() -> None:
    of = profile("3 A, 2 B>C, 2 C>B")
    outcome = count_irv(of)
    assert outcome.rounds[0]["ties"] == [
        {"among": ["B", "C"], "chosen": "C", "what": "exclude", "how": "order of options"}
    ]
    assert winners(outcome, of) == "B"
    other = count_irv(of, ties=TieBreak(lots=("C", "B")))
    assert winners(other, of) == "C"
    assert other.ties[0].how == "lots"


def test_a_tie_of_the_last_two_is_broken() -> None:
    of = profile("2 A, 2 B")
    assert count_irv(of).ties[0].what == "exclude"
    outcome = count_irv(of, stop=Stop.LAST_TWO)
    assert (winners(outcome, of), outcome.ties[0].what) == ("A", "elect")


def test_more_support_can_do_harm() -> None:
    """Not monotone: two who put B first come over to A, and A, who had won, loses to C."""
    before = profile("8 A>B, 5 B>A, 4 C>B")
    assert winners(count_irv(before), before) == "B"
    won = profile("6 A>B>C, 2 B>A>C, 4 B>C>A, 5 C>A>B")
    assert winners(count_irv(won), won) == "A"
    more = profile("8 A>B>C, 4 B>C>A, 5 C>A>B")
    assert winners(count_irv(more), more) == "C"


def test_blank_ballots_elect_someone_by_the_tie_break_alone() -> None:
    of = profile("3 ", "AB")
    outcome = count_irv(of)
    assert winners(outcome, of) == "A"
    assert outcome.rounds[0]["exhausted"] == outcome.ballots == 3


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="no option to elect"):
        count_irv(RankedProfile((), {(): 1}))
    with pytest.raises(ValueError, match="no option is called Z"):
        count_irv(profile("1 A"), drop_first=["Z"])
    with pytest.raises(ValueError, match="must not be eliminated first"):
        count_irv(profile("1 A, 1 B"), drop_first=["A", "B"])
