"""RCTab's contests: its configuration becomes our named options, its report our rounds.

Where a report names a group of ballots for nobody (overvotes, skipped ranks, exhausted choices),
ours has their sum.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from io import StringIO
from pathlib import Path
from typing import Any

from tests.voting.counting.contests import contest, elections, of_contests
from voting.counting.files.cast_votes import read_cast_votes
from voting.counting.files.errors import read_text
from voting.counting.files.marks import Mark, MarkRules, Repeats, ranking_of
from voting.counting.irv import Stop, count_irv
from voting.counting.outcome import Outcome
from voting.counting.profiles import RankedProfile
from voting.counting.stv import count_stv
from voting.counting.ties import TieBreak
from voting.counting.transfers import Elimination, EqualRanks

OVERVOTES = {
    "exhaustImmediately": EqualRanks.EXHAUST,
    "alwaysSkipToNextRank": EqualRanks.SKIP,
    "exhaustIfMultipleContinuing": EqualRanks.EXHAUST_IF_SEVERAL,
}
WRITE_INS = "Undeclared Write-ins"


@of_contests("rctab-", "minneapolis-2013-mayor", "portland-me-2015-sample")
def test_rctab_reports_come_out_round_by_round(name: str) -> None:
    one = contest(name)
    folder = elections(*one["file"].split("/")[1:])
    folder = folder.parent if folder.suffix else folder
    config = json.loads(next(folder.glob("*config.json")).read_text())
    report = json.loads(next(folder.glob("*detailed_report.json")).read_text())
    profile = profile_of(folder, config)
    outcome = count(profile, config)
    told = [profile.options[option] for option in outcome.winners]
    assert told == one["expected"]["winners"]
    assert outcome.ballots == int(report["summary"]["totalNumBallots"])
    assert_rounds_agree(outcome, report)


def count(profile: RankedProfile, config: Mapping[str, Any]) -> Outcome:
    rules = config["rules"]
    listed = [one["name"] for one in config["candidates"]]
    in_order = rules["tiebreakMode"] == "useCandidateOrder"
    ties = TieBreak(lots=tuple(listed) if in_order else ())
    seats = int(rules["numberOfWinners"])
    if seats > 1:
        places = int(rules["decimalPlacesForVoteArithmetic"])
        return count_stv(profile, seats=seats, places=places, ties=ties)
    return count_irv(
        profile,
        elimination=Elimination.BATCH if rules["batchElimination"] else Elimination.SINGLE,
        stop=Stop.LAST_TWO if rules["continueUntilTwoCandidatesRemain"] else Stop.MAJORITY,
        drop_first=(WRITE_INS,) if WRITE_INS in profile.options else (),
        ties=ties,
    )


def assert_rounds_agree(outcome: Outcome, report: Mapping[str, Any]) -> None:
    """Compare every round, but for options without a vote.

    RCTab also tells the transfer of the last surpluses, which decides nothing.
    """
    wanted = report["results"]
    last_surplus = "finalRoundSurplus" in wanted[-1]["inactiveBallots"]
    assert len(outcome.rounds) == len(wanted) - last_surplus
    for row, result in zip(outcome.rounds, wanted, strict=False):
        votes: Any = row["votes"]
        assert numbers(votes) == numbers(result["tally"]), result["round"]
        inactive = sum(map(Fraction, result["inactiveBallots"].values()))
        inactive += report["summary"]["undervotes"]
        assert Fraction(str(row["exhausted"])) == inactive
        threshold = row["quota"] if "quota" in row else row["majority"]
        assert Fraction(str(threshold)) == Fraction(result["threshold"])


def numbers(votes: Mapping[str, Any]) -> dict[str, Fraction]:
    return {name: Fraction(number) for name, number in votes.items() if Fraction(number)}


def profile_of(folder: Path, config: Mapping[str, Any]) -> RankedProfile:
    """Read a contest's ballots, whichever way they are written down, by the rules of its place."""
    rules = config["rules"]
    mark_rules = MarkRules(
        overvotes=OVERVOTES[rules["overvoteRule"]],
        skipped_ranks=int(rules["maxSkippedRanksAllowed"]),
        repeats=Repeats.EXHAUST if rules["exhaustOnDuplicateCandidate"] else Repeats.SKIP,
    )
    listed = [one["name"] for one in config["candidates"]]
    if (packed := folder / "ballots.csv.gz").exists():
        label = config["cvrFileSources"][0]["undeclaredWriteInLabel"]
        found = read_cast_votes(read_text(packed.read_bytes()), mark_rules).profile
        options = tuple(WRITE_INS if option == label else option for option in found.options)
        return RankedProfile(options, found.ballots)
    source = folder / config["cvrFileSources"][0]["filePath"]
    ranks = int(rules["maxRankingsAllowed"])
    read = marks_of_cdf if source.suffix == ".json" else marks_of_clear_ballot
    ballots = (ranking_of(marks, mark_rules) for marks in read(source, listed, ranks))
    return RankedProfile(tuple(listed), Counter(ballots))


def marks_of_cdf(source: Path, listed: list[str], ranks: int) -> Iterable[list[Mark]]:
    """Yield each ballot of a record in the NIST common data format."""
    record = json.loads(source.read_text())
    names = {
        selection["@id"]: candidate["Name"]
        for election in record["Election"]
        for found in election["Contest"]
        for selection in found["ContestSelection"]
        for candidate in election["Candidate"]
        if candidate["@id"] in selection["CandidateIds"]
    }
    for ballot in record["CVR"]:
        marks: list[list[int]] = [[] for _ in range(ranks)]
        for found in ballot["CVRSnapshot"][0]["CVRContest"]:
            for chosen in found["CVRContestSelection"]:
                option = listed.index(names[chosen["ContestSelectionId"]])
                for position in chosen["SelectionPosition"]:
                    marks[position["Rank"] - 1].append(option)
        yield [tuple(mark) for mark in marks]


def marks_of_clear_ballot(source: Path, listed: list[str], ranks: int) -> Iterable[list[Mark]]:
    """Yield each ballot of a Clear Ballot table: a column a rank and candidate, 1 where marked."""
    heading, *table = csv.reader(StringIO(source.read_text()))
    columns = [cell.split(":") for cell in heading]
    for row in table:
        marks: list[list[int]] = [[] for _ in range(ranks)]
        for parts, cell in zip(columns, row, strict=True):
            if parts[0].startswith("Choice_") and cell == "1":
                marks[int(parts[2]) - 1].append(listed.index(parts[4]))
        yield [tuple(mark) for mark in marks]
