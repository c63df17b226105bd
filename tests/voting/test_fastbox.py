"""The root of very many ballots is the root of their entries, whatever they hold."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voting import box
from voting.fastbox import BRANCH, root_of_stacks
from voting.marks import Stack

nonces = st.text("0123456789abcdef", min_size=4, max_size=4)


def root_of(ballots: dict[str, tuple[int, str]]) -> bytes:
    return box.root_of(box.entry(nonce, *ballot) for nonce, ballot in ballots.items())


def stacks_of(ballots: dict[str, tuple[int, str]]) -> list[Stack]:
    """As voting.ballots.stacked_marks reads them. ballots: nonce -> (weight, marks)."""
    stacks = []
    for weight in sorted({weight for weight, _ in ballots.values()}, reverse=True):
        alike = {nonce: marks for nonce, (each, marks) in ballots.items() if each == weight}
        stacks.append(Stack(weight, len(alike), "".join(alike.values()), "".join(alike)))
    return stacks


@given(
    st.dictionaries(
        nonces,
        st.tuples(st.sampled_from((1, 1, 2, 10, 123)), st.text("-1Zz", min_size=3, max_size=3)),
    )
)
@settings(deadline=None, derandomize=True)
def test_boxes_of_any_weights(ballots: dict[str, tuple[int, str]]) -> None:
    assert root_of_stacks(stacks_of(ballots)) == root_of(ballots)


@pytest.mark.parametrize("size", [BRANCH - 1, BRANCH, BRANCH + 1, 2 * BRANCH + 3])
def test_boxes_of_more_than_a_branch(size: int) -> None:
    ballots = {f"{number * 7919 % 65536:04x}": (1 + number % 11, "12") for number in range(size)}
    assert len(ballots) == size
    assert root_of_stacks(stacks_of(ballots)) == root_of(ballots)


def test_nonces_or_marks_that_are_not_of_one_length_are_refused() -> None:
    for stack in (Stack(1, 2, "1212", "aaaabbb"), Stack(1, 2, "121", "aaaabbbb")):
        with pytest.raises(ValueError, match="reshape"):
            root_of_stacks([stack])
