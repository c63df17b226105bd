"""CSV of ranks: a column an option, a row a ballot, in each cell the rank the voter gave.

1 is best, equal ranks are allowed, gaps mean nothing. A blank cell, or "No opinion", takes no part
in any comparison with that option.
"""

from collections import Counter

from voting.counting.files.ballot_file import BallotFile
from voting.counting.files.errors import BallotFileError
from voting.counting.files.tables import checked_names, rows, whole_number
from voting.counting.profiles import RankedProfile, Ranking, Unranked

NO_OPINION = "no opinion"


def read_csv_ranks(text: str) -> BallotFile[RankedProfile]:
    """Read a table of ranks. Raises BallotFileError."""
    table = rows(text)
    line, header = next(table, (1, []))
    if not header:
        raise BallotFileError(1, "an empty file")
    names = checked_names([name.strip() for name in header], line)
    ballots: Counter[Ranking] = Counter()
    for line, cells in table:
        if len(cells) != len(names):
            raise BallotFileError(line, f"{len(cells)} cells for {len(names)} options")
        ballots[ranking_of(cells, line)] += 1
    if not ballots:
        raise BallotFileError(line, "no ballots")
    return BallotFile(RankedProfile(names, ballots, Unranked.NO_OPINION))


def ranking_of(cells: list[str], line: int) -> Ranking:
    groups: dict[int, list[int]] = {}
    for option, cell in enumerate(cells):
        if cell.strip() and cell.strip().casefold() != NO_OPINION:
            groups.setdefault(whole_number(cell, line, "a rank", least=1), []).append(option)
    return tuple(tuple(groups[rank]) for rank in sorted(groups))
