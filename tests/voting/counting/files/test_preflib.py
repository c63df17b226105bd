import pytest

from voting.counting.files.errors import BallotFileError
from voting.counting.files.preflib import read_preflib, read_preflib_approvals


def preflib(kind: str, lines: str, more: str = "") -> str:
    heading = f"# TITLE: Who?\n# DATA TYPE: {kind}\n# NUMBER ALTERNATIVES: 3\n{more}"
    names = "".join(f"# ALTERNATIVE NAME {n}: {name}\n" for n, name in enumerate("ABC", 1))
    return heading + names + lines


@pytest.mark.parametrize(
    ("kind", "lines", "wanted"),
    [
        ("soc", "2: 3,1,2\n", {((2,), (0,), (1,)): 2}),
        ("soi", "2: 3\n1: 1, 2\n", {((2,),): 2, ((0,), (1,)): 1}),
        ("toc", "2: 3,{1,2}\n", {((2,), (0, 1)): 2}),
        ("toi", "2: {1,3}\n", {((0, 2),): 2}),
    ],
)
def test_orders_of_every_kind(
    kind: str, lines: str, wanted: dict[tuple[tuple[int, ...], ...], int]
) -> None:
    read = read_preflib(preflib(kind, lines))
    assert read.profile.options == ("A", "B", "C")
    assert dict(read.profile.ballots) == wanted
    assert read.title == "Who?"


def test_categories_are_approvals_or_equal_ranks() -> None:
    text = preflib("cat", "2: {1,3},2\n1: {},{1,2,3}\n", "# NUMBER CATEGORIES: 2\n")
    assert dict(read_preflib_approvals(text).profile.ballots) == {
        frozenset({0, 2}): 2,
        frozenset(): 1,
    }
    assert dict(read_preflib(text).profile.ballots) == {((0, 2), (1,)): 2, ((0, 1, 2),): 1}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (preflib("soc", "2: 3,1\n"), 7),
        (preflib("soc", "2: 3,{1,2}\n"), 7),
        (preflib("soi", "2: 4\n"), 7),
        (preflib("soi", "2: 1,1\n"), 7),
        (preflib("soi", "1,2\n"), 7),
        (preflib("toi", "2: {1,2\n"), 7),
        (preflib("shouts", "2: 1\n"), 2),
        (preflib("soi", "2: 1\n", "# NUMBER VOTERS: 3\n"), 4),
        (preflib("soi", ""), 2),
    ],
)
def test_what_is_amiss_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(BallotFileError) as caught:
        read_preflib(text)
    assert caught.value.line == line
