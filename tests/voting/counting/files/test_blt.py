import pytest

from voting.counting.files.blt import read_blt
from voting.counting.files.errors import BallotFileError

NAMES = '"Ada"\n"Bo"\n"Cy"\n'


def test_a_file_with_all_there_may_be() -> None:
    """Bo is withdrawn, so Ada and Cy are the options 0 and 1."""
    read = read_blt(
        "3 2 # options and seats\n-2\n[tie 3 1]\n\n2 1 2 3 0\n(id7) 1 3 - 1 0\n4 2 0\n1 1=3 0\n0\n"
        + NAMES
        + '"Who?"\n'
    )
    assert read.profile.options == ("Ada", "Cy")
    assert dict(read.profile.ballots) == {
        ((0,), (1,)): 2,
        ((1,), (0,)): 1,
        (): 4,
        ((0, 1),): 1,
    }
    assert (read.seats, read.title) == (2, "Who?")


def test_the_first_of_the_lots_is_the_least_favoured() -> None:
    """As in Droop's report on its case 42t, where Helen, named first, is excluded."""
    read = read_blt("3 2\n[tie 3 2 1 ]\n4 1 2 0\n2 3 0\n0\n" + NAMES)
    assert read.lots == ("Ada", "Bo", "Cy")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("", 1, "an empty file"),
        ("3\n", 1, "two numbers"),
        ("0 1\n", 1, "at least 1"),
        ("3 1\n1 1 0\n", 3, 'no line "0"'),
        ("3 1\n0\n" + NAMES, 2, "no ballots"),
        ("3 1\n1 1 2\n0\n" + NAMES, 2, "end with 0"),
        ("3 1\n1 4 0\n0\n" + NAMES, 2, "no option 4"),
        ("3 1\n1 1 1 0\n0\n" + NAMES, 2, "an option twice"),
        ("3 1\n1 \u0661 0\n0\n" + NAMES, 2, "a whole number"),
        ("3 1\n-9\n1 1 0\n0\n" + NAMES, 2, "no option 9"),
        ("3 1\n[tie 1 1]\n1 1 0\n0\n" + NAMES, 2, "drawn twice"),
        ("3 1\n[nick a b c]\n1 1 0\n0\n" + NAMES, 2, "unknown instruction"),
        ('3 1\n1 1 0\n0\n"Ada"\n"Bo\n"Cy"\n', 5, "not closed"),
        ('3 1\n1 1 0\n0\n"Ada"\n"Ada"\n"Cy"\n', 5, "two options"),
        ('3 1\n1 1 0\n0\n"Ada"\n', 5, "1 names for 3"),
        ("3 1\n1 1 0\n0\n" + NAMES + '"Who?"\n"What?"\n', 8, "unexpected text"),
    ],
)
def test_what_is_amiss_is_refused_with_its_line(text: str, line: int, reason: str) -> None:
    with pytest.raises(BallotFileError, match=reason) as caught:
        read_blt(text)
    assert caught.value.line == line
