from collections.abc import Mapping
from typing import Any

import pytest

from tests.voting.counting.contests import profile, winners
from voting.counting.outcome import Outcome
from voting.counting.stv import Rule, count_stv
from voting.counting.ties import TieBreak
from voting.counting.transfers import Elimination, EqualRanks

#: seven votes are more than A needs of these twelve for two seats
SURPLUS = "7 A>B, 2 B, 2 C, 1 D"


def votes(outcome: Outcome) -> list[Any]:
    return [row["votes"] for row in outcome.rounds]


def test_a_party_buys_food() -> None:
    """Twenty guests, three dishes, so a quota of 6. Half of every vote for C moves on."""
    of = profile("4 O, 2 P>O, 8 C>S, 4 C>W, 1 S, 1 W")
    outcome = count_stv(of, seats=3, places=1)
    assert [(row["action"], row["options"]) for row in outcome.rounds] == [
        ("first preferences", []),
        ("surplus", ["C"]),
        ("exclusion", ["P"]),
        ("exclusion", ["W"]),
    ]
    assert votes(outcome) == [
        {"C": "12.0", "O": "4.0", "P": "2.0", "S": "1.0", "W": "1.0"},
        {"C": "6.0", "O": "4.0", "P": "2.0", "S": "5.0", "W": "3.0"},
        {"C": "6.0", "O": "6.0", "S": "5.0", "W": "3.0"},
        {"C": "6.0", "O": "6.0", "S": "5.0"},
    ]
    assert [row["elected"] for row in outcome.rounds] == [["C"], [], ["O"], ["S"]]
    assert [row["exhausted"] for row in outcome.rounds] == ["0.0", "0.0", "0.0", "3.0"]
    assert winners(outcome, of) == "COS"


@pytest.mark.parametrize(
    ("rule", "quota", "passed_on", "lost"),
    [
        # two votes of seven: 0.28571 each
        (Rule.SCOTTISH, "5.00000", "3.99997", "0.00003"),
        # 2.9999 of seven: 0.4285 each
        (Rule.WIGM, "4.0001", "4.9995", "0.0004"),
        (Rule.EXACT, 4, 5, 0),
    ],
)
def test_quota_and_surplus_by_each_rule(
    rule: Rule, quota: object, passed_on: object, lost: object
) -> None:
    rounds = count_stv(profile(SURPLUS), seats=2, rule=rule).rounds
    second: Any = rounds[1]
    assert rounds[0]["quota"] == quota
    assert second["votes"]["A"] == quota
    assert second["votes"]["B"] == passed_on
    assert second["lost_to_rounding"] == lost


def test_wigm_cuts_off_after_multiplying_and_after_dividing() -> None:
    """Six papers of A reach B at 0.4999 and go on to C at 0.1248.

    For 0.4999 times B's surplus of 0.9993 is 0.49955007, cut off to 0.4995; and that by B's 3.9994
    votes is 0.12489, cut off again. Cut off but once, it would be 0.1249.
    """
    outcome = count_stv(profile("6 A>B>C, 1 B, 2 C, 3 D"), seats=3, rule=Rule.WIGM)
    second, third = votes(outcome)[1:3]
    assert second == {"A": "3.0001", "B": "3.9994", "C": "2.0000", "D": "3.0000"}
    assert third == {"A": "3.0001", "B": "3.0001", "C": "2.7488", "D": "3.0000"}


def test_the_exact_quota_must_be_exceeded() -> None:
    of = profile("2 A, 1 B")
    outcome = count_stv(of, seats=2, rule=Rule.EXACT)
    assert outcome.rounds[0]["quota"] == 1
    assert outcome.rounds[0]["elected"] == ["A", "B"]  # B because a seat is left
    thirds = count_stv(profile("2 A>B, 2 B, 2 C, 1 D"), seats=2, rule=Rule.EXACT)
    assert thirds.rounds[0]["quota"] == "7/3"


def test_the_largest_surplus_goes_first() -> None:
    of = profile("9 A>C, 12 B>D, 3 C, 3 D, 2 E")
    outcome = count_stv(of, seats=3)
    assert outcome.rounds[0]["elected"] == ["B", "A"]
    assert [row["options"] for row in outcome.rounds[:3]] == [[], ["B"], ["A"]]


def test_a_tie_is_decided_by_the_most_recent_stage_that_differed() -> None:
    of = profile("8 A, 4 B, 3 C, 1 D>C")
    outcome = count_stv(of, seats=1)
    assert outcome.rounds[2]["ties"] == [
        {"among": ["B", "C"], "chosen": "C", "what": "exclude", "how": "earlier stage"}
    ]


@pytest.mark.parametrize("rule", [Rule.WIGM, Rule.EXACT])
def test_by_wigm_it_is_decided_by_lot(rule: Rule) -> None:
    of = profile("8 A, 4 B, 3 C, 1 D>C")
    outcome = count_stv(of, seats=1, rule=rule, ties=TieBreak(lots=("C", "B")))
    assert outcome.ties[0].how == "lots"
    assert of.options[outcome.ties[0].chosen] == "B"


def test_lots_decide_where_no_stage_differed() -> None:
    of = profile("3 A, 1 B, 1 C")
    ties = [count_stv(of, seats=2, ties=TieBreak(lots=lots)).ties[-1] for lots in ("BC", "CB")]
    assert [(tie.among, of.options[tie.chosen], tie.what) for tie in ties] == [
        ((1, 2), "C", "exclude"),
        ((1, 2), "B", "exclude"),
    ]


def test_equals_are_elected_in_the_order_of_the_lots_and_the_last_goes_first() -> None:
    of = profile("5 A>C, 5 B>D, 1 C, 1 D")
    outcome = count_stv(of, seats=3, ties=TieBreak(lots=("B", "A")))
    assert winners(outcome, of)[:2] == "BA"
    assert outcome.rounds[1]["options"] == ["A"]


def test_sure_losers_may_go_together_and_before_a_surplus() -> None:
    of = profile("4 A>B, 2 C")
    one_by_one = count_stv(of, seats=2, rule=Rule.WIGM)
    assert [row["action"] for row in one_by_one.rounds[1:]] == ["surplus", "exclusion"]
    outcome = count_stv(of, seats=2, rule=Rule.WIGM, elimination=Elimination.BATCH)
    assert [(row["action"], row["options"]) for row in outcome.rounds[1:]] == [("exclusion", ["B"])]
    assert winners(outcome, of) == "AC"
    many = profile("9 A, 8 B, 2 C>D, 1 D>B")
    together = count_stv(many, seats=1, elimination=Elimination.BATCH)
    assert together.rounds[1]["options"] == ["C", "D"]
    assert together.rounds[1]["votes"] == {"A": "9.00000", "B": "9.00000"}


def test_who_has_the_quota_exactly_has_no_surplus() -> None:
    outcome = count_stv(profile("2 A, 1 B, 1 C"), seats=2)
    assert (outcome.rounds[0]["quota"], outcome.rounds[0]["elected"]) == ("2.00000", ["A"])
    assert outcome.rounds[1]["action"] == "exclusion"


@pytest.mark.parametrize("rule", Rule)
def test_all_are_elected_where_seats_are_enough(rule: Rule) -> None:
    of = profile("1 A, 3 B, 2 C")
    assert winners(count_stv(of, seats=3, rule=rule), of) == "BCA"
    assert winners(count_stv(of, seats=9, rule=rule), of) == "BCA"
    blank = profile("2 ", "AB")
    assert winners(count_stv(blank, seats=1, rule=rule), blank) == "A"


@pytest.mark.parametrize("rule", Rule)
def test_a_ballot_ends_at_equal_ranks_unless_they_are_skipped(rule: Rule) -> None:
    of = profile("3 A, 2 B, 2 C=D>B")
    assert winners(count_stv(of, seats=1, rule=rule), of) == "A"
    skip = count_stv(of, seats=1, rule=rule, equal_ranks=EqualRanks.SKIP)
    assert winners(skip, of) == "B"


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"seats": 0}, "one seat"),
        ({"seats": 1, "places": 19}, "0 to 18"),
        ({"seats": 1, "places": -1}, "0 to 18"),
        ({"seats": 1, "places": 2, "rule": Rule.EXACT}, "no decimal places"),
        ({"seats": 1, "rule": Rule.MEEK, "elimination": Elimination.BATCH}, "one option at a time"),
    ],
)
def test_what_no_rule_offers_is_refused(options: Mapping[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        count_stv(profile("1 A"), **options)
