import pytest

from voting.counting.profiles import Ranking
from voting.counting.transfers import EqualRanks, hopeless, next_choice, prepared

A, B, C, D = range(4)


@pytest.mark.parametrize(
    ("equal_ranks", "wanted"),
    [
        (EqualRanks.EXHAUST_IF_SEVERAL, ((A,), (B, C), (D,))),
        (EqualRanks.EXHAUST, ((A,),)),
        (EqualRanks.SKIP, ((A,), (D,))),
    ],
)
def test_equal_ranks_are_kept_or_end_a_ballot_or_are_skipped(
    equal_ranks: EqualRanks, wanted: Ranking
) -> None:
    assert prepared({((A,), (B, C), (D,)): 3}, equal_ranks) == {wanted: 3}


def test_ballots_that_become_alike_are_grouped() -> None:
    ballots: dict[Ranking, int] = {((A,), (B, C)): 3, ((A,),): 2, ((B, C),): 1, (): 4}
    assert prepared(ballots, EqualRanks.EXHAUST) == {((A,),): 5, (): 5}


@pytest.mark.parametrize(
    ("continuing", "start", "wanted"),
    [
        ({A, B, C, D}, 0, (A, 0)),
        ({B, C, D}, 0, (-1, 3)),  # B and C share a rank
        ({B, D}, 0, (B, 1)),  # only one of them is left
        ({D}, 0, (D, 2)),
        ({A, D}, 1, (D, 2)),  # what lies before the start is past
        ({A}, 1, (-1, 3)),
        (set(), 0, (-1, 3)),
    ],
)
def test_a_paper_goes_to_its_first_continuing_option(
    continuing: set[int], start: int, wanted: tuple[int, int]
) -> None:
    assert next_choice(((A,), (B, C), (D,)), start, continuing) == wanted


@pytest.mark.parametrize(
    ("votes", "keep", "coming", "wanted"),
    [
        ((9, 6, 2, 1), 1, 0, (C, D)),  # 3 are fewer than 6, and 9 are not fewer than 9
        ((9, 6, 2, 1), 1, 2, (C, D)),
        ((9, 6, 2, 1), 1, 3, ()),  # unless 3 more may come
        ((9, 6, 2, 1), 4, 0, ()),
        ((5, 5, 5, 5), 1, 0, ()),  # those tied go together or not at all
        ((20, 3, 2, 1), 1, 0, (B, C, D)),
        ((20, 3, 2, 1), 2, 0, (D,)),  # 2 + 1 are not fewer than 3
        ((1, 0, 0, 0), 1, 0, (B, C, D)),
    ],
)
def test_hopeless_are_those_together_below_the_next(
    votes: tuple[int, ...], keep: int, coming: int, wanted: tuple[int, ...]
) -> None:
    assert hopeless(dict(enumerate(votes)), keep, coming) == wanted
