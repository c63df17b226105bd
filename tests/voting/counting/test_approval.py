from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voting.counting.approval import count_approval
from voting.counting.profiles import ApprovalProfile
from voting.counting.ties import TieBreak

NAMES = ("Ada", "Bo", "Cy", "Di")


def approving(*sets: Sequence[int]) -> ApprovalProfile:
    ballots: dict[frozenset[int], int] = {}
    for chosen in sets:
        ballots[frozenset(chosen)] = ballots.get(frozenset(chosen), 0) + 1
    return ApprovalProfile(NAMES, ballots)


profiles = st.lists(st.frozensets(st.integers(0, 3)), max_size=12).map(
    lambda sets: approving(*map(tuple, sets))
)


def test_the_most_approved_are_elected() -> None:
    outcome = count_approval(approving([0, 1], [1], [1, 2], [2], []), seats=2)
    assert outcome.ballots == 5
    assert outcome.winners == (1, 2)
    assert outcome.ranking == ((1,), (2,), (0,), (3,))
    assert outcome.rounds[0]["approvals"] == {"Bo": 3, "Cy": 2, "Ada": 1, "Di": 0}


def test_a_tie_for_the_last_seat_is_told() -> None:
    outcome = count_approval(approving([0], [1], [1], [2]), seats=2)
    assert outcome.winners == (1, 0)
    assert [(tie.among, tie.chosen, tie.how) for tie in outcome.ties] == [
        ((0, 2), 0, "order of options")
    ]
    assert outcome.rounds[0]["ties"] == [
        {"among": ["Ada", "Cy"], "chosen": "Ada", "what": "elect", "how": "order of options"}
    ]


def test_a_seed_breaks_ties_the_same_way_in_any_order_of_options() -> None:
    by_name = set()
    for names in (NAMES, NAMES[::-1]):
        outcome = count_approval(ApprovalProfile(names, {}), ties=TieBreak(b"root"))
        by_name.add(names[outcome.winners[0]])
    assert len(by_name) == 1


def test_more_seats_than_options_elects_all() -> None:
    assert len(count_approval(approving([0]), seats=9).winners) == len(NAMES)


def test_there_must_be_a_seat() -> None:
    with pytest.raises(ValueError, match="seat"):
        count_approval(approving([0]), seats=0)


@given(profiles, st.permutations(range(4)), st.integers(1, 4))
@settings(deadline=None, max_examples=60)
def test_names_and_their_order_do_not_matter(
    profile: ApprovalProfile, order: Sequence[int], seats: int
) -> None:
    ties = TieBreak(lots=("Di", "Bo", "Ada", "Cy"))
    moved = ApprovalProfile(
        tuple(NAMES[at] for at in order),
        {frozenset(map(order.index, chosen)): n for chosen, n in profile.ballots.items()},
    )
    first = count_approval(profile, seats=seats, ties=ties)
    second = count_approval(moved, seats=seats, ties=ties)
    assert [profile.options[at] for at in first.winners] == [
        moved.options[at] for at in second.winners
    ]


@given(profiles, st.integers(0, 3))
@settings(deadline=None, max_examples=60)
def test_one_more_approval_never_hurts(profile: ApprovalProfile, option: int) -> None:
    more = dict(profile.ballots)
    more[frozenset({option})] = more.get(frozenset({option}), 0) + 1
    if option in count_approval(profile, seats=2).winners:
        assert option in count_approval(ApprovalProfile(NAMES, more), seats=2).winners
