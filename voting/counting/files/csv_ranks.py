"""CSV of ranks: a column an option, a row a ballot, in each cell the rank the voter gave.

1 is best, equal ranks are allowed, gaps mean nothing. A blank cell, or "No opinion", takes no part
in any comparison with that option.
"""

from collections import Counter
from collections.abc import Sequence

from voting.counting.files.ballot_file import BallotFile
from voting.counting.files.cells import checked_names, whole_number
from voting.counting.files.errors import BallotFileError
from voting.counting.files.table import read_table
from voting.counting.profiles import RankedProfile, Ranking, Unranked

NO_OPINION = "no opinion"


def read_csv_ranks(text: str) -> BallotFile[RankedProfile]:
    """Read a table of ranks. Raises BallotFileError."""
    table = read_table(text)
    names = checked_names(table.names, 1)
    ballots: Counter[Ranking] = Counter()
    for row in table.rows:
        ballots[ranking_of(row.cells, row.line)] += 1
    if not ballots:
        raise BallotFileError(1, "no ballots")
    return BallotFile(RankedProfile(names, ballots, Unranked.NO_OPINION))


def ranking_of(cells: Sequence[str], line: int) -> Ranking:
    groups: dict[int, list[int]] = {}
    for option, cell in enumerate(cells):
        if cell and cell.casefold() != NO_OPINION:
            groups.setdefault(whole_number(cell, line, "a rank", least=1), []).append(option)
    return tuple(tuple(groups[rank]) for rank in sorted(groups))
