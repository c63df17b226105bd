"""Scores in comma-separated values: a column an option, a row a ballot, blank for no opinion.

Files from star.vote begin with the columns voterID, voteTime and pollID, which are left out, and
hold names with HTML entities, which are read as the characters they stand for.
"""

import re
from collections import Counter
from collections.abc import Mapping
from html import unescape

from voting.counting.files.ballot_file import BallotFile
from voting.counting.files.errors import BallotFileError
from voting.counting.files.tables import checked_names, rows, short
from voting.counting.profiles import ScoreProfile, Scores

STAR_VOTE_COLUMNS = ("voterID", "voteTime", "pollID")
NO_OPINION = frozenset({"", "no opinion"})
#: what may stand instead of a score where options are approved, or motions answered
WORDS: Mapping[str, int | None] = {
    **dict.fromkeys(("yes", "y", "for", "approve", "consent", "x"), 1),
    **dict.fromkeys(("no", "n", "against", "object", "objection"), 0),
    **dict.fromkeys(("abstain", "abstention", "stand aside"), None),
}
NO_WORDS: Mapping[str, int | None] = {}
SCORE = re.compile(r"[+-]?[0-9]{1,9}")


def read_csv_scores(
    text: str,
    *,
    lowest: int | None = None,
    highest: int | None = None,
    words: Mapping[str, int | None] = NO_WORDS,
) -> BallotFile[ScoreProfile]:
    """Read the scores of a file.

    lowest, highest: the range of scores; None: no bound. words: lower-case words that stand for a
    score, or for no opinion.
    Raises BallotFileError, with the line: a header without options, with an unnamed or a repeated
    one; a row of another length; a cell that is no whole number, or out of range.
    """
    table = rows(text)
    line, names = next(table, (1, []))
    if not names:
        raise BallotFileError(1, "an empty file")
    width = len(names)
    skipped = 0
    if tuple(names[: len(STAR_VOTE_COLUMNS)]) == STAR_VOTE_COLUMNS:
        skipped = len(STAR_VOTE_COLUMNS)
        names = [unescape(name) for name in names[skipped:]]
    options = checked_names([name.strip() for name in names], line)
    if not options:
        raise BallotFileError(line, "no column is an option")
    read: dict[str, int | None] = {**dict.fromkeys(NO_OPINION), **words}
    ballots: Counter[Scores] = Counter()
    for line, cells in table:
        if len(cells) != width:
            raise BallotFileError(line, f"{len(cells)} cells where {width} belong")
        scores = []
        for cell in cells[skipped:]:
            if cell not in read:
                read[cell] = _score(line, cell.strip(), lowest, highest, read)
            scores.append(read[cell])
        ballots[tuple(scores)] += 1
    if not ballots:
        raise BallotFileError(line, "no ballots")
    return BallotFile(ScoreProfile(options, ballots))


def _score(
    line: int,
    cell: str,
    lowest: int | None,
    highest: int | None,
    words: Mapping[str, int | None],
) -> int | None:
    """Read a cell seen for the first time."""
    word = cell.casefold()
    if word in words:
        return words[word]
    if not SCORE.fullmatch(cell):
        raise BallotFileError(line, f"a score must be a whole number, not {short(cell)}")
    score = int(cell)
    if (lowest is not None and score < lowest) or (highest is not None and score > highest):
        raise BallotFileError(line, f"the score {score} is out of range")
    return score
