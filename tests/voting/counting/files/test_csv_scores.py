import pytest

from tests.voting.counting.contests import shared
from voting.counting.files.csv_ranks import read_csv_ranks
from voting.counting.files.csv_scores import WORDS, read_csv_scores
from voting.counting.files.errors import BallotFileError, read_text


def test_a_column_is_an_option_and_a_blank_no_opinion() -> None:
    profile = read_csv_scores('Ada,"Bo, the second"\n5,\n"no opinion", 3\n5,\n').profile
    assert profile.options == ("Ada", "Bo, the second")
    assert dict(profile.ballots) == {(5, None): 2, (None, 3): 1}


def test_star_votes_own_columns_are_left_out_and_entities_read() -> None:
    text = 'voterID,voteTime,pollID,"Tim &quot;&Scaron;&quot; O&#039;Rourke"\na,"2020",p,4\n'
    profile = read_csv_scores(text).profile
    assert profile.options == ('Tim "Š" O\'Rourke',)
    assert dict(profile.ballots) == {(4,): 1}


def test_entities_elsewhere_are_left_as_they_are() -> None:
    assert read_csv_scores("A &amp; B,C\n1,2\n").profile.options == ("A &amp; B", "C")


def test_words_stand_for_scores_where_they_are_asked_for() -> None:
    text = "Strike\nYes\nno\nabstain\n\nYES\n"
    profile = read_csv_scores(text, words=WORDS).profile
    assert dict(profile.ballots) == {(1,): 2, (0,): 1, (None,): 2}
    with pytest.raises(BallotFileError):
        read_csv_scores(text)


def test_in_a_single_column_an_empty_line_is_a_blank_ballot_unless_it_ends_the_file() -> None:
    text = "Strike\n\n1\n\n\n1\n\n"
    assert dict(read_csv_scores(text).profile.ballots) == {(1,): 2, (None,): 3}
    assert dict(read_csv_ranks(text).profile.ballots) == {((0,),): 2, (): 3}
    with pytest.raises(BallotFileError) as caught:
        read_csv_ranks("Strike\n\n1\n\nx\n")
    assert caught.value.line == 5


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("A,B\n", 1),
        ("A,A\n1,2\n", 1),
        ("A,\n1,2\n", 1),
        ("A,B\n1,2\n1\n", 3),
        ("A,B\n1,2,3\n", 2),
        ("A,B\n1,2\n1,2.5\n", 3),
        ("A,B\n1,²\n", 2),
        ("A,B\n1,9999999999\n", 2),
        ("A,B\n1,6\n", 2),
        ("A,B\n-1,5\n", 2),
        ('A,B\n1,"2\n', 2),
        ("voterID,voteTime,pollID\na,b,c\n", 1),
    ],
)
def test_what_is_amiss_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(BallotFileError) as caught:
        read_csv_scores(text, lowest=0, highest=5)
    assert caught.value.line == line


def test_hostile_files_are_refused_with_a_line() -> None:
    for path in sorted(shared("hostile", "ballot-csv").iterdir()):
        with pytest.raises(BallotFileError) as caught:
            read_csv_scores(read_text(path.read_bytes()))
        assert caught.value.line, path.name
