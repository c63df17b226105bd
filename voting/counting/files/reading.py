"""Reading a ballot file of any format, for a method that counts ballots of a certain kind."""

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from voting.counting.conversions import are_yes_and_no
from voting.counting.files.ballot_file import BallotFile
from voting.counting.files.blt import read_blt
from voting.counting.files.bundle import read_bundle
from voting.counting.files.cast_votes import read_cast_votes
from voting.counting.files.csv_ranks import read_csv_ranks
from voting.counting.files.csv_scores import WORDS, read_csv_scores
from voting.counting.files.marks import MarkRules, Repeats
from voting.counting.files.pabulib import read_pabulib
from voting.counting.files.preflib import read_preflib, read_preflib_approvals
from voting.counting.files.scottish_csv import read_scottish_csv
from voting.counting.files.sniff import Format, sniff
from voting.counting.profiles import ChoiceProfile, RankedProfile, ScoreProfile
from voting.counting.transfers import EqualRanks

Reader: TypeAlias = Callable[..., BallotFile[Any]]
CATEGORIES = re.compile(r"^#\s*DATA TYPE:\s*cat\s*$", re.MULTILINE)


def read_csv_choices(
    text: str,
    *,
    overvotes: EqualRanks = EqualRanks.EXHAUST_IF_SEVERAL,
    skipped_ranks: int | None = None,
    repeats: Repeats = Repeats.SKIP,
) -> BallotFile[RankedProfile]:
    """Read a cast-vote record, its marks by these rules (see MarkRules). Raises BallotFileError."""
    return read_cast_votes(text, MarkRules(overvotes, skipped_ranks, repeats))


def read_csv_words(text: str) -> BallotFile[ScoreProfile]:
    """Read scores of 1 and 0, or words for them; for approving and answering."""
    return read_csv_scores(text, words=WORDS)


def read_csv_answers(text: str) -> BallotFile[ScoreProfile]:
    """Read answers to motions: 1, 0 or words for them. Raises BallotFileError for other scores.

    Where the options are yes and no themselves, any score above 0 chooses one.
    """
    file = read_csv_words(text)
    if are_yes_and_no(file.profile.options):
        return file
    return read_csv_scores(text, lowest=0, highest=1, words=WORDS)


READERS: Mapping[Format, Reader] = {
    Format.BLT: read_blt,
    Format.PREFLIB: read_preflib,
    Format.PABULIB: read_pabulib,
    Format.BUNDLE: read_bundle,
    Format.CSV_RANKS: read_csv_ranks,
    Format.CSV_SCORES: read_csv_scores,
    Format.CSV_CHOICES: read_csv_choices,
    Format.CSV_SCOTLAND: read_scottish_csv,
}


def reader_for(text: str, kind: type[Any], known: Format | None = None) -> Reader:
    """Return what reads the text. kind: the profile wanted; known: the format, None to find out.

    A plain CSV holds ranks if rankings are wanted, else scores.
    """
    format_ = known or sniff(text)
    if format_ in (Format.CSV, Format.CSV_SCORES) and kind is ChoiceProfile:
        return read_csv_answers
    if format_ in (Format.CSV, Format.CSV_SCORES) and kind not in (RankedProfile, ScoreProfile):
        return read_csv_words
    if format_ is Format.CSV:
        return read_csv_ranks if kind is RankedProfile else read_csv_scores
    if format_ is Format.PREFLIB and kind is not RankedProfile and CATEGORIES.search(text):
        return read_preflib_approvals
    return READERS[format_]
