from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voting.counting.files.errors import BallotFileError
from voting.counting.files.pabulib import read_pabulib
from voting.counting.profiles import Project

SMALL = """META
key;value
description;A park; and a fence
num_projects;3
num_votes;4
budget;100,50
vote_type;approval
rule;greedy-no-skip
max_length;2
min_project_score_threshold;2
PROJECTS
project_id;cost;name
p1;50.25;"A ""park""; with trees"
p2;40;Fence
p3;0;Nothing
VOTES
voter_id;vote
1;p1,p2
2;p2,p1
3;
4;p3
"""


def test_projects_ballots_and_rules_are_read() -> None:
    file = read_pabulib(SMALL)
    profile, one = file.profile, Fraction(1)
    assert profile.budget == Fraction("100.5")
    assert profile.projects[0] == Project("p1", Fraction("50.25"))
    assert dict(profile.ballots) == {((0, one), (1, one)): 2, (): 1, ((2, one),): 1}
    assert file.title == "A park; and a fence"
    assert file.rules == {"unfit": "stop", "threshold": "2"}


def test_ordinal_ballots_give_points_by_place() -> None:
    text = SMALL.replace("approval", "ordinal")
    (first, second) = list(read_pabulib(text).profile.ballots)[:2]
    assert first == ((0, Fraction(2)), (1, Fraction(1)))
    assert second == ((0, Fraction(1)), (1, Fraction(2)))


def test_cumulative_ballots_say_their_points() -> None:
    head, _, _ = SMALL.replace("approval", "cumulative").partition("VOTES")
    text = head + "VOTES\nvoter_id;vote;points\n1;p1,p2;3,0\n2;p2;1.5\n3;;\n4;p3;1\n"
    ballots = read_pabulib(text).profile.ballots
    assert ((0, Fraction(3)),) in ballots
    assert ((1, Fraction(3, 2)),) in ballots


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("META", "NOTHING", 1),
        ("budget;100,50", "budget;lots", 6),
        ("budget;100,50", "budget;-1", 6),
        ("budget;100,50", "budget;1e9", 6),
        ("budget;100,50", "budget", 6),
        ("vote_type;approval", "vote_type;shouting", 7),
        ("num_votes;4", "num_votes;5", 5),
        ("num_projects;3", "num_projects;2", 4),
        ("num_projects;3", "budget;3", 6),
        ("project_id;cost;name", "project_id;name;name", 12),
        ("p2;40;Fence", "p1;40;Fence", 14),
        ("p2;40;Fence", "p2;forty;Fence", 14),
        ("p2;40;Fence", "p2;40;Fence;and more", 14),
        ("p2;40;Fence", "p2;40", 14),
        ("4;p3", "4;p9", 21),
        ("4;p3", "4;p3,p3", 21),
        ("4;p3", "4;p1,p2,p3", 21),
        ("VOTES", "BALLOTS", 21),
    ],
)
def test_what_is_amiss_is_refused_with_its_line(old: str, new: str, line: int) -> None:
    with pytest.raises(BallotFileError) as caught:
        read_pabulib(SMALL.replace(old, new, 1))
    assert caught.value.line == line


@pytest.mark.parametrize("text", ["", "META\n", "META\nkey;value\nPROJECTS\nVOTES\n"])
def test_what_is_missing_is_refused(text: str) -> None:
    with pytest.raises(BallotFileError):
        read_pabulib(text)


@given(st.integers(0, len(SMALL)), st.integers(0, 12), st.text("0;,\"\nMp1²'", max_size=4))
@settings(deadline=None, max_examples=200)
def test_a_damaged_file_is_read_or_refused(at: int, gone: int, put: str) -> None:
    text = SMALL[:at] + put + SMALL[at + gone :]
    try:
        told = read_pabulib(text).profile.ballot_count
    except BallotFileError as refusal:
        told = refusal.line
    assert 1 <= told <= text.count("\n") + 1
