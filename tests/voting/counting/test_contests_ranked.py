"""Contests beside the checkout counted by instant run-off or STV, round by round."""

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest

from tests.voting.counting.contests import (
    content_of,
    contest,
    elections,
    of_contests,
    text_of,
)
from voting.counting.count_file import count_file
from voting.counting.files.blt import read_blt
from voting.counting.files.errors import read_text
from voting.counting.outcome import Round
from voting.counting.stv import Rule, count_stv
from voting.counting.ties import TieBreak
from voting.counting.transfers import Elimination

#: Droop's reports on its own cases, by the end of their name; its method QPQ is none of ours
DROOP_RULES: Mapping[str, Mapping[str, Any]] = {
    "scotland-fixed-p5-d5": {"rule": Rule.SCOTTISH},
    "wigm-prf-fixed-p4-d4": {"rule": Rule.WIGM},
    "wigm-prf-batch-fixed-p4-d4": {"rule": Rule.WIGM, "elimination": Elimination.BATCH},
    "wigm-rational-d12": {"rule": Rule.EXACT},
    "meek-prf-o6-fixed-p9-d9": {"rule": Rule.MEEK},
}
STANDING = re.compile(r"\t(?:Elected|Pending|Hopeful|Defeated):\s+(.*) \(([\d.]+)\)")
#: what ends a stage of a Gregory count, and a round of a Meek count
TRANSFERRED = re.compile(r"Action: (Surplus transferred|Transfer defeated): (.*)")
DECIDED = re.compile(r"Action: (Elect|Defeat|Defeat \(.*\)): .*")


@of_contests("burlington-2009")
def test_burlington_elected_the_plurality_winner_s_runner_up(name: str) -> None:
    one = contest(name)
    told = count_file(content_of(one), method="irv", options={"elimination": "batch"})
    wanted = one["expected"]
    assert told["winners"] == wanted["winners"]
    rounds = [{**row["votes"], "exhausted": row["exhausted"]} for row in told["rounds"]]
    assert rounds == wanted["rounds"]
    first = told["rounds"][0]["votes"]
    assert max(first, key=first.get) == wanted["plurality_winner"]
    assert told["ballots"] == one["ballots"]
    condorcet = count_file(content_of(one), method="schulze")
    assert condorcet["winners"] == [wanted["condorcet_winner"]]


@of_contests("minneapolis-2013-mayor")
def test_minneapolis_skipped_overvotes(name: str) -> None:
    """The city's own count; that of RCTab is checked with RCTab's other contests."""
    one = contest(name)
    rules = {"overvotes": "skip", "elimination": "batch"}
    told = count_file(content_of(one), method="irv", options=rules)
    wanted = one["expected"]
    assert told["winners"] == wanted["winners"]
    assert told["ballots"] == one["ballots"]
    first, last = told["rounds"][0], told["rounds"][-1]
    assert (first["majority"], len(told["rounds"])) == (
        wanted["official_threshold"],
        wanted["official_rounds"],
    )
    assert told["ballots"] - first["exhausted"] == wanted["official_valid_ballots"]
    assert last["votes"] == wanted["official_final"]


@of_contests("gnome_26")
@pytest.mark.parametrize(
    ("rule", "droop"), [("scottish", "scotland"), ("wigm", "wigm-prf"), ("meek", "meek-prf")]
)
def test_the_gnome_board(name: str, rule: str, droop: str) -> None:
    one = contest(name)
    told = count_file(content_of(one), method="stv", options={"rule": rule})
    assert sorted(told["winners"]) == one["expected"]["winners_by_rule"][droop]
    assert (told["ballots"], len(told["winners"])) == (one["ballots"], one["seats"])


@of_contests("glasgow-")
def test_glasgow_wards_stage_by_stage(name: str) -> None:
    one = contest(name)
    wanted = one["expected"]
    told = count_file(content_of(one), method="stv")
    # the Order knows no order among those who take the last seats; Droop tells them as listed
    assert set(told["winners"]) == set(wanted["winners"])
    assert float(told["rounds"][0]["quota"]) == wanted["quota"]
    assert told["ballots"] == one["ballots"]
    report = read_text(elections(*wanted["full_count"].split("/")[1:]).read_bytes())
    stages = stages_of(report)
    assert [row["votes"] for row in told["rounds"]] == stages
    residues = re.findall(r"Nontransferable votes: (\S+)\n\tResidual: (\S+)", report)
    last = told["rounds"][-1]
    assert (last["exhausted"], last["lost_to_rounding"]) == residues[-1]


@of_contests("droop-")
@pytest.mark.parametrize("droop", DROOP_RULES)
def test_droops_own_cases(name: str, droop: str) -> None:
    """Small constructed ones. Without lots Droop excludes the first listed of those tied."""
    one = contest(name)
    file = read_blt(read_text(content_of(one)))
    options, rules = file.profile.options, DROOP_RULES[droop]
    ties = TieBreak(lots=file.lots or options[::-1])
    outcome = count_stv(file.profile, seats=file.seats or 0, ties=ties, **rules)
    elected = [options[option] for option in outcome.winners]
    wanted = one["expected"]["winners_by_rule"][droop]
    report = text_of("droop", "ref", f"{name.removeprefix('droop-')}-{droop}.txt.gz")
    if rules["rule"] is Rule.MEEK:
        assert set(elected) == set(wanted)  # Droop tells them in the order they are listed in
        assert same(meek_rounds_of(report), outcome.rounds)
    else:
        assert elected == wanted
        assert same(stages_of(report), outcome.rounds)


def stages_of(report: str) -> list[dict[str, str]]:
    """Return the votes after every stage of a Gregory count that moved a vote, by name."""
    stages: list[dict[str, str]] = []
    for block in re.split(r"^(?=Action: )", report, flags=re.MULTILINE):
        found = TRANSFERRED.match(block)
        nothing = found is not None and re.search(r"\(0\.?0*\)$", found[2])
        if block.startswith("Action: Begin Count") or (found and not nothing):
            stages.append(dict(STANDING.findall(block)))
            for defeated in re.findall(r"\tDefeated: (.*) \(0\.?0*\)", block):
                stages[-1].pop(defeated, None)
    return stages


def meek_rounds_of(report: str) -> list[dict[str, str]]:
    """Return the votes when someone was elected or excluded, once a round, by name."""
    blocks = re.split(r"^Round \d+:$", report, flags=re.MULTILINE)[1:]
    rounds = []
    for block in blocks:
        actions = re.split(r"^(?=Action: )", block, flags=re.MULTILINE)
        decided = [action for action in actions if DECIDED.match(action)]
        votes = dict(STANDING.findall(decided[-1]))
        rounds.append({name: text for name, text in votes.items() if float(text)})
    return rounds


def same(wanted: list[dict[str, str]], rounds: tuple[Round, ...]) -> bool:
    """Say whether the rounds begin as wanted; a last transfer that decides nothing may follow.

    Fractions are told by Droop to twelve places.
    """
    told: list[Any] = [row["votes"] for row in rounds]
    assert 0 <= len(told) - len(wanted) <= 1
    for votes, expected in zip(told, wanted, strict=False):
        for name in expected.keys() | votes.keys():
            difference = Fraction(votes.get(name, 0)) - Fraction(expected.get(name, 0))
            assert abs(difference) < Fraction(1, 10**12), (name, votes, expected)
    return True


@of_contests("leith-walk-2019")
def test_the_leith_walk_by_election(name: str) -> None:
    """Officially declared: first preferences, and Rob Munn at stage 11."""
    one = contest(name)
    told = count_file(content_of(one), method="stv")
    wanted = one["expected"]
    assert [name.upper() for name in told["winners"]] == [
        name.upper() for name in wanted["winners"]
    ]
    assert sorted(float(votes) for votes in told["rounds"][0]["votes"].values()) == sorted(
        wanted["first_preferences"].values()
    )
    assert len(told["rounds"]) == wanted["elected_at_stage"]
    assert told["ballots"] == one["ballots"]
