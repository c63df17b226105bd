"""Tiny elections counted for true, and what is said of them."""

from collections.abc import Mapping
from typing import Any

import pytest

from guilds.charter import BUDGETING, Method
from voting.counting.methods import get_method
from voting.counting.options import read_options
from voting.counting.ties import TieBreak
from voting.explaining.parts import WHOLE, Part, money_text, number_text, stack_of
from voting.explaining.results import BY_METHOD, explained, is_seeded, ties_in_words
from voting.marks import Paper, profile_of

NAMES = ("Oak", "Ash", "Elm")
BOX = {"123": 4, "231": 3, "312": 2, "---": 1}
TICKS = {"11-": 4, "--1": 3, "---": 1}


def result_of(
    method: Method,
    counted: Mapping[str, int],
    *,
    seats: int = 1,
    settings: Mapping[str, str] | None = None,
    options: Mapping[str, str] | None = None,
) -> Mapping[str, Any]:
    """A result as Proposal.result holds it."""
    paper = Paper(NAMES, ("300", "500", "400.50"))
    if method in (Method.MAJORITY, Method.CONSENT):
        paper = Paper(("Plant willows",))
    counting = get_method(method.value)
    outcome = counting.run(
        profile_of(method, paper, counted, settings=settings or {}),
        seats=seats,
        options=read_options(options or {}, counting.options),
        ties=TieBreak(b"seed"),
    )
    return {
        **outcome.as_json(paper.names),
        "ties": [tie.as_json(paper.names) for tie in outcome.ties],
    }


def told(result: Mapping[str, Any], seats: int = 1, **settings: str) -> tuple[list[Part], str]:
    """The parts, and all their sentences and cells as one text."""
    parts = explained(result, settings=settings, seats=seats, names=NAMES)
    texts = [sentence for part in parts for sentence in (*part.sentences, *part.steps)]
    for part in parts:
        texts += [" | ".join(map(str, row)) for row in part.table.rows] if part.table else []
    return parts, "\n".join(texts)


def test_every_method_is_explained() -> None:
    assert set(BY_METHOD) == set(Method)


@pytest.mark.parametrize("method", Method)
def test_an_empty_box_is_explained_too(method: Method) -> None:
    settings = {"budget": "1000"} if method in BUDGETING else {}
    options = {"electorate": "5"} if method in (Method.MAJORITY, Method.CONSENT) else {}
    result = result_of(method, {}, settings=settings, options=options)
    parts, _ = told(result, **settings)
    assert parts


@pytest.mark.parametrize("method", Method)
def test_pictures_stay_within_their_line(method: Method) -> None:
    settings = {"budget": "1000"} if method in BUDGETING else {"highest": "5"}
    one = {"yes": 3, "no": 2, "abstain": 1}
    ticks = method in BUDGETING or method == Method.APPROVAL
    asks_one = method in (Method.MAJORITY, Method.CONSENT)
    counted = one if asks_one else TICKS if ticks else BOX
    parts, _ = told(result_of(method, counted, settings=settings), **settings)
    for part in parts:
        assert all(0 <= bar.width <= WHOLE for bar in part.bars)
        for stack in part.stacks:
            ends = [piece.start + piece.width for piece in stack.pieces]
            assert all(end <= WHOLE + 2 for end in ends)
            assert ends == sorted(ends)


def test_approvals() -> None:
    parts, text = told(result_of(Method.APPROVAL, TICKS))
    assert "Oak | 4 | 50 % | " in text
    assert "Elm | 3 | 37.5 % | " in text
    assert [bar.width for bar in parts[0].bars] == [500, 500, 375]
    assert sum(bar.won for bar in parts[0].bars) == 1


def test_scores_below_zero() -> None:
    settings = {"lowest": "-2", "highest": "2"}
    result = result_of(Method.SCORE, {"40-": 2, "04-": 1}, settings=settings)
    parts, text = told(result, **settings)
    assert "Oak | 2 | 3 | 0.66 | Chosen" in text
    assert "Ash | -2 | 3 | -0.66 | " in text
    assert "Elm | 0 | 0 |  | " in text
    assert "1. Oak, 2. Elm, 3. Ash" in text
    assert [bar.width for bar in parts[0].bars] == [667, 500, 333]


def test_star_tells_scores_and_run_off() -> None:
    parts, text = told(result_of(Method.STAR, {"530": 3, "054": 2}, options={"highest": "5"}))
    assert [part.title for part in parts] == ["Scores", "The run-off"]
    assert "The scores of each option are added up" in text
    assert "go to the run-off: Ash and Oak." in text
    assert "Oak wins, preferred by 3 to 2." in text


def test_instant_run_off_round_by_round() -> None:
    parts, text = told(result_of(Method.IRV, BOX))
    assert "Round 1: Ash is last with 2 and drops out." in text
    assert "Round 2: Elm has 5 of 9 ballots that still count; 5 are more than half." in text
    assert "Oak | 4 | 4" in text
    assert "Ash | 2 | " in text
    assert "Count for nobody any more | 1 | 1" in text
    assert [stack.label for stack in parts[0].stacks] == ["Round 1", "Round 2"]


def test_stv_by_stages_with_quota() -> None:
    _, text = told(result_of(Method.STV, {"123": 6, "2-1": 3}, seats=2), seats=2)
    assert "2 seats are to fill. The quota to be elected is 4 votes: 9 ballots" in text
    assert "Stage 1: each ballot counts for its first choice. Oak is elected." in text
    assert "what Oak has above the quota goes on" in text
    assert "Ash | 0 | 1.99998" in text
    assert "Lost to rounding" in text


def test_meek_by_rounds() -> None:
    result = result_of(Method.STV, {"123": 6, "2-1": 3}, seats=2, options={"rule": "meek"})
    parts, text = told(result, seats=2)
    assert parts[0].title == "Round by round"
    assert "The elected keep just the share" in text
    assert "Oak is elected." in text


def test_schulze_shows_pairs_and_paths_in_a_circle() -> None:
    parts, text = told(result_of(Method.SCHULZE, BOX))
    assert [part.title for part in parts] == ["Every pair", "Strongest paths"]
    assert "In order: 1. Oak, 2. Ash, 3. Elm." in text
    assert "1. Oak |  | 7 | 4" in text
    assert "3. Elm | 5 | 3 | " in text
    assert "No option beats every other one against one" in text
    assert "Oak stands above Elm: the path there is 6 strong, the one back 5." in text


@pytest.mark.parametrize("method", [Method.SCHULZE, Method.RANKED_PAIRS])
def test_who_beats_everyone_needs_no_more_words(method: Method) -> None:
    parts, text = told(result_of(method, {"123": 3, "132": 2, "213": 2}))
    assert "Oak beats every other option one against one, and so wins." in text
    assert ("For Oak no path is needed" in text) == (method == Method.SCHULZE)
    assert not any(part.steps for part in parts)
    assert [stack.label for stack in parts[0].stacks] == [
        "Oak against Ash: 5 to 2",
        "Oak against Elm: 7 to 0",
    ]


def test_a_legend_names_pieces_in_their_order_on_the_line() -> None:
    settings = {"electorate": "12", "least-ballots": "2"}
    result = result_of(Method.MAJORITY, {"yes": 4, "no": 3, "abstain": 2}, options=settings)
    (part,), _ = told(result)
    assert [label for label, _ in part.legend] == ["Yes", "No", "Abstain", "Did not vote"]


def test_stv_says_why_somebody_is_elected_below_the_quota() -> None:
    _, text = told(result_of(Method.STV, {"1--": 6, "-1-": 3, "--1": 2}, seats=2), seats=2)
    assert "Stage 3: Elm has the fewest votes, 2, and drops out, and the ballots go on" in text
    assert "Ash is elected below the quota: nobody else is left for the last seat." in text


def test_ranked_pairs_leaves_out_what_closes_a_circle() -> None:
    _, text = told(result_of(Method.RANKED_PAIRS, BOX))
    assert "1. Oak over Ash | 7 | 2 | Counts" in text
    assert "3. Elm over Oak | 5 | 4 | Left out: it would close a circle" in text


def test_greedy_spends_from_the_top() -> None:
    result = result_of(Method.GREEDY, {"11-": 3, "--1": 2}, settings={"budget": "1000"})
    _, text = told(result, budget="1000")
    assert "800 of 1,000 is spent; 200 is left over." in text
    assert "Elm | 2 | 400.50 | Costs more than was left | 200" in text


def test_equal_shares_says_what_everyone_pays() -> None:
    settings = {"budget": "1000"}
    plain = result_of(Method.EQUAL_SHARES, {"1--": 3, "-11": 2}, settings=settings)
    _, text = told(plain, **settings)
    assert "the same share of the money, 200." in text
    assert "Oak | 300 | 3 | 100" in text
    assert "Ash and Elm." in text
    options = {"completion": "greedy"}
    more = result_of(Method.EQUAL_SHARES, {"1--": 3, "-11": 2}, settings=settings, options=options)
    parts, text = told(more, **settings)
    assert parts[-1].title == "What was left, from the most supported down"
    assert len(more["winners"]) == 2


def test_one_question_is_one_line_of_all_who_could_vote() -> None:
    counted = {"yes": 3, "no": 1, "abstain": 1}
    parts, _ = told(result_of(Method.MAJORITY, counted, options={"electorate": "10"}))
    assert [(piece.label, piece.width) for piece in parts[0].stacks[0].pieces] == [
        ("Yes", 300), ("No", 100), ("Abstain", 100), ("Did not vote", 500),
    ]  # fmt: skip


def test_a_tie_says_how_it_was_broken() -> None:
    result = result_of(Method.APPROVAL, TICKS)
    said = ties_in_words(result)
    assert said[0].startswith("Oak and Ash were tied for a place: drawn from the ballot box itself")
    assert is_seeded(result)
    assert not is_seeded(result_of(Method.APPROVAL, {"1--": 2, "--1": 1}))


@pytest.mark.parametrize(
    ("number", "said"),
    [(1200, "1,200"), ("0.50000", "0.5"), ("1/3", "0.33333"), ("-1/3", "-0.33333"), (0, "0")],
)
def test_numbers_as_people_read_them(number: int | str, said: str) -> None:
    assert number_text(number) == said


def test_money_has_two_places_or_none() -> None:
    assert [money_text(amount) for amount in (1200, "25/2", "801/2")] == [
        "1,200", "12.50", "400.50",
    ]  # fmt: skip


def test_many_options_are_one_piece_at_the_end() -> None:
    stack = stack_of("Round 1", [("A", 1, "1"), ("B", 2, "2"), ("C", 1, "1")], {"A": "1"})
    assert [(piece.label, piece.width) for piece in stack.pieces] == [
        ("A", 250),
        ("All others", 750),
    ]


def test_names_from_right_to_left_keep_to_themselves() -> None:
    paper = Paper(("Oak", "شجرة"))
    profile = profile_of(Method.IRV, paper, {"21": 2, "12": 1}, settings={})
    result = get_method("irv").run(profile).as_json(paper.names)
    parts = explained(result, settings={}, seats=1, names=paper.names)
    name = "\N{FIRST STRONG ISOLATE}شجرة\N{POP DIRECTIONAL ISOLATE}"
    assert f"Round 1: {name} has 2 of 3 ballots" in parts[0].steps[0]
    assert [row[0] for row in parts[0].table.rows][:2] == ["Oak", name] if parts[0].table else False
