import gzip
from collections.abc import Callable

import pytest

from tests.voting.counting.contests import shared
from voting.counting.files import errors
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


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_file_may_be_so_large_and_no_larger(
    pack: Callable[[bytes], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "LARGEST_FILE", 1024**2)
    assert read_text(pack(b"x" * 1024**2)) == "x" * 1024**2
    with pytest.raises(BallotFileError, match="larger than 1 MB unpacked"):
        read_text(pack(b"x" * (1024**2 + 1)))
