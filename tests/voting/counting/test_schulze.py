import json

from tests.voting.counting.contests import (
    content_of,
    contest,
    elections,
    expected,
    of_contests,
    profile,
    ranking,
    text_of,
    winners,
)
from voting.counting.files.csv_ranks import read_csv_ranks
from voting.counting.files.errors import read_text
from voting.counting.files.preflib import read_preflib
from voting.counting.profiles import Unranked
from voting.counting.schulze import count_schulze, strongest_paths

#: passed over by the limit on seats of one employer
INELIGIBLE = {"k8s-2017": ("Michael Rubin",)}


@of_contests("k8s-")
def test_kubernetes_elections_come_out_as_published(name: str) -> None:
    one = contest(name)
    wanted = one["expected"]
    ballots = read_csv_ranks(read_text(content_of(one))).profile
    outcome = count_schulze(ballots, seats=one["seats"], ineligible=INELIGIBLE.get(name, ()))
    told = outcome.as_json(ballots.options)
    assert outcome.ballots == one["ballots"]
    assert told["winners"] == wanted["winners"]
    if "ranking" in wanted:
        assert told["ranking"] == [[name] for name in wanted["ranking"]]


def test_a_published_tie_for_the_first_place_is_a_tie() -> None:
    ballots = read_csv_ranks(text_of("kubernetes", "coc-2025", "ballots.csv")).profile
    outcome = count_schulze(ballots, seats=3)
    assert outcome.as_json(ballots.options)["ranking"] == [
        ["endocrimes", "divya-mohan0209"],
        ["stmcginnis"],
        ["swatisehgal"],
        ["sreeram-venkitesh"],
    ]
    assert [tie.what for tie in outcome.ties] == ["order of election"]


def test_no_opinion_is_not_the_last_rank() -> None:
    ballots = read_csv_ranks(text_of("kubernetes", "2022", "ballots.csv")).profile
    assert ballots.unranked is Unranked.NO_OPINION
    outcome = count_schulze(ballots, unranked=Unranked.LAST)
    assert outcome.as_json(ballots.options)["winners"] == ["bentheelder"]


@of_contests("debian-2002")
def test_debian_2002_elects_the_official_winner(name: str) -> None:
    ballots = read_preflib(read_text(content_of(contest(name)))).profile
    told = count_schulze(ballots).as_json(ballots.options)
    assert told["winners"] == expected(name)["winners"]
    official = json.loads(elections("debian", "official-outcomes.json").read_text())
    assert told["ranking"] == [[name] for name in official["votes"][0]["ranking"]]


def test_burlington_had_a_condorcet_winner_nobody_elected() -> None:
    ballots = read_preflib(text_of("preflib", "burlington-2009-mayor.toi")).profile
    outcome = count_schulze(ballots)
    assert [ballots.options[one] for one in outcome.winners] == ["Andy Montroll"]
    assert expected("burlington-2009")["condorcet_winner"] == "Andy Montroll"


def test_the_example_of_schulzes_paper() -> None:
    """Section 3.1 of the paper: 45 voters, E wins, ranking E A C B D."""
    of = profile(
        "5 A>C>B>E>D, 5 A>D>E>C>B, 8 B>E>D>A>C, 3 C>A>B>E>D, 7 C>A>E>B>D, 2 C>B>A>D>E,"
        "7 D>C>E>B>A, 8 E>B>A>D>C"
    )
    outcome = count_schulze(of)
    assert ranking(outcome, of) == "E>A>C>B>D"
    assert outcome.ballots == 45
    assert outcome.rounds[0]["strongest_paths"]["E"] == {"A": 25, "B": 28, "C": 28, "D": 31}  # type: ignore[index,call-overload]  # a round is JSON


def test_a_cycle_breaks_at_its_weakest_majority() -> None:
    of = profile("4 A>B>C, 3 B>C>A, 2 C>A>B")
    assert ranking(count_schulze(of), of) == "A>B>C"


def test_a_perfect_circle_is_a_tie_of_all() -> None:
    of = profile("1 A>B>C, 1 B>C>A, 1 C>A>B")
    outcome = count_schulze(of)
    assert ranking(outcome, of) == "A=B=C"
    assert winners(outcome, of) == "A"
    assert outcome.ties[0].among == (0, 1, 2)


def test_nothing_to_count_is_a_tie_of_all() -> None:
    assert ranking(count_schulze(profile("3 ", "AB")), profile("3 ", "AB")) == "A=B"
    assert strongest_paths([]) == []
