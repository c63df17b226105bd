"""Every contest beside the checkout that is counted by scores, approvals or budgets."""

import json
from html import unescape

import pytest

from tests.voting.counting.contests import content_of, contest, elections, of_contests
from voting.counting.approval import count_approval
from voting.counting.conversions import committee
from voting.counting.count_file import count_file
from voting.counting.equal_shares import Completion, Utility, count_equal_shares
from voting.counting.files.errors import read_text
from voting.counting.files.pabulib import read_pabulib
from voting.counting.greedy import ballots_of, points_of
from voting.counting.profiles import ApprovalProfile


@of_contests("score-")
def test_score_and_star_polls(name: str) -> None:
    one = contest(name)
    expected, content = one["expected"], content_of(one)
    totals = {unescape(option): total for option, total in expected["score_totals"].items()}
    score = count_file(content, method="score")
    assert score["winners"] == [unescape(expected["score_winner"])]
    assert {row["option"]: row["total"] for row in score["rounds"][0]["standings"]} == totals
    star = count_file(content, method="star")
    assert star["winners"] == [unescape(expected["star_winner"])]
    assert star["rounds"][0]["totals"] == totals
    assert (star["ballots"], len(totals)) == (one["ballots"], one["candidates"])
    report = elections(*expected["full"].split("/")[1:]).read_text()
    told = [line.split("--") for line in report.split("Runoff Round]")[1].splitlines()]
    votes = {unescape(line[0].strip()): int(line[1]) for line in told if len(line) > 1}
    run_off = star["rounds"][1]
    assert votes.pop("No Preference", 0) == run_off["no_preference"]
    assert votes == run_off["preferred"]


@of_contests("pb-")
def test_budgets_of_cities(name: str) -> None:
    one = contest(name)
    expected, content = one["expected"], content_of(one)
    profile = read_pabulib(read_text(content)).profile
    named = zip(profile.options, ballots_of(profile), points_of(profile), strict=True)
    counts = {option: (int(votes), str(points)) for option, votes, points in named}
    assert {option: votes for option, (votes, _) in counts.items()} == expected["votes"]
    if expected.get("score"):
        assert {option: points for option, (_, points) in counts.items()} == expected["score"]
    outcome = count_file(content, method="greedy")
    assert set(outcome["winners"]) == set(expected["selected"])
    assert outcome["ballots"] == one["ballots"]


def test_a_city_threshold_keeps_out_what_would_fit() -> None:
    """The second project has 49 votes where 50 are needed, and the money would do for it."""
    content = content_of(contest("pb-Poland_Gdynia_2023_Kamienna_Gora__small"))
    assert count_file(content, method="greedy")["winners"] == ["2023/KAG/0009"]
    without = count_file(content, method="greedy", options={"threshold": "0"})
    assert without["winners"] == ["2023/KAG/0009", "2023/KAG/0006", "2023/KAG/0010"]


@of_contests("python-steering-council")
def test_councils_elected_by_approval(name: str) -> None:
    """No ballots were published; one ballot for each approval has the same totals."""
    found = json.loads(content_of(contest(name)))
    for election in found["elections"]:
        votes = election.get("votes") or election["tables"]["Combined"]
        ballots = {frozenset({at}): total for at, total in enumerate(votes.values())}
        profile = ApprovalProfile(tuple(votes), ballots)
        outcome = count_approval(profile, seats=election["seats"])
        assert {profile.options[at] for at in outcome.winners} == set(election["elected"])


@of_contests("abc-")
def test_committees_by_approval_and_equal_shares(name: str) -> None:
    yaml = pytest.importorskip("yaml")
    found = yaml.safe_load(content_of(contest(name)))
    options = tuple(str(at) for at in range(found["num_cand"]))
    ballots: dict[frozenset[int], int] = {}
    for approved in found["profile"]:
        ballots[frozenset(approved)] = ballots.get(frozenset(approved), 0) + 1
    profile, seats = ApprovalProfile(options, ballots), found["committeesize"]
    results = {
        rule["rule_id"]: [set(result) for result in rule["result"]]
        for rule in found["compute"]
        if not rule["resolute"] and rule["result"]
    }
    assert set(count_approval(profile, seats=seats).winners) in results["av"]
    shares = count_equal_shares(
        committee(profile, seats), utility=Utility.CARDINALITY, completion=Completion.GREEDY
    )
    assert set(shares.winners) in results["equal-shares-with-av-completion"]
