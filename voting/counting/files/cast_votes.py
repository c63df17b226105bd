"""Cast-vote records as CSV: "count,choice1,choice2,…", in each choice the name of an option.

A blank cell or "undervote" is a rank left blank; "overvote" a rank with several options, of which
the file does not say which. Options are listed in the order they first appear in.
"""

from collections import Counter

from voting.counting.files.ballot_file import BallotFile
from voting.counting.files.errors import BallotFileError
from voting.counting.files.marks import Mark, MarkRules, ranking_of
from voting.counting.files.tables import checked_names, rows, whole_number
from voting.counting.profiles import RankedProfile, Ranking

BLANK = frozenset({"", "undervote"})
OVERVOTE = "overvote"
BY_DEFAULT = MarkRules()


def read_cast_votes(text: str, rules: MarkRules = BY_DEFAULT) -> BallotFile[RankedProfile]:
    """Read a cast-vote record, its marks by the rules. Raises BallotFileError."""
    table = rows(text)
    line, header = next(table, (1, []))
    columns = [cell.strip().casefold() for cell in header]
    expected = ["count", *(f"choice{rank}" for rank in range(1, len(columns)))]
    if len(columns) < 2 or columns != expected:
        raise BallotFileError(line, 'the header must be "count,choice1,choice2,…"')
    places: dict[str, int] = {}
    ballots: Counter[Ranking] = Counter()
    for line, cells in table:
        if len(cells) != len(columns):
            raise BallotFileError(line, f"{len(cells)} cells for {len(columns)} columns")
        count = whole_number(cells[0], line, "the count", least=1)
        marks = [mark_of(cell.strip(), places) for cell in cells[1:]]
        ballots[ranking_of(marks, rules)] += count
    if not ballots:
        raise BallotFileError(line, "no ballots")
    return BallotFile(RankedProfile(checked_names(list(places), 1), ballots))


def mark_of(cell: str, places: dict[str, int]) -> Mark:
    """Return what a cell marks; a name seen for the first time gets the next place."""
    if cell.casefold() in BLANK:
        return ()
    if cell.casefold() == OVERVOTE:
        return None
    return (places.setdefault(cell, len(places)),)
