import pytest

from voting.counting.count_file import count_file
from voting.counting.files.cast_votes import read_cast_votes
from voting.counting.files.errors import BallotFileError
from voting.counting.files.marks import MarkRules
from voting.counting.transfers import EqualRanks

RECORD = "count,choice1,choice2,choice3\n4,Ada,Bo,\n3,undervote,Bo,Ada\n2,overvote,Cy,Ada\n"


def test_options_are_listed_as_they_appear() -> None:
    profile = read_cast_votes(RECORD, MarkRules(EqualRanks.SKIP)).profile
    assert profile.options == ("Ada", "Bo", "Cy")
    assert dict(profile.ballots) == {((0,), (1,)): 4, ((1,), (0,)): 3, ((2,), (0,)): 2}


def test_the_rules_are_named_options_of_a_count() -> None:
    content = RECORD.encode()
    told = count_file(content, method="irv", options={"overvotes": "skip"})
    assert told["winners"] == ["Ada"]
    first = count_file(content, method="irv", options={"skipped-ranks": "0"})["rounds"][0]
    assert (first["votes"], first["exhausted"]) == ({"Ada": 4, "Bo": 0, "Cy": 0}, 5)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("count\n", 1),
        ("count,choice2\n", 1),
        ("count,choice1\n", 1),
        ("count,choice1\n1,Ada\n1\n", 3),
        ("count,choice1\nmany,Ada\n", 2),
        ("count,choice1\n0,Ada\n", 2),
    ],
)
def test_what_is_amiss_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(BallotFileError) as caught:
        read_cast_votes(text)
    assert caught.value.line == line
