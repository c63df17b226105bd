import pytest

from tests.voting.counting.contests import shared
from voting.counting.files.errors import BallotFileError, read_text
from voting.counting.files.reading import READERS
from voting.counting.files.sniff import Format


@pytest.mark.parametrize("known", READERS)
def test_no_hostile_file_raises_but_what_a_reader_says_it_raises(known: Format) -> None:
    files = sorted(shared("hostile", "ballot-csv").iterdir())
    assert files
    refused: list[int | None] = []
    for path in files:
        try:
            READERS[known](read_text(path.read_bytes()))
        except BallotFileError as error:
            refused.append(error.line)
    assert refused
    assert all(line is None or line >= 1 for line in refused)
