"""Scottish council wards as CSV, as the MGGG Redistricting Lab publishes them (mggg/scot-elex).

First row: how many candidates and seats; then a row for each ranking: how many voters, the
candidates' numbers best first; then "Candidate n", name, party; last the ward. Every row ends with
an empty cell.
"""

from collections import Counter

from voting.counting.files.ballot_file import BallotFile
from voting.counting.files.errors import BallotFileError
from voting.counting.files.tables import MOST_OPTIONS, checked_names, rows, whole_number
from voting.counting.profiles import RankedProfile, Ranking


def read_scottish_csv(text: str) -> BallotFile[RankedProfile]:
    """Read a ward. Raises BallotFileError."""
    above, _, ward = text.rstrip().rpartition("\n")
    table = [(line, without_end(cells)) for line, cells in rows(above)]
    if not table:
        raise BallotFileError(1, "a first row, candidates and a ward should stand here")
    line, first = table[0]
    if len(first) != 2:
        raise BallotFileError(line, "the first row must hold two numbers: candidates and seats")
    number = whole_number(first[0], line, "the number of candidates", least=1)
    seats = whole_number(first[1], line, "the number of seats", least=1)
    if number > MOST_OPTIONS:
        raise BallotFileError(line, f"more than {MOST_OPTIONS} options")
    if len(table) <= number + 1:
        raise BallotFileError(table[-1][0], "no ballots, or too few candidates")
    names = read_candidates(table[-number:])
    ballots = read_ballots(table[1:-number], number)
    # two of the published wards break the quotes around their last line, which is but a title
    title = ward.strip().strip(',"')
    return BallotFile(RankedProfile(names, ballots), seats, title, seats_line=line)


def read_candidates(table: list[tuple[int, list[str]]]) -> tuple[str, ...]:
    names: tuple[str, ...] = ()
    for place, (line, cells) in enumerate(table, 1):
        if cells[0] != f"Candidate {place}" or len(cells) not in (2, 3):
            raise BallotFileError(line, f"Candidate {place}, a name and a party should stand here")
        names = checked_names([*names, cells[1].strip()], line)
    return names


def without_end(cells: list[str]) -> list[str]:
    """Return the cells without the empty one that ends a row."""
    return cells[:-1] if len(cells) > 1 and not cells[-1] else cells


def read_ballots(table: list[tuple[int, list[str]]], option_count: int) -> Counter[Ranking]:
    ballots: Counter[Ranking] = Counter()
    for line, cells in table:
        count = whole_number(cells[0], line, "how many voters", least=1)
        ranked = [whole_number(cell, line, "a candidate's number", least=1) for cell in cells[1:]]
        if any(candidate > option_count for candidate in ranked):
            raise BallotFileError(line, f"there are only {option_count} candidates")
        if len(set(ranked)) < len(ranked):
            raise BallotFileError(line, "a ballot ranks a candidate twice")
        ballots[tuple((candidate - 1,) for candidate in ranked)] += count
    return ballots
