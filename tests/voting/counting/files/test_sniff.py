import pytest

from tests.voting.counting.contests import elections
from voting.counting.files.errors import read_text
from voting.counting.files.sniff import Format, sniff


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4 2\n1 1 2 0\n", Format.BLT),
        ("# a comment\n4 2 # four, two\n", Format.BLT),
        ("# FILE NAME: x.soi\n# DATA TYPE: soi\n3: 1,2\n", Format.PREFLIB),
        ("META\nkey;value\n", Format.PABULIB),
        ("\nMETA;;\n", Format.PABULIB),
        ('\n {"format": 1}', Format.BUNDLE),
        ("count,choice1,choice2\n", Format.CSV_CHOICES),
        ("7,4,\n64,1,\n", Format.CSV_SCOTLAND),
        ("voterID,voteTime,pollID,A\n", Format.CSV_SCORES),
        ("A,B\n1,2\n", Format.CSV),
        ('4,2\n64,1\n"Candidate 1",A,B\n', Format.CSV_SCOTLAND),
        ("2025,2026\n1,2\n", Format.CSV),
        ("Anything\n", Format.CSV),
        ("", Format.CSV),
    ],
)
def test_a_format_is_known_by_what_a_file_holds(text: str, found: Format) -> None:
    assert sniff(text) is found


def test_real_files_are_known() -> None:
    endings = {
        ".blt": {Format.BLT}, ".soi": {Format.PREFLIB}, ".toi": {Format.PREFLIB},
        ".pb": {Format.PABULIB},
        ".csv": {Format.CSV, Format.CSV_CHOICES, Format.CSV_SCOTLAND, Format.CSV_SCORES},
    }  # fmt: skip
    seen = 0
    for path in sorted(elections().rglob("*")):
        ending = "." + path.name.removesuffix(".gz").rpartition(".")[2]
        if path.is_file() and ending in endings and "expected" not in path.name:
            assert sniff(read_text(path.read_bytes())) in endings[ending], path.name
            seen += 1
    assert seen > 50
