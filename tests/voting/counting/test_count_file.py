import gzip
import json
from typing import Any

import pytest

from tests.voting.counting.bundles import write_bundle
from voting.counting.count_file import count_file
from voting.counting.files.bundle import Bundle
from voting.counting.files.errors import BallotFileError
from voting.counting.methods import METHODS
from voting.counting.options import OptionError
from voting.counting.profiles import Choice, ChoiceProfile, ScoreProfile

YES_NO = "Yes,No,Abstain\n" + "1,0,0\n" * 6 + "0,1,0\n" * 3 + "0,0,1\n" * 3
SCORES = b"A,B,C\n5,4,1\n5,4,1\n1,4,5\n"


def count(text: str | bytes, method: str, **more: Any) -> dict[str, Any]:
    return count_file(text.encode() if isinstance(text, str) else text, method=method, **more)


@pytest.mark.parametrize("method", sorted(METHODS))
def test_every_method_counts_a_table(method: str) -> None:
    text = YES_NO if method in ("majority", "consent") else SCORES
    result = count(text, method)
    assert set(result) == {"method", "ballots", "winners", "ranking", "rounds"}
    assert result["method"] == method
    assert json.loads(json.dumps(result))["winners"] == result["winners"]


def test_a_plain_table_holds_what_the_method_counts() -> None:
    assert count(SCORES, "score")["winners"] == ["B"]
    assert count(SCORES, "schulze")["winners"] == ["C"]
    assert count(SCORES, "schulze", format_name="csv-scores")["winners"] == ["A"]


def test_gzip_is_unpacked() -> None:
    assert count(gzip.compress(SCORES), "score") == count(SCORES, "score")


def test_options_decide() -> None:
    assert count(YES_NO, "majority")["winners"] == ["Yes"]
    assert count(YES_NO, "majority", options={"base": "ballots"})["winners"] == []
    assert count(YES_NO, "majority", options={"electorate": "99", "quorum": "1/2"})["winners"] == []


def test_a_seed_breaks_ties_as_anyone_can_repeat() -> None:
    tied = "A,B\n1,1\n"
    names = {count(tied, "score", options={"seed": f"{at:02x}"})["winners"][0] for at in range(20)}
    assert names == {"A", "B"}
    with pytest.raises(OptionError, match="hexadecimal"):
        count(tied, "score", options={"seed": "xyz"})


def test_a_bundle_brings_its_rules_and_given_ones_come_first() -> None:
    profile = ChoiceProfile(("Strike",), {(Choice.YES,): 3, (Choice.NO,): 2})
    text = write_bundle(
        Bundle(profile, method="majority", rules={"threshold": "2/3"}, electorate=8)
    )
    told = count(text, "majority")
    assert (told["winners"], told["rounds"][0]["electorate"]) == ([], 8)
    assert count(text, "majority", options={"threshold": "1/2"})["winners"] == ["Strike"]
    assert count(text, "consent")["rounds"][0]["electorate"] == 8


def test_a_bundle_brings_its_seed() -> None:
    tied = ScoreProfile(("A", "B"), {(1, 1): 1})
    for at in range(20):
        seed = bytes([at])
        told = count(write_bundle(Bundle(tied, seed=seed)), "score")
        assert told == count("A,B\n1,1\n", "score", options={"seed": seed.hex()})
    other = count(write_bundle(Bundle(tied, seed=b"root")), "score", options={"seed": "00"})
    assert other == count("A,B\n1,1\n", "score", options={"seed": "00"})


def test_a_bundles_unknown_rules_are_refused() -> None:
    profile = ChoiceProfile(("Strike",), {})
    text = write_bundle(Bundle(profile, method="majority", rules={"colour": "red"}))
    with pytest.raises(BallotFileError, match="its rules"):
        count(text, "majority")


def test_scores_out_of_range_are_refused_with_their_line() -> None:
    with pytest.raises(BallotFileError) as caught:
        count("A,B\n1,2\n6,0\n", "star")
    assert caught.value.line == 3
    assert count("A,B\n1,2\n6,0\n", "star", options={"highest": "9"})["winners"] == ["A"]


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("shouting", {}),
        ("score", {"options": {"colour": "red"}}),
        ("score", {"format_name": "docx"}),
        ("star", {"seats": 0}),
        ("irv", {"seats": 2}),
    ],
)
def test_what_is_not_offered_is_refused(method: str, more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"there is no|seat"):
        count(SCORES, method, **more)


def test_rankings_are_never_scores() -> None:
    with pytest.raises(BallotFileError, match="counts scores, but the file holds rankings"):
        count("2 1\n1 1 0\n0\n'A'\n'B'\n'T'\n".replace("'", '"'), "score")


@pytest.mark.parametrize("ending", ["preflib", "soc", "soi", "toc", "toi", "cat"])
def test_a_format_may_be_named_by_the_end_of_its_files(ending: str) -> None:
    head = "# DATA TYPE: soc\n# NUMBER ALTERNATIVES: 2\n# NUMBER VOTERS: 2\n"
    text = head + "# ALTERNATIVE NAME 1: A\n# ALTERNATIVE NAME 2: B\n2: 2,1\n"
    assert count(text, "irv", format_name=ending)["winners"] == ["B"]
