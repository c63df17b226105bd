"""Which format a ballot file has, by what it holds; its name tells nothing."""

import re
from enum import StrEnum

from voting.counting.files.csv_scores import STAR_VOTE_COLUMNS


class Format(StrEnum):
    """A format that can be read. CSV: ranks or scores, whichever the method counts."""

    BLT = "blt"
    PREFLIB = "preflib"
    PABULIB = "pabulib"
    BUNDLE = "bundle"
    CSV = "csv"
    CSV_RANKS = "csv-ranks"
    CSV_SCORES = "csv-scores"
    CSV_CHOICES = "csv-choices"
    CSV_SCOTLAND = "csv-scotland"


#: number of options and of seats, as a BLT file begins; a comment may follow
BLT_FIRST_LINE = re.compile(r"\d+\s+\d+\s*([#/].*)?")
PREFLIB_LINE = re.compile(r"#\s*(FILE NAME|DATA TYPE|NUMBER ALTERNATIVES|ALTERNATIVE NAME)\b.*")
#: number of options and of seats, as the Scottish councils' files of D. McCune begin
SCOTLAND_FIRST_LINE = re.compile(r"\d+,\d+,*\s*")
#: what tells them from two options that are called by numbers
SCOTLAND_CANDIDATE = re.compile(r'^"?Candidate 1"?,', re.MULTILINE)
#: a cast vote record with equal ballots on one line
CHOICES_FIRST_LINE = re.compile(r'"?count"?\s*,\s*"?choice ?1"?\s*(,.*)?', re.IGNORECASE)


def sniff(text: str) -> Format:
    """Say which format a text is in; CSV for what looks like none of the others."""
    lines = [line.strip() for line in text[:10_000].splitlines() if line.strip()]
    if not lines:
        return Format.CSV
    first = lines[0]
    if first.startswith("{"):
        return Format.BUNDLE
    if first.rstrip(";") == "META":
        return Format.PABULIB
    if any(PREFLIB_LINE.fullmatch(line) for line in lines if line.startswith("#")):
        return Format.PREFLIB
    told = next((line for line in lines if not line.startswith("#")), "")
    if BLT_FIRST_LINE.fullmatch(told):
        return Format.BLT
    if SCOTLAND_FIRST_LINE.fullmatch(first) and (
        first.endswith(",") or SCOTLAND_CANDIDATE.search(text)
    ):
        return Format.CSV_SCOTLAND
    if CHOICES_FIRST_LINE.fullmatch(first):
        return Format.CSV_CHOICES
    if first.startswith(",".join(STAR_VOTE_COLUMNS)):
        return Format.CSV_SCORES
    return Format.CSV
